/**
 * Entry of the detached process that owns one home's PostgreSQL: `node supervisor.ts HOME TOOLPATH`. Started by
 * `spawn-supervisor.ts` only; its output goes to the home's log, and a channel to its parent tells whether it came up.
 */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { homePaths, readIfPresent, rotateLog, writePrivate } from './home-files.ts';
import { type HomeLock, takeHomeLock } from './home-lock.ts';
import { LeaseServer } from './lease-server.ts';
import { identify, isSameProcess, type ProcessIdentity } from './processes.ts';
import { type BirthMessage, busyExitStatus, type ControlFile, parseControlFile } from './protocol.ts';
import { Supervisor, sentenceOf } from './supervise.ts';

const [home = '', toolPath = ''] = process.argv.slice(2);
const paths = homePaths(home);
const drainPatienceMs = 10_000;
const farewellPatienceMs = 3000;
/** Referenced to the end: it would be released if it were collected. */
let lock: HomeLock | undefined;
let isBorn = false;

function note(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...fields })}\n`);
}

/** Once only: afterwards clients hear everything through their leases. */
function tellParent(message: BirthMessage): void {
  if (isBorn) return;
  isBorn = true;
  process.send?.(message, hangUp);
}

function hangUp(): void {
  if (process.connected) process.disconnect();
}

/** The lock decides; the control file guards against a lock file that somebody deleted. */
async function isTaken(): Promise<boolean> {
  lock = takeHomeLock(paths.lock);
  if (lock === undefined) return true;
  const other = parseControlFile((await readIfPresent(paths.control)) ?? '');
  return other !== undefined && isSameProcess(other);
}

async function supervise(self: ProcessIdentity): Promise<void> {
  const leases = new LeaseServer(() => void supervisor.publish());
  const supervisor = new Supervisor({ paths, leases, self, toolPath, note });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => {
      // A shutdown of the whole machine signals everyone: clients may still finish their work.
      leases.drain();
      setTimeout(() => leases.dropAll(), drainPatienceMs).unref();
    });
  try {
    await supervisor.recall();
    const control: ControlFile = { ...self, port: await leases.listen(), token: leases.token };
    await writePrivate(paths.control, `${JSON.stringify(control)}\n`);
    tellParent({ type: 'listening' });
    await supervisor.run();
  } catch (error) {
    const message = sentenceOf(paths, error);
    leases.announce({ type: 'failed', message });
    tellParent({ type: 'failed', message });
    note('database.failed', { message });
    process.exitCode = 1;
    // The client that started this process may still be on its way here.
    await Promise.race([leases.firstGiven, sleep(farewellPatienceMs, undefined, { ref: false })]);
  } finally {
    // Before the leases end: whoever comes after them must not find, and hear, this supervisor again.
    await rm(paths.control, { force: true });
    leases.close();
    lock?.release();
    leases.releaseLeaving();
    leases.dropAll();
  }
}

async function main(): Promise<void> {
  const self = identify(process.pid);
  // A log that nobody can write (a full disk) is no reason to end.
  process.stdout.on('error', () => undefined);
  try {
    if (self === undefined || (await isTaken())) {
      process.exitCode = busyExitStatus;
      return;
    }
    await rotateLog(paths.log);
    setInterval(() => void rotateLog(paths.log).catch(() => undefined), 30_000).unref();
    await supervise(self);
  } catch (error) {
    tellParent({ type: 'failed', message: sentenceOf(paths, error) });
    process.exitCode = 1;
  } finally {
    if (!isBorn) hangUp();
  }
}

await main();
