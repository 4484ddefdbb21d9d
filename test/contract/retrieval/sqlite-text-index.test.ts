import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteTextIndex } from '../../../src/retrieval/adapters/sqlite-text-index.ts';
import { describeTextIndex } from './text-index-contract.ts';

describeTextIndex('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mia-index-'));
  return Promise.resolve(new SqliteTextIndex({ folder, name: 'samples', readers: 2 }));
});
