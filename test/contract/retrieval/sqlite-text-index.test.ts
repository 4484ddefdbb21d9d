import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { SqliteTextIndex } from '../../../src/retrieval/adapters/sqlite-text-index.ts';
import type { TextIndex } from '../../../src/retrieval/index.ts';
import { describeReembedding } from './reembed-contract.ts';
import { describeTextIndex } from './text-index-contract.ts';
import { describeTextIndexWriting } from './text-index-writing-contract.ts';

const folders: string[] = [];
const open = (): Promise<TextIndex> => {
  const folder = mkdtempSync(join(tmpdir(), 'mia-index-'));
  folders.push(folder);
  return Promise.resolve(new SqliteTextIndex({ folder, name: 'samples', readers: 2 }));
};

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
describeTextIndex('SQLite', open);
describeTextIndexWriting('SQLite', open);
describeReembedding('SQLite', open);
