import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf, StartupError } from '../../kernel/errors.ts';
import { homeError, systemErrorCode } from './home-files.ts';

/** Held until `release()` or the end of the process, however it ends. */
export interface HomeLock {
  release(): void;
}

/**
 * Takes the one lock of a home, or says that another process holds it.
 *
 * Node has no `flock`. SQLite's exclusive transaction is a lock in the kernel (fcntl), so it goes with its owner even
 * after `kill -9`, works across containers that share the disk, and leaves no stale lock file whose recovery two processes
 * could race for. Nothing is ever written to the file.
 * @returns `undefined` when another process holds it
 * @throws StartupError when the file cannot be opened
 */
export function takeHomeLock(path: string): HomeLock | undefined {
  try {
    closeSync(openSync(path, 'a', 0o600));
    const database = new DatabaseSync(path, { timeout: 200 });
    try {
      database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      if (messageOf(error).includes('locked')) return undefined;
      throw error;
    }
    return { release: () => database.close() };
  } catch (error) {
    if (systemErrorCode(error) !== undefined && systemErrorCode(error) !== 'ERR_SQLITE_ERROR')
      throw homeError(dirname(path), error);
    if (messageOf(error).includes('disk is full'))
      throw homeError(dirname(path), Object.assign(new Error('full', { cause: error }), { code: 'ENOSPC' }));
    throw new StartupError(`The lock file ${path} cannot be used: ${messageOf(error)}.`, { cause: error });
  }
}
