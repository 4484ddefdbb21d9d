import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** The folder of records, vocabulary and extracts that come with the product. */
export const shippedFolder: URL = new URL('../../data/', import.meta.url);

/** The shipped vocabulary, not yet validated. */
export async function readShippedVocabulary(): Promise<unknown> {
  const read = async (name: string): Promise<unknown> =>
    parse(await readFile(new URL(`vocabulary/${name}.yaml`, shippedFolder), 'utf8'));
  return { concepts: await read('concepts'), modalities: await read('modalities'), licenses: await read('licenses') };
}

/** The shipped dataset records, one YAML file each, not yet validated. */
export async function readShippedRecords(): Promise<{ readonly place: string; readonly value: unknown }[]> {
  const folder = new URL('datasets/', shippedFolder);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).sort();
  return await Promise.all(
    files.map(async (file) => ({
      place: file,
      value: parse(await readFile(new URL(file, folder), 'utf8')) as unknown,
    })),
  );
}

/** Paths of the shipped extracts of the Imaging Data Commons index. */
export async function shippedIdcExtracts(): Promise<string[]> {
  const folder = new URL('idc/', shippedFolder);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.series.csv.gz')).sort();
  return files.map((file) => fileURLToPath(new URL(file, folder)));
}
