import { execFile } from 'node:child_process';
import { chmod, lchown, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, StartupError } from '../../kernel/errors.ts';
import { type Binaries, copyBinaries } from './binaries.ts';
import type { HomePaths } from './home-files.ts';

/** Who PostgreSQL runs as: it refuses root. */
export type RunAs =
  | { readonly kind: 'self' }
  /** Root that is user 1000 inside a user namespace: files stay root's own, so any home works. */
  | { readonly kind: 'namespace' }
  | { readonly kind: 'nobody'; readonly uid: number; readonly gid: number };

/** How to start a program as somebody. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: { readonly env: Record<string, string>; readonly cwd: '/'; uid?: number; gid?: number };
}

/** Programs and user, chosen together since the user must reach the programs. */
export interface Runner {
  readonly runAs: RunAs;
  readonly binaries: Binaries;
  /** Where `unshare` is looked for. */
  readonly toolPath: string;
}

const nobody: RunAs = { kind: 'nobody', uid: 65534, gid: 65534 };

/** The command line for one program of PostgreSQL. Pure. */
export function commandAs(runner: Runner, program: string, args: readonly string[]): Command {
  const { runAs, toolPath } = runner;
  const options = { env: { PATH: toolPath, LC_ALL: 'C', TZ: 'UTC' }, cwd: '/' } as const;
  if (runAs.kind === 'namespace')
    return { file: 'unshare', args: ['-U', '--map-user=1000', '--map-group=1000', program, ...args], options };
  if (runAs.kind === 'nobody') return { file: program, args, options: { ...options, uid: runAs.uid, gid: runAs.gid } };
  return { file: program, args, options };
}

async function answers(runner: Runner): Promise<string | undefined> {
  const { file, args, options } = commandAs(runner, runner.binaries.postgres, ['-V']);
  return new Promise((resolve) => {
    execFile(file, [...args], { ...options, timeout: 20_000 }, (error, _stdout, stderr) =>
      resolve(error === null ? undefined : stderr.trim() || messageOf(error)),
    );
  });
}

/**
 * Chooses how to run PostgreSQL here, by trying: directly; as root in a user namespace; else as `nobody`.
 * @throws StartupError when none works
 */
export async function chooseRunner(binaries: Binaries, paths: HomePaths, toolPath: string): Promise<Runner> {
  const root = process.getuid?.() === 0;
  const first: Runner = { runAs: { kind: root ? 'namespace' : 'self' }, binaries, toolPath };
  const refused = await answers(first);
  if (refused === undefined) return first;
  if (!root)
    throw new StartupError(
      `PostgreSQL cannot run here (${refused}): run "npm ci" again, or set DATABASE_URL to another one.`,
    );
  await openWayFor(paths.home);
  const installed: Runner = { runAs: nobody, binaries, toolPath };
  if ((await answers(installed)) === undefined) return installed;
  const copied: Runner = { ...installed, binaries: await copyBinaries(binaries, paths.binariesCopy) };
  const stillRefused = await answers(copied);
  if (stillRefused === undefined) return copied;
  throw new StartupError(
    `PostgreSQL may not run as root, user namespaces are refused (${refused}), and as user nobody it fails too (${stillRefused}): run mia as an ordinary user or set DATABASE_URL.`,
  );
}

/** Lets `nobody` pass through the home; its files stay 0600. Directories above it are not ours to open. */
async function openWayFor(home: string): Promise<void> {
  const own = await stat(home);
  if ((own.mode & 0o001) === 0) await chmod(home, (own.mode & 0o777) | 0o001);
  for (let above = dirname(home); ; above = dirname(above)) {
    if (((await stat(above)).mode & 0o001) === 0)
      throw new StartupError(
        `PostgreSQL must run as user nobody here (root is refused by it, user namespaces by this machine), who cannot enter ${above}: set MIA_HOME to a directory below /var/lib, or run mia as an ordinary user.`,
      );
    if (above === dirname(above)) return;
  }
}

/**
 * Gives the data directory to the user that PostgreSQL runs as, where another way of running left it with someone else.
 * The top comes last, so that an interrupted change is taken up again.
 * @throws StartupError when it belongs to another ordinary user
 */
export async function ownDataDir(runAs: RunAs, dataDir: string): Promise<void> {
  const uid = runAs.kind === 'nobody' ? runAs.uid : (process.getuid?.() ?? 0);
  const gid = runAs.kind === 'nobody' ? runAs.gid : (process.getgid?.() ?? 0);
  const owner = (await stat(dataDir)).uid;
  if (owner === uid) return;
  if (runAs.kind === 'self')
    throw new StartupError(
      `The data directory ${dataDir} belongs to user ${owner}, not to this user (${uid}): run mia as that user or change its owner.`,
    );
  await giveTo(dataDir, uid, gid);
}

async function giveTo(path: string, uid: number, gid: number): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) await giveTo(child, uid, gid);
    else await lchown(child, uid, gid);
  }
  await lchown(path, uid, gid);
}
