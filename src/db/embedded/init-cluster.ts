import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lchownSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StartupError } from '../../kernel/errors.ts';
import { postgresMajor } from './binaries.ts';
import {
  type HomePaths,
  newPassword,
  readIfPresent,
  readPassword,
  systemErrorCode,
  writePrivate,
} from './home-files.ts';
import { diskFreeBytes } from './machine.ts';
import { commandAs, ownDataDir, type Runner } from './run-as.ts';
import { explainFailure } from './startup-failure.ts';

/** Name of the database and of its owner. */
export const databaseName = 'mia';

/**
 * Makes the data directory ready to start: creates it at the first start, checks it at every other.
 * @throws StartupError when it is there but cannot be used; it is never changed or removed then
 */
export async function ensureCluster(paths: HomePaths, runner: Runner): Promise<void> {
  await removeHalfMade(paths);
  if (await isPresent(paths.dataDir)) {
    await ownDataDir(runner.runAs, paths.dataDir);
    if ((await readPassword(paths)) === undefined) await replacePassword(paths, runner);
    return;
  }
  await createCluster(paths, runner);
}

async function isPresent(dataDir: string): Promise<boolean> {
  let entries: string[];
  try {
    entries = await readdir(dataDir);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
  if (entries.length === 0) return false;
  const version = (await readIfPresent(join(dataDir, 'PG_VERSION')))?.trim();
  const mend = 'restore it from a backup, or move it away to start with an empty one; it was left as it is';
  if (version === undefined || version === '')
    throw new StartupError(`${dataDir} is not a whole PostgreSQL data directory (PG_VERSION is missing): ${mend}.`);
  if (version !== postgresMajor)
    throw new StartupError(
      `${dataDir} was made by PostgreSQL ${version}, this is ${postgresMajor}: dump it with the old version and load it here, or move it away to start with an empty one.`,
    );
  return true;
}

/** Only the rename makes a data directory, so whatever an interrupted first start left has no data of anyone. */
async function removeHalfMade(paths: HomePaths): Promise<void> {
  for (const name of await readdir(paths.home))
    if (name.startsWith('pg.new-')) await rm(join(paths.home, name), { recursive: true, force: true, maxRetries: 3 });
}

async function createCluster(paths: HomePaths, runner: Runner): Promise<void> {
  const nest = join(paths.home, `pg.new-${randomBytes(4).toString('hex')}`);
  const made = join(nest, 'data');
  const passwordFile = join(nest, 'password');
  const password = (await readPassword(paths)) ?? newPassword();
  try {
    await mkdir(nest, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    const { runAs } = runner;
    if (runAs.kind === 'nobody') for (const path of [passwordFile, nest]) lchownSync(path, runAs.uid, runAs.gid);
    // C.UTF-8 of PostgreSQL itself: the same order on every system, whatever locales are installed.
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const login = [`--username=${databaseName}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
    await runProgram(paths, runner, { program: runner.binaries.initdb, args: ['-D', made, ...login, ...locale] });
    await runSql(paths, runner, { dataDir: made, sql: `CREATE DATABASE ${databaseName}` });
    // Before the rename: afterwards there is a data directory, whose password must be known.
    await writePrivate(paths.password, `${password}\n`);
    await rename(made, paths.dataDir);
    await syncDirectory(paths.home);
  } finally {
    await rm(nest, { recursive: true, force: true });
  }
}

/** The password file is gone (a home restored from a backup, say): the owner of the data directory may set a new one. */
async function replacePassword(paths: HomePaths, runner: Runner): Promise<void> {
  const password = newPassword();
  await runSql(paths, runner, { dataDir: paths.dataDir, sql: `ALTER ROLE ${databaseName} PASSWORD '${password}'` });
  await writePrivate(paths.password, `${password}\n`);
}

async function runSql(paths: HomePaths, runner: Runner, task: { dataDir: string; sql: string }): Promise<void> {
  const args = ['--single', '-D', task.dataDir, '-c', 'password_encryption=scram-sha-256', 'postgres'];
  await runProgram(paths, runner, { program: runner.binaries.postgres, args, input: `${task.sql}\n` });
}

async function runProgram(
  paths: HomePaths,
  runner: Runner,
  task: { readonly program: string; readonly args: readonly string[]; readonly input?: string },
): Promise<void> {
  const { file, args, options } = commandAs(runner, task.program, task.args);
  const child = spawn(file, [...args], { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-20_000);
    });
  // A program that ends before it reads its input is told from its exit status, not from EPIPE.
  child.stdin.on('error', () => undefined).end(task.input ?? '');
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // The single-user server ends with 0 after a failed statement.
  if (status === 0 && !/^.*(ERROR|FATAL|PANIC): /m.test(output)) return;
  const place = { dataDir: paths.dataDir, logPath: paths.log, diskFreeBytes: diskFreeBytes(paths.home) };
  const { kind, message } = explainFailure(output, place);
  throw new StartupError(
    kind === 'broken'
      ? `${basename(task.program)} failed: ${output.trim().split('\n').at(-1) ?? 'no output'}.`
      : message,
    { cause: new Error(output) },
  );
}

async function syncDirectory(path: string): Promise<void> {
  for (const directory of [path, dirname(path)]) {
    const handle = await open(directory, 'r');
    await handle.sync().catch(() => undefined);
    await handle.close();
  }
}
