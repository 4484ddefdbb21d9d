import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderBlobStore } from '../../../src/files/adapters/folder-blob-store.ts';
import { blobStoreContract } from './blob-store-contract.ts';

blobStoreContract('a folder', async () => {
  const root = await mkdtemp(join(tmpdir(), 'mia-blobs-'));
  return {
    store: new FolderBlobStore(root),
    corrupt: async (sha256, bytes) => {
      const path = join(root, sha256.slice(0, 2), sha256.slice(2));
      await chmod(path, 0o644);
      await writeFile(path, bytes);
    },
    isTidy: async () => (await readdir(join(root, 'tmp'))).length === 0,
    remove: async () => await rm(root, { recursive: true, force: true }),
  };
});
