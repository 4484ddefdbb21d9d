export type { BlobStore, StoredBlob } from './ports.ts';
export { readBytes } from './read-bytes.ts';
export { writeZip, type ZipEntry } from './write-zip.ts';
