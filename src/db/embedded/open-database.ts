import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, StartupError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import { type HomePaths, homeError, homePaths, prepareHome, readIfPresent, readPassword } from './home-files.ts';
import { databaseName } from './init-cluster.ts';
import { Lease, type LeaseEvents, type Place } from './lease.ts';
import { isSameProcess } from './processes.ts';
import { type ControlFile, type LeaseRole, parseControlFile } from './protocol.ts';
import { spawnSupervisor } from './spawn-supervisor.ts';

/** A running PostgreSQL 18 that this process holds a lease on. */
export interface EmbeddedDatabase {
  /** `postgresql://user:password@127.0.0.1:port/mia`; secret. The port stays the same while anyone holds a lease. */
  readonly url: string;
  /** The postmaster's process; changes when it was started again. */
  readonly pid: number;
  readonly port: number;
  /** Gives the lease back; the last one stops PostgreSQL and waits for its end. May be called again. */
  close(): Promise<void>;
}

/** How to open the embedded database. */
export interface OpenOptions {
  /** `MIA_HOME`; made when absent. */
  readonly home: string;
  /** Only one `serve` at a time may hold a home; any number of `cli` join it. */
  readonly role: LeaseRole;
  readonly logger: Logger;
  /** Ends the wait for a start; without effect once open. */
  readonly signal?: AbortSignal;
  /** Directories where `unshare` is looked for, as in `PATH`. */
  readonly toolPath?: string;
}

const defaultToolPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin';
/** How long a supervisor that holds the home may leave us without an answer. */
const strangerPatienceMs = 15_000;
const startingNoticeMs = 10_000;

/**
 * Opens the embedded PostgreSQL of a home: joins the running one, or starts it (and makes it, at the first time).
 *
 * PostgreSQL belongs to a small supervisor process, which starts it again when it dies and stops it after the last lease.
 * A lease ends with its process, also by `kill -9`.
 * @throws StartupError in one sentence: home or data directory unusable, disk full, package missing, already served
 */
export async function openEmbeddedDatabase(options: OpenOptions): Promise<EmbeddedDatabase> {
  const paths = homePaths(options.home);
  await prepareHome(paths.home);
  const started = performance.now();
  const client = new EmbeddedClient(paths, options);
  const notice = setInterval(() => options.logger.info('database.starting', { home: paths.home }), startingNoticeMs);
  try {
    await client.attach(options.signal);
  } finally {
    clearInterval(notice);
  }
  const durationMs = Math.round(performance.now() - started);
  options.logger.info('database.opened', { pid: client.pid, port: client.port, durationMs });
  return client;
}

class EmbeddedClient implements EmbeddedDatabase {
  readonly #paths: HomePaths;
  readonly #options: OpenOptions;
  readonly #closing = new AbortController();
  #lease: Lease | undefined;
  #place: Place = { pid: 0, port: 0 };
  #password = '';
  #closed: Promise<void> | undefined;
  #reattaching: Promise<void> | undefined;

  constructor(paths: HomePaths, options: OpenOptions) {
    this.#paths = paths;
    this.#options = options;
  }

  get url(): string {
    return `postgresql://${databaseName}:${this.#password}@127.0.0.1:${this.#place.port}/${databaseName}`;
  }

  get pid(): number {
    return this.#place.pid;
  }

  get port(): number {
    return this.#place.port;
  }

  close(): Promise<void> {
    this.#closed ??= this.#leave();
    return this.#closed;
  }

  /** Gets a lease, from a supervisor that lives or from a new one. */
  async attach(signal?: AbortSignal): Promise<void> {
    let deadline = Date.now() + strangerPatienceMs;
    for (;;) {
      signal?.throwIfAborted();
      const control = await this.#livingSupervisor();
      const lease = control === undefined ? undefined : await Lease.connect(control, this.#options.role);
      if (lease !== undefined) {
        const place = await lease.granted(this.#paths.home, this.#events(), signal);
        if (place !== undefined) return this.#settle(lease, place);
        deadline = Date.now() + strangerPatienceMs;
      } else if (control === undefined) {
        const toolPath = this.#options.toolPath ?? defaultToolPath;
        if ((await spawnSupervisor(this.#paths, toolPath)) === 'listening' && Date.now() < deadline) continue;
      }
      if (Date.now() > deadline) throw this.#unreachable(control);
      await sleep(50, undefined, { signal });
    }
  }

  async #settle(lease: Lease, place: Place): Promise<void> {
    const password = await this.#readPassword();
    if (password === undefined) {
      await lease.leave();
      throw new StartupError(
        `The password file ${this.#paths.password} is missing: stop all mia processes and start again.`,
      );
    }
    this.#lease = lease;
    this.#place = place;
    this.#password = password;
  }

  async #readPassword(): Promise<string | undefined> {
    try {
      return await readPassword(this.#paths);
    } catch (error) {
      throw homeError(this.#paths.home, error);
    }
  }

  async #livingSupervisor(): Promise<ControlFile | undefined> {
    try {
      const control = parseControlFile((await readIfPresent(this.#paths.control)) ?? '');
      return control !== undefined && isSameProcess(control) ? control : undefined;
    } catch (error) {
      throw homeError(this.#paths.home, error);
    }
  }

  #unreachable(control: ControlFile | undefined): StartupError {
    const who = control === undefined ? 'a process of another container or machine' : `process ${control.pid}`;
    return new StartupError(
      `The database of MIA_HOME ${this.#paths.home} is held by ${who} that does not answer: stop it, or set another MIA_HOME.`,
    );
  }

  #events(): LeaseEvents {
    const { logger } = this.#options;
    return {
      moved: (place) => {
        this.#place = place;
        logger.info('database.restarted', { ...place });
      },
      down: (message) => logger.warn('database.down', { message }),
      lost: () => {
        if (this.#closing.signal.aborted) return;
        logger.warn('database.supervisorLost');
        this.#reattaching ??= this.#reattach();
      },
    };
  }

  /** The supervisor was killed: its PostgreSQL is stopping, and a new one takes over on the same port. */
  async #reattach(): Promise<void> {
    const { logger } = this.#options;
    const { signal } = this.#closing;
    while (this.#needsLease())
      try {
        await this.attach(signal);
        logger.info('database.restarted', { ...this.#place });
      } catch (error) {
        if (this.#needsLease()) logger.error('database.unreachable', { message: messageOf(error) });
        await sleep(1000, undefined, { signal, ref: false }).catch(() => undefined);
      }
    this.#reattaching = undefined;
  }

  #needsLease(): boolean {
    return !this.#closing.signal.aborted && this.#lease?.isGone !== false;
  }

  async #leave(): Promise<void> {
    this.#closing.abort();
    await this.#reattaching;
    await this.#lease?.leave();
    this.#lease = undefined;
  }
}
