import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '../../kernel/errors.ts';
import { identify } from './processes.ts';
import {
  type ControlFile,
  type LeaseRole,
  onLine,
  parseSupervisorMessage,
  type SupervisorMessage,
  send,
} from './protocol.ts';

/** Where the database is now. */
export interface Place {
  readonly pid: number;
  readonly port: number;
}

/** What a lease tells its owner after it was given. */
export interface LeaseEvents {
  /** The database is (again) at this place. */
  moved(place: Place): void;
  /** The database is away; the supervisor brings it back. */
  down(message: string): void;
  /** The supervisor is gone, and the lease with it. */
  lost(): void;
}

const connectPatienceMs = 3000;
const farewellPatienceMs = 15_000;

/** One client's hold on the database: a connection to the supervisor, which lasts as long as the lease. */
export class Lease {
  readonly #socket: Socket;
  readonly #gone: Promise<void>;
  #receive: (message: SupervisorMessage) => void = () => undefined;
  #isLeaving = false;
  #isGone = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#gone = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isGone = true;
        resolve();
      });
    });
    socket.on('error', () => socket.destroy());
    onLine(socket, (line) => {
      const message = parseSupervisorMessage(line);
      if (message !== undefined) this.#receive(message);
    });
  }

  /** Connects to a supervisor. @returns `undefined` when none answers there */
  static async connect(control: ControlFile, role: LeaseRole): Promise<Lease | undefined> {
    const client = identify(process.pid);
    if (client === undefined) throw new StartupError('This process cannot read its own start time from the system.');
    const socket = connect({ port: control.port, host: '127.0.0.1', noDelay: true });
    const isConnected = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), connectPatienceMs);
      const settle = (outcome: boolean): void => {
        clearTimeout(timer);
        resolve(outcome);
      };
      socket.once('connect', () => settle(true)).once('error', () => settle(false));
    });
    if (!isConnected) {
      socket.destroy();
      return undefined;
    }
    const lease = new Lease(socket);
    send(socket, { type: 'hello', token: control.token, role, client });
    return lease;
  }

  /** Whether the supervisor is gone. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /**
   * Waits, however long a recovery takes, for the database; from then on `events` are told and the event loop is not held.
   * @returns `undefined` when the supervisor ended and another one must be found
   * @throws StartupError when it is refused or the database cannot start; the signal's reason when aborted
   */
  async granted(home: string, events: LeaseEvents, signal?: AbortSignal): Promise<Place | undefined> {
    try {
      const first = await this.#firstAnswer(signal);
      if (first?.type === 'ready') {
        this.#follow(events);
        return { pid: first.pid, port: first.port };
      }
      if (first?.type === 'refused')
        throw new StartupError(
          `A server (pid ${first.pid}) already serves MIA_HOME ${home}: stop it first, or set another MIA_HOME.`,
        );
      if (first?.type === 'failed') {
        // The supervisor hangs up once it can no longer be found: the next attempt gets a fresh one.
        await Promise.race([this.#gone, sleep(connectPatienceMs, undefined, { ref: false })]);
        throw new StartupError(first.message);
      }
      this.#socket.destroy();
      return undefined;
    } catch (error) {
      this.#socket.destroy();
      throw error;
    }
  }

  /** Gives the lease back. Settles when others go on with the database, or when it has stopped after the last one. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    this.#socket.ref();
    send(this.#socket, { type: 'bye' });
    const timer = setTimeout(() => this.#socket.destroy(), farewellPatienceMs);
    this.#receive = (message) => {
      if (message.type === 'left' || message.type === 'stopped') this.#socket.destroy();
    };
    await this.#gone;
    clearTimeout(timer);
  }

  async #firstAnswer(signal: AbortSignal | undefined): Promise<SupervisorMessage | undefined> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      signal?.addEventListener('abort', abort, { once: true });
      this.#receive = (message) => {
        if (message.type === 'down') return;
        signal?.removeEventListener('abort', abort);
        resolve(message);
      };
      void this.#gone.then(() => resolve(undefined));
    });
  }

  #follow(events: LeaseEvents): void {
    this.#receive = (message) => {
      if (message.type === 'ready') events.moved({ pid: message.pid, port: message.port });
      if (message.type === 'down') events.down(message.message);
    };
    void this.#gone.then(() => {
      if (!this.#isLeaving) events.lost();
    });
    this.#socket.unref();
  }
}
