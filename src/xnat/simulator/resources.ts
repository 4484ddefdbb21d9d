import { describedBytes, describedName, md5Of, type SimResource, type StoredFile } from './world.ts';

/** A file as a list shows it. */
export interface FileEntry {
  readonly path: string;
  readonly byteSize: number;
  readonly md5: () => string;
  readonly format: string;
  readonly content: string;
  readonly tags: string;
}

/** Files of a resource: the described ones that were not replaced or removed, then uploads. */
export function filesOf(resource: SimResource): FileEntry[] {
  const entries: FileEntry[] = [];
  const { described } = resource;
  if (described !== undefined) {
    for (let index = 0; index < described.count; index += 1) {
      const path = describedName(described, index);
      if (resource.removed?.has(path) === true || resource.uploaded?.has(path) === true) continue;
      const bytes = describedBytes(described, index);
      const { format, content, tags } = resource;
      entries.push({ path, byteSize: bytes.byteLength, md5: () => md5Of(bytes), format, content, tags });
    }
  }
  for (const file of resource.uploaded?.values() ?? []) {
    entries.push({ ...file, byteSize: file.bytes.byteLength, md5: () => file.md5 });
  }
  return entries;
}

/** Bytes of one file; undefined when it is not there. */
export function readFileBytes(resource: SimResource, path: string): Uint8Array | undefined {
  const uploaded = resource.uploaded?.get(path);
  if (uploaded !== undefined) return uploaded.bytes;
  const index = describedIndex(resource, path);
  if (index === undefined || resource.described === undefined) return undefined;
  return describedBytes(resource.described, index);
}

/** Stores a file. @returns false when one of that path was there and `overwrite` is not set */
export function storeFile(resource: SimResource, file: Omit<StoredFile, 'md5'>, overwrite: boolean): boolean {
  if (!overwrite && readFileBytes(resource, file.path) !== undefined) return false;
  resource.uploaded ??= new Map();
  resource.uploaded.set(file.path, { ...file, md5: md5Of(file.bytes) });
  return true;
}

/** Removes a file. @returns whether it was there */
export function removeFile(resource: SimResource, path: string): boolean {
  const uploaded = resource.uploaded?.delete(path) === true;
  if (describedIndex(resource, path) === undefined) return uploaded;
  resource.removed ??= new Set();
  resource.removed.add(path);
  return true;
}

/** Number of files and their size: of described ones what the source table says, although the bytes we make are fewer. */
export function statisticsOf(resource: SimResource): { readonly count: number; readonly bytes: number } {
  const { described, removed, uploaded } = resource;
  let count = 0;
  let bytes = 0;
  if (described !== undefined) {
    let gone = removed?.size ?? 0;
    for (const path of uploaded?.keys() ?? [])
      if (removed?.has(path) !== true && originalIndex(described.count, described.extension, path) !== undefined)
        gone += 1;
    count = described.count - gone;
    bytes = described.count === 0 ? 0 : Math.round((described.bytes * count) / described.count);
  }
  for (const file of uploaded?.values() ?? []) {
    count += 1;
    bytes += file.bytes.byteLength;
  }
  return { count, bytes };
}

function describedIndex(resource: SimResource, path: string): number | undefined {
  if (resource.described === undefined || resource.removed?.has(path) === true) return undefined;
  return originalIndex(resource.described.count, resource.described.extension, path);
}

function originalIndex(count: number, extension: string, path: string): number | undefined {
  const match = /^1-(\d{4,})\.(\w+(?:\.\w+)?)$/.exec(path);
  const index = Number(match?.[1]) - 1;
  return match?.[2] === extension && index >= 0 && index < count ? index : undefined;
}
