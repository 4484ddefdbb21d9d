import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** What PostgreSQL writes to `postmaster.pid`. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | undefined;
  /** `starting`, `ready`, `stopping`, … */
  readonly status: string;
}

/** Marks a server as ours in its command line. */
export const clusterName = 'mia';

function firstOf<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}

/** When a process started (opaque, comparable), or `undefined` when it is gone or a zombie. */
export function processStartTime(pid: number): string | undefined {
  if (process.platform !== 'linux') {
    const text = firstOf(() =>
      execFileSync('/bin/ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }),
    );
    return text === undefined || text.startsWith('Z') ? undefined : text.trim().replace(/^\S+\s+/, '');
  }
  const text = firstOf(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The name in parentheses may hold spaces; state is the first field after it, the start time the 20th.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields === undefined || fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

/** The identity of a living process. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = processStartTime(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** Whether exactly this process still lives. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  return processStartTime(identity.pid) === identity.startTime;
}

/** Reads `postmaster.pid`, present from the start of a server to its clean end (or left by a crash). */
export function readPostmasterFile(dataDir: string): PostmasterFile | undefined {
  const lines = firstOf(() => readFileSync(join(dataDir, 'postmaster.pid'), 'utf8'))?.split('\n');
  const pid = Number(lines?.[0]);
  if (lines === undefined || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const port = Number(lines[3]);
  return { pid, port: port > 0 ? port : undefined, status: (lines[7] ?? '').trim() };
}

/**
 * Every PostgreSQL process that works in `dataDir`: postmaster, its children, and children that outlived it. All of them
 * make it their working directory, which no other process can be mistaken for. Without /proc only the postmaster is found.
 */
export function postgresProcesses(dataDir: string): number[] {
  if (process.platform !== 'linux') {
    const found = readPostmasterFile(dataDir);
    return found !== undefined && commandLine(found.pid).includes(dataDir) ? [found.pid] : [];
  }
  const directory = firstOf(() => statSync(dataDir));
  if (directory === undefined) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => firstOf(() => readFileSync(`/proc/${pid}/comm`, 'utf8'))?.startsWith('postgres'))
    .filter((pid) => {
      const cwd = firstOf(() => statSync(`/proc/${pid}/cwd`));
      return cwd?.ino === directory.ino && cwd.dev === directory.dev;
    })
    .map(Number);
}

/** The command line of a process, with spaces between its arguments; empty when it is gone. */
export function commandLine(pid: number): string {
  const text = firstOf(() =>
    process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      : execFileSync('/bin/ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }),
  );
  return text?.trim() ?? '';
}

/** Sends a signal; a process that is already gone is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  firstOf(() => process.kill(pid, signal));
}
