import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { entities } from './entities.ts';
import { SnakeCaseNamingStrategy } from './naming-strategy.ts';

// Counts and sizes stay below 2^53, so int8 is a number; a date is a day, not an instant in some time zone.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.DATE, (day) => day);

/** How to reach the database, and how hard to use it. */
export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most; requests wait for a free one. */
  readonly poolSize: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
}

/**
 * Start-up options of every connection. No statement of ours is long enough to gain by being compiled, and while LLVM compiles a large filter,
 * which takes minutes, PostgreSQL hears neither a cancel nor its own statement_timeout.
 */
export const connectionOptions = '-c jit=off';

const migrationFiles = fileURLToPath(new URL('../../migrations/[0-9]*.{ts,js}', import.meta.url));

/** A TypeORM DataSource on PostgreSQL ≥ 15, not yet connected. The schema changes by migrations only. */
export function createDataSource(options: DatabaseOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    entities,
    migrations: [migrationFiles],
    migrationsTableName: 'schema_migration',
    migrationsTransactionMode: 'each',
    namingStrategy: new SnakeCaseNamingStrategy(),
    synchronize: false,
    installExtensions: false,
    poolSize: options.poolSize,
    applicationName: options.applicationName,
    connectTimeoutMS: 10_000,
    extra: { keepAlive: true, options: connectionOptions },
  });
}
