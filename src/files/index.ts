export type { BlobStore, StoredBlob } from './ports.ts';
export { readBytes } from './read-bytes.ts';
