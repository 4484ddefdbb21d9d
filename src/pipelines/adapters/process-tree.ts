import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** A process of Linux's `/proc`. */
interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly residentBytes: number;
  /** Threads it has. */
  readonly threads: number;
  /** Processor time of itself and of children it waited for, seconds. */
  readonly cpuS: number;
  /** Ticks since boot at its start: with the pid, its identity until the next boot. */
  readonly startTicks: string;
}

/** What the processes of a job use together. */
export interface TreeUse {
  readonly pids: readonly number[];
  /** Processes and threads. */
  readonly tasks: number;
  readonly memoryBytes: number;
  readonly cpuS: number;
}

const pageBytes = 4_096;
const ticksPerSecond = 100;

/** `/proc/PID/stat` of a process; undefined when it is gone or a zombie. */
function readEntry(pid: number): ProcessEntry | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in parentheses and may hold anything, parentheses too.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
    return {
      pid,
      parent: Number(fields[1]),
      threads: Number(fields[17]),
      residentBytes: Number(fields[21]) * pageBytes,
      cpuS: ticks / ticksPerSecond,
      startTicks: fields[19] ?? '',
    };
  } catch {
    return undefined;
  }
}

/** Identity of a process that no later one shares: boot, pid and start; undefined when there is none of this pid. */
export function processIdentity(pid: number): string | undefined {
  const entry = readEntry(pid);
  if (entry === undefined) return undefined;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${pid}/${entry.startTicks}`;
}

/**
 * A process, all below it, and all that carry a mark in their environment: those have left the tree (`setsid`, a parent that ended).
 * @param root - undefined looks for marks alone
 * @param mark - `NAME=value`
 */
export function findTree(root: number | undefined, mark: string): TreeUse {
  const entries = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readEntry(Number(name)))
    .filter((entry) => entry !== undefined);
  const found = new Set<number>();
  for (const { pid } of entries) if (pid !== process.pid && (pid === root || hasMark(pid, mark))) found.add(pid);
  let grew = true;
  while (grew) {
    grew = false;
    for (const { pid, parent } of entries) {
      if (pid === process.pid || found.has(pid) || !found.has(parent)) continue;
      found.add(pid);
      grew = true;
    }
  }
  const members = entries.filter(({ pid }) => found.has(pid));
  const sum = (of: (entry: ProcessEntry) => number): number => members.reduce((total, one) => total + of(one), 0);
  return {
    pids: members.map(({ pid }) => pid),
    tasks: sum(({ threads }) => threads),
    memoryBytes: sum(({ residentBytes }) => residentBytes),
    cpuS: sum(({ cpuS }) => cpuS),
  };
}

function hasMark(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
  } catch {
    return false;
  }
}

/** Ends a tree: all are stopped before any is ended, so that none can make another meanwhile. */
export async function killTree(root: number | undefined, mark: string): Promise<void> {
  for (let quiet = 0, round = 0; quiet < 2 && round < 200; round += 1) {
    const { pids } = findTree(root, mark);
    for (const pid of pids) send(pid, 'SIGSTOP');
    for (const pid of pids) send(pid, 'SIGKILL');
    quiet = pids.length === 0 ? quiet + 1 : 0;
    await pause(10);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}

/**
 * Memory of processes together, pages they share counted once (proportional set size, `smaps_rollup`). Slower than the sum of what each
 * has resident, which is never less: ask only when that is too much.
 */
export function sharedMemoryBytes(pids: readonly number[]): number {
  return pids.reduce((total, pid) => total + proportionalKiB(pid) * 1_024, 0);
}

function proportionalKiB(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
