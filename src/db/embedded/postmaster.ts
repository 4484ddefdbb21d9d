import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '../../kernel/errors.ts';
import type { HomePaths } from './home-files.ts';
import { describeMachine, diskFreeBytes } from './machine.ts';
import {
  clusterName,
  commandLine,
  postgresProcesses,
  processStartTime,
  readPostmasterFile,
  signalProcess,
} from './processes.ts';
import { commandAs, type Runner } from './run-as.ts';
import { postgresSettings, settingArguments } from './settings.ts';
import { explainFailure, type StartupFailure } from './startup-failure.ts';

/** A PostgreSQL server that we started. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Settles when it accepts connections, or with the reason why it ended before that. Never rejects. */
  readonly ready: Promise<'ready' | StartupFailure>;
  /** Settles when the process has ended. */
  readonly exited: Promise<'exited'>;
}

const patienceMs = { fast: 6000, immediate: 2000, killed: 2000 } as const;

/** Starts the server; its messages go to the home's log. */
export function startPostmaster(paths: HomePaths, runner: Runner, port: number): Postmaster {
  const settings = settingArguments(postgresSettings(describeMachine(paths.home), port));
  const { file, args, options } = commandAs(runner, runner.binaries.postgres, ['-D', paths.dataDir, ...settings]);
  const log = openSync(paths.log, 'a', 0o600);
  const logStart = statSync(paths.log).size;
  const child = spawn(file, [...args], { ...options, stdio: ['ignore', log, log] });
  closeSync(log);
  const watch = watchFor(child);
  const exited = new Promise<'exited'>((resolve) => {
    const end = (): void => {
      watch?.kill('SIGKILL');
      resolve('exited');
    };
    child.once('exit', end);
    child.once('error', end);
  });
  const pid = child.pid ?? 0;
  return { pid, port, exited, ready: awaitReady(paths, { child, exited, logStart }) };
}

/**
 * A shell that waits for the end of this process and then asks the server for a fast shutdown: the kernel closes the pipe
 * even after `kill -9`. Portable, where a parent-death signal is Linux only.
 */
function watchFor(child: ChildProcess): ChildProcess | undefined {
  if (child.pid === undefined) return undefined;
  const script = 'read -r _; kill -INT "$1"';
  const watch = spawn('/bin/sh', ['-c', script, 'mia-watch', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { LC_ALL: 'C' },
    cwd: '/',
  });
  watch.on('error', () => undefined);
  watch.stdin.on('error', () => undefined);
  return watch;
}

async function awaitReady(
  paths: HomePaths,
  server: { child: ChildProcess; exited: Promise<'exited'>; logStart: number },
): Promise<'ready' | StartupFailure> {
  const progress = { ended: false };
  void server.exited.then(() => {
    progress.ended = true;
  });
  // No limit: the recovery of a large log of changes takes minutes, and a dead server is noticed.
  for (;;) {
    const file = readPostmasterFile(paths.dataDir);
    if (progress.ended) break;
    if (file !== undefined && file.pid === server.child.pid && file.status === 'ready') return 'ready';
    await Promise.race([sleep(15), server.exited]);
  }
  const output = readFileSync(paths.log).subarray(server.logStart).toString('utf8');
  const place = { dataDir: paths.dataDir, logPath: paths.log, diskFreeBytes: diskFreeBytes(paths.home) };
  return explainFailure(output, place);
}

/** Asks for a fast shutdown, then an immediate one, then kills; returns when no process of the data directory is left. */
export async function stopPostmaster(dataDir: string, pid: number): Promise<void> {
  if (!postgresProcesses(dataDir).includes(pid)) return endLeftovers(dataDir);
  signalProcess(pid, 'SIGINT');
  if (await nobodyLeft(dataDir, patienceMs.fast)) return;
  signalProcess(pid, 'SIGQUIT');
  await endLeftovers(dataDir, patienceMs.immediate);
}

/**
 * Waits for exactly the processes that still use the data directory after their postmaster died, and ends those that do not
 * end by themselves. Their work is lost with the postmaster in any case; nothing that was acknowledged is.
 */
export async function endLeftovers(dataDir: string, patience: number = patienceMs.immediate): Promise<void> {
  if (await nobodyLeft(dataDir, patience)) return;
  for (const pid of postgresProcesses(dataDir)) signalProcess(pid, 'SIGQUIT');
  if (await nobodyLeft(dataDir, patience)) return;
  for (const pid of postgresProcesses(dataDir)) signalProcess(pid, 'SIGKILL');
  if (await nobodyLeft(dataDir, patienceMs.killed)) return;
  throw new StartupError(
    `Processes ${postgresProcesses(dataDir).join(', ')} still use ${dataDir} and cannot be ended: stop them and start again.`,
  );
}

async function nobodyLeft(dataDir: string, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    if (postgresProcesses(dataDir).length === 0) return true;
    if (Date.now() >= deadline) return false;
    await sleep(20);
  }
}

/**
 * Stops what an earlier supervisor left running. The caller holds the home's lock, so that supervisor is gone.
 * @returns the port of the server that was found
 * @throws StartupError when the server was started by someone else: it is left alone
 */
export async function stopOrphan(dataDir: string): Promise<number | undefined> {
  const file = readPostmasterFile(dataDir);
  if (file === undefined) return undefined;
  const running = postgresProcesses(dataDir);
  if (running.includes(file.pid)) {
    if (!commandLine(file.pid).includes(`cluster_name=${clusterName} `))
      throw new StartupError(
        `PostgreSQL with pid ${file.pid}, which mia did not start, runs on ${dataDir}: stop it first (pg_ctl -D ${dataDir} stop).`,
      );
    await stopPostmaster(dataDir, file.pid);
  } else if (running.length > 0) await endLeftovers(dataDir);
  else if (process.platform === 'linux' && processStartTime(file.pid) !== undefined)
    // Its number now belongs to another program (usual after the restart of a container), which PostgreSQL would take for
    // a living server.
    rmSync(join(dataDir, 'postmaster.pid'), { force: true });
  return file.port;
}
