import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDataSource } from '../../src/db/data-source.ts';
import { openDatabase } from '../../src/db/open-database.ts';
import { StartupError } from '../../src/kernel/errors.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { createDatabase, databaseUrl, dropDatabase } from '../kit/database-server.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const server = inject('databaseServer');
const name = `mia_test_${randomBytes(6).toString('hex')}`;
const options = { url: databaseUrl(server, name), poolSize: 2, applicationName: 'mia-migrations' };
let db: DataSource;
beforeAll(async () => {
  await createDatabase(server, name);
  db = await createDataSource(options).initialize();
});
afterAll(async () => {
  await db.destroy();
  await dropDatabase(server, name);
});

/** Every table, column, index and constraint, as text. */
async function schema(): Promise<string[]> {
  const rows: { line: string }[] = await db.query(
    `SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') AS line
       FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'schema_migration'
     UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'schema_migration'
     UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace AND conrelid <> 'schema_migration'::regclass ORDER BY 1`,
  );
  return rows.map((row) => row.line);
}

describe('migrations', () => {
  it('make the whole schema on an empty database, leave nothing when undone, and make the same again', async () => {
    await db.runMigrations();
    const made = await schema();
    expect(made.length).toBeGreaterThan(100);
    for (const _ of db.migrations) await db.undoLastMigration();
    expect(await schema()).toEqual([]);
    await db.runMigrations();
    expect(await schema()).toEqual(made);
  }, 120_000);

  it('are what the tables in the source say: the command line finds nothing to generate', async () => {
    const cli = fileURLToPath(new URL('../../node_modules/typeorm/cli.js', import.meta.url));
    const command = ['migration:generate', '--check', '-d', 'test/kit/schema-data-source.ts', 'migrations/drift'];
    const { stdout } = await promisify(execFile)(process.execPath, [cli, ...command], {
      cwd: root,
      env: { PATH: process.env['PATH'], DATABASE_URL: options.url },
    });
    expect(stdout).toContain('No changes in database schema were found');
  }, 120_000);

  it('run once when several processes start at the same time', async () => {
    const fresh = `${name}_fresh`;
    await createDatabase(server, fresh);
    const url = databaseUrl(server, fresh);
    const opened = await Promise.all([1, 2, 3].map(() => openDatabase({ ...options, url }, silentLogger)));
    const rows: unknown[] = (await opened[0]?.query('SELECT name FROM schema_migration')) ?? [];
    expect(rows).toHaveLength(db.migrations.length);
    for (const each of opened) await each.destroy();
    await dropDatabase(server, fresh);
  }, 120_000);

  it('refuse a schema that a newer version wrote, in one sentence that says what to do', async () => {
    await db.query(`INSERT INTO schema_migration (timestamp, name) VALUES (9999999999999, 'Later9999999999999')`);
    const refusal: unknown = await openDatabase(options, silentLogger).catch((error: unknown) => error);
    await db.query(`DELETE FROM schema_migration WHERE name = 'Later9999999999999'`);
    expect(refusal).toBeInstanceOf(StartupError);
    expect(String(refusal)).toMatch(/newer version of MIA Catalog \(it has Later9999999999999\): .+\.$/);
  });
});
