import { randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { access, chmod, copyFile, mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { messageOf, StartupError } from '../../kernel/errors.ts';

/** Every path of the embedded database below one `MIA_HOME`. */
export interface HomePaths {
  readonly home: string;
  /** PostgreSQL's data directory, 0700. */
  readonly dataDir: string;
  /** Log of PostgreSQL and of its supervisor. */
  readonly log: string;
  /** Password of the database user, 0600. */
  readonly password: string;
  /** `{pid, port, …}` of the running server, 0600; absent while none runs. */
  readonly status: string;
  /** Where the supervisor listens, and its secret, 0600. */
  readonly control: string;
  /** Locked by the supervisor for as long as it lives. */
  readonly lock: string;
  /** Copy of the binaries, only where `nobody` cannot reach the installed ones. */
  readonly binariesCopy: string;
}

const logLimitBytes = 10 * 1024 * 1024;

/** The layout of one `MIA_HOME`. */
export function homePaths(home: string): HomePaths {
  const root = resolve(home);
  return {
    home: root,
    dataDir: join(root, 'pg'),
    log: join(root, 'pg.log'),
    password: join(root, 'pg.password'),
    status: join(root, 'db.json'),
    control: join(root, 'db.supervisor.json'),
    lock: join(root, 'db.lock'),
    binariesCopy: join(root, 'pg.bin'),
  };
}

/** The `code` of a system error, such as `ENOENT`. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** One clear sentence for a failed file operation below `home`. */
export function homeError(home: string, error: unknown): StartupError {
  if (error instanceof StartupError) return error;
  const code = systemErrorCode(error);
  const sentence =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? `The disk of MIA_HOME ${home} is full: free some space or set MIA_HOME to another disk.`
      : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
        ? `MIA_HOME ${home} is not writable for this user: change its owner or set MIA_HOME to another directory.`
        : code === 'ENOTDIR' || code === 'EEXIST'
          ? `MIA_HOME ${home} is not a directory: set MIA_HOME to a directory or move that file away.`
          : `MIA_HOME ${home} cannot be used: ${messageOf(error)}.`;
  return new StartupError(sentence, { cause: error });
}

/**
 * Makes the home (0700) where it is absent and proves that it can be written.
 * @throws StartupError when it is a file, not writable, or its disk is full
 */
export async function prepareHome(home: string): Promise<void> {
  try {
    await makeFolder(home);
    if (!(await stat(home)).isDirectory()) throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' });
    await access(home, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw homeError(home, error);
  }
}

/**
 * Makes a folder and those above it. Node's own recursive form spins for ever where a folder exists and refuses entries with
 * ENOENT, as below /proc.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST') return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path || existsSync(parent)) throw error;
    await makeFolder(parent);
    await mkdir(path, { mode: 0o700 });
  }
}

/** Writes a 0600 file so that a reader sees the old or the new content, never half of it. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text, { mode: 0o600, flush: true });
    await chmod(temporary, 0o600);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The text of a file, or `undefined` where it is absent. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The stored password, or `undefined` where there is none (or an empty file, left by a full disk). */
export async function readPassword(paths: HomePaths): Promise<string | undefined> {
  const text = (await readIfPresent(paths.password))?.trim();
  return text === '' ? undefined : text;
}

/** A new random password: hexadecimal, so that it needs no escaping in a URL or in SQL. */
export function newPassword(): string {
  return randomBytes(24).toString('hex');
}

/**
 * Keeps a log that others append to below two times 10 MiB: its content moves to `<path>.1` and it is cut to nothing.
 * Copy and cut, not rename: PostgreSQL keeps the file open for appending.
 */
export async function rotateLog(path: string, limitBytes = logLimitBytes): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size <= limitBytes) return;
  // On a full disk the copy fails: then losing the old lines is better than filling it further.
  await copyFile(path, `${path}.1`).catch(() => rm(`${path}.1`, { force: true }));
  await truncate(path, 0);
}
