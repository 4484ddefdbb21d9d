import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { ExitMarker } from '../job-marker.ts';
import type { JobOutcome } from '../model.ts';
import { jobFile } from './job-folder.ts';
import type { LocalPlan } from './local-plan.ts';
import { findTree, killTree, sharedMemoryBytes } from './process-tree.ts';
import { runQuietly } from './run-quietly.ts';

/** How often the use of all processes together is looked at. */
const lookEveryMs = 200;
/** How long the rest of a log is waited for once the job itself has ended. */
const logGraceMs = 2_000;
const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGSYS: 31,
};

/** Why a job was ended by us. */
interface Verdict {
  readonly outcome: JobOutcome;
  readonly reason: string;
}

/** Highest use seen. */
interface Peak {
  memoryBytes: number;
  cpuS: number;
}

/**
 * Runs a job to its end.
 * @param cancelled - ends it
 * @returns the marker, without the times
 */
export async function superviseJob(folder: string, plan: LocalPlan, cancelled: AbortSignal): Promise<ExitMarker> {
  const [command = '', ...args] = plan.command;
  const child = spawn(command, args, {
    cwd: folder,
    detached: true,
    ...(plan.environment === undefined ? {} : { env: plan.environment }),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const account = collect(child.stdio[3]);
  const logs = Promise.all([
    keepLog(child.stdout, jobFile(folder, 'stdout.log'), plan.logBytes),
    keepLog(child.stderr, jobFile(folder, 'stderr.log'), plan.logBytes),
  ]);
  const ended = endOf(child);
  const peak: Peak = { memoryBytes: 0, cpuS: 0 };
  const watching = new AbortController();
  const verdict = watch(child, plan, { peak, cancelled, stop: watching.signal });
  const ending = await Promise.race([ended, verdict.then(() => undefined)]);
  watching.abort();
  const judged = await verdict;
  // An ended process's number may be another's by now: then only the mark tells.
  await killTree(ending === undefined ? child.pid : undefined, plan.mark);
  const last = ending ?? (await ended);
  if (plan.cleanup !== undefined) await runQuietly(plan.cleanup);
  await Promise.race([logs, pause(logGraceMs)]);
  const use = { cpuS: peak.cpuS, memoryMiB: Math.ceil(peak.memoryBytes / 1_048_576) };
  if (judged !== undefined) return { ...judged, exitCode: last.exitCode, ...use };
  return { ...(await judgeEnd(plan, last, account)), ...use };
}

interface Ending {
  readonly exitCode: number | undefined;
  readonly error: string | undefined;
}

function endOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ exitCode: undefined, error: error.message }));
    child.once('exit', (code, signal) =>
      resolve({ exitCode: code ?? 128 + (signalNumbers[signal ?? ''] ?? 9), error: undefined }),
    );
  });
}

/** A job that ended by itself: what the end says, and whether the sandbox ever began it. */
async function judgeEnd(
  plan: LocalPlan,
  { exitCode, error }: Ending,
  account: () => Promise<string>,
): Promise<ExitMarker> {
  if (exitCode === undefined)
    return { outcome: 'INFRASTRUCTURE', reason: `The command cannot be started: ${error ?? ''}` };
  if (plan.isolation === 'SANDBOX' && !(await account()).includes('"exit-code"'))
    return {
      outcome: 'INFRASTRUCTURE',
      exitCode,
      reason: 'The sandbox could not begin the program; its stderr says why.',
    };
  // What podman and docker answer when the container itself cannot be made.
  if (plan.isolation === 'CONTAINER' && exitCode === 125)
    return { outcome: 'INFRASTRUCTURE', exitCode, reason: 'The container could not begin; its stderr says why.' };
  return { exitCode };
}

/** Waits for a reason to end the job; undefined when it ended by itself. */
async function watch(
  child: ChildProcess,
  plan: LocalPlan,
  state: { readonly peak: Peak; readonly cancelled: AbortSignal; readonly stop: AbortSignal },
): Promise<Verdict | undefined> {
  const deadline = performance.now() + plan.timeoutS * 1_000;
  const woken = AbortSignal.any([state.cancelled, state.stop]);
  for (;;) {
    if (state.stop.aborted) return undefined;
    if (state.cancelled.aborted) return { outcome: 'CANCELLED', reason: 'It was cancelled.' };
    if (performance.now() >= deadline)
      return { outcome: 'TIMED_OUT', reason: `It ran longer than the ${plan.timeoutS} s it may.` };
    const verdict = weigh(child, plan, state.peak);
    if (verdict !== undefined) return verdict;
    await pause(Math.max(1, Math.min(lookEveryMs, deadline - performance.now())), undefined, { signal: woken }).catch(
      () => undefined,
    );
  }
}

/** Containers have limits of their own. */
function weigh(child: ChildProcess, plan: LocalPlan, peak: Peak): Verdict | undefined {
  if (child.pid === undefined || plan.isolation === 'CONTAINER') return undefined;
  const use = findTree(child.pid, plan.mark);
  const most = plan.memoryMiB * 1_048_576;
  const memoryBytes = use.memoryBytes > most ? sharedMemoryBytes(use.pids) : use.memoryBytes;
  peak.memoryBytes = Math.max(peak.memoryBytes, memoryBytes);
  peak.cpuS = Math.max(peak.cpuS, use.cpuS);
  if (memoryBytes > most)
    return { outcome: 'OUT_OF_MEMORY', reason: `Its processes used more than the ${plan.memoryMiB} MiB they may.` };
  if (use.tasks > plan.processes)
    return {
      outcome: 'TOO_MANY_PROCESSES',
      reason: `It had more than the ${plan.processes} processes and threads it may.`,
    };
  return undefined;
}

/** Writes a stream to a file as it comes, up to a size; the rest is read and dropped, so that the writer is not held up. */
async function keepLog(stream: Readable | null, path: string, most: number): Promise<void> {
  if (stream === null) return;
  const file = openSync(path, 'w', 0o600);
  let written = 0;
  stream.on('data', (chunk: Buffer) => {
    if (written >= most) return;
    written += writeSync(file, chunk, 0, Math.min(chunk.length, most - written));
  });
  await new Promise((resolve) => stream.once('close', resolve));
}

/** What a stream said so far, and that it is over. */
function collect(stream: ChildProcess['stdio'][3] | undefined): () => Promise<string> {
  if (stream === null || stream === undefined || !('read' in stream)) return () => Promise.resolve('');
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise((resolve) => stream.once('close', resolve));
  return async () => {
    await Promise.race([closed, pause(logGraceMs)]);
    return Buffer.concat(chunks).toString('utf8');
  };
}
