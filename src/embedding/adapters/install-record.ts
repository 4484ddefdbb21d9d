import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, StartupError } from '../../kernel/errors.ts';
import type { EncoderSource } from '../model.ts';
import type { VerifiedFile } from '../ports.ts';
import { hashFile } from './model-folder.ts';

const recordFile = z.looseObject({
  hubId: z.string(),
  /** What was asked for. */
  revision: z.string(),
  /** What the hub says that is. */
  commit: z.string().optional(),
  files: z.array(z.object({ path: z.string(), byteSize: z.number(), sha256: z.string() })),
});

/** What `mia model install` wrote down beside the files it fetched. */
export type InstallRecord = z.infer<typeof recordFile>;

const recordName = 'mia-install.json';

/** Keeps which commit of the hub a folder holds, and the SHA-256 of each file. */
export async function writeInstallRecord(folder: string, record: InstallRecord): Promise<void> {
  await writeFile(join(folder, recordName), `${JSON.stringify(record, null, 2)}\n`);
}

/** @throws StartupError when the record is damaged */
async function readInstallRecord(folder: string): Promise<InstallRecord | undefined> {
  const path = join(folder, recordName);
  if (!existsSync(path)) return undefined;
  try {
    return recordFile.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new StartupError(`${path} cannot be read: ${messageOf(error)}. Remove the folder and install again.`, {
      cause: error,
    });
  }
}

/** Compares a network's files with the checksums of its profile, else of its install; what has neither is `unknown`. */
export async function verifyNetwork(folder: string, source: EncoderSource): Promise<readonly VerifiedFile[]> {
  const record = await readInstallRecord(folder);
  const verified: VerifiedFile[] = [];
  for (const { path, sha256 } of source.files) {
    const expected = sha256 ?? record?.files.find((file) => file.path === path)?.sha256;
    const found = await hashFile(join(folder, path));
    const state = expected === undefined ? 'unknown' : expected === found ? 'as installed' : 'changed';
    verified.push({ path: join(folder, path), sha256: found, expected, state, commit: record?.commit });
  }
  return verified;
}

/**
 * Hash of a network's weights, checked against what was installed: a model that changed on disk would give vectors that do not
 * fit the index.
 * @throws StartupError naming both checksums
 */
export async function hashWeights(folder: string, source: EncoderSource, path: string): Promise<string> {
  const weights = { ...source, files: source.files.filter((file) => file.path === path) };
  const [file] = await verifyNetwork(folder, weights);
  if (file === undefined) return await hashFile(join(folder, path));
  if (file.state !== 'changed') return file.sha256;
  throw new StartupError(
    `${file.path} is not the file that was installed: its SHA-256 is ${file.sha256}, not ${file.expected ?? ''}. ` +
      'Remove the folder and install the model again.',
  );
}
