import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** The object in a JSON file: empty where the file is absent or blank, undefined where it holds something else. */
export async function readJsonObject(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text.trim() === '') return {};
  try {
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(text.replace(/^\uFEFF/, ''))).data;
  } catch {
    return undefined;
  }
}
