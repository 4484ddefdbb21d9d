import { PostgresCatalogReader } from '../../../src/catalog/adapters/postgres-catalog-reader.ts';
import { createDataSource } from '../../../src/db/data-source.ts';
import { ReadPool } from '../../../src/db/read-pool.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { followDeadly } from './deadly-worker.ts';

/** A worker in a process of its own that SIGKILL ends at a point of its work: `node killed-worker.ts HOME SEED POINT`. */
const [home = '', seed = '', target = 'none'] = process.argv.slice(2);
const url = process.env['DATABASE_URL'] ?? '';
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const db = createDataSource({ url, poolSize: 6, applicationName: 'mia-killed' });
await db.initialize();
const reads = new ReadPool({ url, poolSize: 4, applicationName: 'mia-killed', statementMs: 20_000 }, silentLogger);
const reader = new PostgresCatalogReader(reads, systemClock);
await followDeadly({
  db,
  reader,
  home,
  seed,
  target,
  die: () => process.kill(process.pid, 'SIGKILL'),
  stop: stop.signal,
});
await reads.close();
await db.destroy();
