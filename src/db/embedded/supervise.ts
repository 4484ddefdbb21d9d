import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, StartupError } from '../../kernel/errors.ts';
import { locateBinaries } from './binaries.ts';
import { type HomePaths, homeError, readIfPresent, writePrivate } from './home-files.ts';
import { databaseName, ensureCluster } from './init-cluster.ts';
import type { LeaseServer } from './lease-server.ts';
import { freePort, homePort } from './machine.ts';
import { endLeftovers, type Postmaster, startPostmaster, stopOrphan, stopPostmaster } from './postmaster.ts';
import type { ProcessIdentity } from './processes.ts';
import { parseStatusFile, type StatusFile } from './protocol.ts';
import { chooseRunner, type Runner } from './run-as.ts';

/** One line of the supervisor's log. */
export type Note = (event: string, fields?: Readonly<Record<string, unknown>>) => void;

/** What a supervisor works with. */
export interface Supervision {
  readonly paths: HomePaths;
  readonly leases: LeaseServer;
  readonly self: ProcessIdentity;
  /** Where `unshare` is looked for. */
  readonly toolPath: string;
  readonly note: Note;
}

/** Longest pause before the next try to bring a database back. */
const longestPauseMs = 5000;
/** A server that was up for less is not started again before this time is over. */
const shortestLifeMs = 500;
/** How often a taken port or a held directory is tried again before another port is used or the failure is told. */
const tries = 20;

/**
 * Owns one PostgreSQL for as long as anyone holds a lease: starts it, brings it back on the same port when it dies, stops
 * it after the last lease. The caller holds the home's lock.
 */
export class Supervisor {
  readonly #work: Supervision;
  #running: Postmaster | undefined;
  #port: number | undefined;
  #hasRun = false;
  #published: Promise<void> = Promise.resolve();

  constructor(work: Supervision) {
    this.#work = work;
  }

  /** Reads what a killed supervisor left: its port and its server are kept. To be called before any lease is given. */
  async recall(): Promise<void> {
    const left = parseStatusFile((await readIfPresent(this.#work.paths.status)) ?? '');
    this.#work.leases.reserveServe(left.serve);
    this.#port = left.port;
  }

  /**
   * Runs until nobody wants the database any more.
   * @throws StartupError when it cannot be started the first time
   */
  async run(): Promise<void> {
    const { leases } = this.#work;
    const runner = await this.#prepare();
    while (leases.isWanted()) {
      this.#hasRun = false;
      await this.#keepUp(runner);
      // The last to leave hear of the end only when nothing of this process is left in the home.
      if (leases.isWanted()) leases.releaseLeaving();
    }
  }

  /** Brings `db.json` up to date: the running server and who serves, or nothing. One write at a time. */
  publish(): Promise<void> {
    this.#published = this.#published
      .then(() => this.#writeStatus())
      .catch((error: unknown) => {
        this.#work.note('database.statusFailed', { message: messageOf(error) });
      });
    return this.#published;
  }

  async #writeStatus(): Promise<void> {
    const { paths, leases, self } = this.#work;
    if (this.#running === undefined) return rm(paths.status, { force: true });
    const { pid, port } = this.#running;
    const status: StatusFile = {
      pid,
      port,
      user: databaseName,
      database: databaseName,
      supervisor: self,
      serve: leases.serve ?? null,
    };
    await writePrivate(paths.status, `${JSON.stringify(status)}\n`);
  }

  async #prepare(): Promise<Runner> {
    const { paths, toolPath } = this.#work;
    const orphanPort = await stopOrphan(paths.dataDir);
    await this.publish();
    this.#port ??= orphanPort;
    const runner = await chooseRunner(await locateBinaries(), paths, toolPath);
    await ensureCluster(paths, runner);
    return runner;
  }

  /** From a start to the stop that the last lease asks for. */
  async #keepUp(runner: Runner): Promise<void> {
    const { paths, leases, note } = this.#work;
    const unwanted = leases.unwanted();
    let failures = 0;
    while (true) {
      const server = await this.#start(runner, unwanted);
      if (server === undefined) return;
      if (server instanceof StartupError) {
        // The first start tells its caller; a restart goes on trying, since the cause (a full disk, say) may pass.
        if (!this.#hasRun) throw server;
        failures += 1;
        this.#tellDown(server.message);
        const pause = sleep(Math.min(longestPauseMs, 250 * 2 ** failures), undefined, { ref: false });
        if ((await Promise.race([pause, unwanted])) === 'unwanted') return;
        continue;
      }
      failures = 0;
      if ((await this.#watch(server, unwanted)) === 'unwanted') {
        await stopPostmaster(paths.dataDir, server.pid);
        note('database.stopped', { pid: server.pid });
        return;
      }
      this.#tellDown(`PostgreSQL (pid ${server.pid}) ended; it is started again.`);
      await endLeftovers(paths.dataDir);
    }
  }

  /** From ready to its end, or until nobody wants it. */
  async #watch(server: Postmaster, unwanted: Promise<'unwanted'>): Promise<'exited' | 'unwanted'> {
    const { leases, note } = this.#work;
    this.#hasRun = true;
    this.#running = server;
    this.#port = server.port;
    await this.publish();
    leases.announce({ type: 'ready', pid: server.pid, port: server.port });
    note('database.started', { pid: server.pid, port: server.port });
    const minimum = sleep(shortestLifeMs, undefined, { ref: false });
    const outcome = await Promise.race([server.exited, unwanted]);
    this.#running = undefined;
    leases.announce(undefined);
    await this.publish();
    // One that dies as soon as it is up must not be started in a tight loop.
    if (outcome === 'exited') await Promise.race([minimum, unwanted]);
    return outcome;
  }

  #tellDown(message: string): void {
    this.#work.note('database.down', { message });
    this.#work.leases.announce({ type: 'down', message });
  }

  /** @returns `undefined` when nobody wants it any more, and why when it does not start */
  async #start(runner: Runner, unwanted: Promise<'unwanted'>): Promise<Postmaster | StartupError | undefined> {
    const { paths, leases, note } = this.#work;
    const isRestart = this.#hasRun;
    let port = this.#port ?? homePort(paths.home);
    if (!isRestart) port = await freePort(port);
    for (let attempt = 1; leases.isWanted(); attempt += 1) {
      const server = startPostmaster(paths, runner, port);
      const outcome = await Promise.race([server.ready, unwanted]);
      if (outcome === 'ready') return server;
      if (outcome === 'unwanted') {
        await stopPostmaster(paths.dataDir, server.pid);
        break;
      }
      if (attempt >= tries || (outcome.kind !== 'port-taken' && outcome.kind !== 'still-held'))
        return new StartupError(outcome.message);
      note('database.retried', { reason: outcome.kind, attempt });
      if (outcome.kind === 'still-held') await endLeftovers(paths.dataDir);
      // Clients know the port of a running database: it is given up only when it stays taken for seconds.
      if (outcome.kind === 'port-taken' && (!isRestart || attempt > tries / 2)) port = await freePort(port + 1);
      await Promise.race([sleep(isRestart ? 250 : 50), unwanted]);
    }
    return undefined;
  }
}

/** The sentence for whatever stopped a supervisor. */
export function sentenceOf(paths: HomePaths, error: unknown): string {
  if (error instanceof StartupError) return error.message;
  if (error instanceof Error && 'code' in error) return homeError(paths.home, error).message;
  return `The embedded database could not be started: ${messageOf(error)}.`;
}
