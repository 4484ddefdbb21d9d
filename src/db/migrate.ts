import type { DataSource } from 'typeorm';
import { StartupError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';

/** Key of the advisory lock under which one process migrates. */
const migrationLock = 0x6d69616d;

/**
 * Runs the migrations that are still to be run, one process at a time.
 * @returns names of those that ran
 * @throws StartupError when a newer version of this product has already changed the schema
 */
export async function migrate(db: DataSource, logger: Logger): Promise<readonly string[]> {
  const lock = db.createQueryRunner();
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    await refuseNewerSchema(db);
    const ran = (await db.runMigrations()).map((migration) => migration.name);
    if (ran.length > 0) logger.info('database.migrated', { migrations: ran });
    return ran;
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [migrationLock]).catch(() => undefined);
    await lock.release();
  }
}

async function refuseNewerSchema(db: DataSource): Promise<void> {
  const tables: unknown[] = await db.query(
    `SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass('schema_migration')`,
  );
  if (tables.length === 0) return;
  const rows: { name: string }[] = await db.query('SELECT name FROM schema_migration ORDER BY id');
  const known = new Set(db.migrations.map((migration) => migration.name ?? migration.constructor.name));
  const unknown = rows.map((row) => row.name).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new StartupError(
      `The database was written by a newer version of MIA Catalog (it has ${unknown.join(', ')}): start that version, or restore a backup made by this one.`,
    );
  }
}
