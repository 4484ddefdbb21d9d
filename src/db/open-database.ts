import type { DataSource } from 'typeorm';
import { messageOf, StartupError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { createDataSource, type DatabaseOptions } from './data-source.ts';
import { migrate } from './migrate.ts';

/** Oldest PostgreSQL that is supported. */
const oldestVersion = 150_000;

/**
 * Connects and brings the schema up to date.
 * @throws StartupError with one sentence: unreachable, refused, unknown database, too old, or written by a newer version
 */
export async function openDatabase(options: DatabaseOptions, logger: Logger): Promise<DataSource> {
  const db = createDataSource(options);
  try {
    await db.initialize();
  } catch (error) {
    throw new StartupError(connectionSentence(options.url, error), { cause: error });
  }
  try {
    const rows: { server_version_num: string }[] = await db.query('SHOW server_version_num');
    if (Number(rows[0]?.server_version_num) < oldestVersion) {
      throw new StartupError('The PostgreSQL server is too old: version 15 or newer is needed.');
    }
    await migrate(db, logger);
    return db;
  } catch (error) {
    await db.destroy();
    if (error instanceof StartupError) throw error;
    throw new StartupError(`The database could not be prepared: ${messageOf(error)}.`, { cause: error });
  }
}

function connectionSentence(url: string, error: unknown): string {
  const where = placeOf(url);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === '3D000')
    return `The PostgreSQL server at ${where} has no such database: create it, or correct DATABASE_URL.`;
  if (code.startsWith('28')) return `The PostgreSQL server at ${where} refused the user or password of DATABASE_URL.`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `The host of DATABASE_URL (${where}) is not known: correct the address.`;
  if (code === 'ECONNREFUSED') return `No PostgreSQL server answers at ${where}: start it, or correct DATABASE_URL.`;
  return `The PostgreSQL server at ${where} cannot be used: ${messageOf(error)}.`;
}

/** Host, port and database of an address, without user and password. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'an address that is not a URL';
  const { host, pathname } = new URL(url);
  return host + pathname;
}
