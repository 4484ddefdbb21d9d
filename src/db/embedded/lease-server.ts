import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { isSameProcess, type ProcessIdentity } from './processes.ts';
import {
  type ClientMessage,
  type LeaseRole,
  onLine,
  parseClientMessage,
  type SupervisorMessage,
  send,
} from './protocol.ts';

interface Lease {
  readonly role: LeaseRole;
  readonly client: ProcessIdentity;
}

const birthPatienceMs = 5000;
const helloPatienceMs = 3000;

/**
 * The door of the supervisor: each connection of a client is its lease on the database, and the kernel ends it with the
 * client, however that dies. Loopback TCP with a secret: unlike a socket file it has no limit on the depth of the home.
 */
export class LeaseServer {
  readonly token = randomBytes(32).toString('hex');
  /** Settles with the first lease. */
  readonly firstGiven: Promise<void>;
  readonly #server: Server;
  readonly #leases = new Map<Socket, Lease>();
  readonly #leaving = new Set<Socket>();
  readonly #onChange: () => void;
  #reserved: ProcessIdentity | undefined;
  #state: SupervisorMessage | undefined;
  #draining = false;
  #waiting: (() => void)[] = [];
  #grace = true;
  #giveFirst: () => void = () => undefined;

  /** @param onChange - called when a lease was given or ended */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
    this.firstGiven = new Promise((resolve) => {
      this.#giveFirst = resolve;
    });
    this.#server = createServer((socket) => this.#receive(socket));
    setTimeout(() => this.#endGrace(), birthPatienceMs).unref();
  }

  /** Starts to listen. @returns the port */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, resolve);
    });
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Keeps the one `serve` lease for a process that held it under an earlier supervisor. */
  reserveServe(identity: ProcessIdentity | undefined): void {
    this.#reserved = identity;
  }

  /** The process that serves, if any. */
  get serve(): ProcessIdentity | undefined {
    const held = [...this.#leases.values()].find((lease) => lease.role === 'serve')?.client;
    if (held !== undefined) return held;
    return this.#reserved !== undefined && isSameProcess(this.#reserved) ? this.#reserved : undefined;
  }

  /** Whether somebody wants the database. A new supervisor waits a moment for its first client. */
  isWanted(): boolean {
    return this.#leases.size > 0 || this.#grace;
  }

  /** Settles as soon as nobody wants the database. */
  async unwanted(): Promise<'unwanted'> {
    while (this.isWanted())
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    return 'unwanted';
  }

  /** Tells every client, and each that comes later, how the database is; `undefined` while it starts. */
  announce(state: SupervisorMessage | undefined): void {
    this.#state = state;
    if (state !== undefined) for (const socket of this.#leases.keys()) send(socket, state);
  }

  /** Answers those who left last, once the database has stopped. */
  releaseLeaving(): void {
    for (const socket of this.#leaving) {
      send(socket, { type: 'stopped' });
      socket.end();
    }
    this.#leaving.clear();
  }

  /** Gives no more leases. */
  drain(): void {
    this.#draining = true;
    this.#endGrace();
  }

  /** Ends every lease. */
  dropAll(): void {
    this.#grace = false;
    for (const socket of this.#leases.keys()) socket.destroySoon();
    this.#leases.clear();
    this.#wake();
  }

  /** Stops to listen. */
  close(): void {
    this.#server.close();
  }

  #endGrace(): void {
    this.#grace = false;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #receive(socket: Socket): void {
    socket.setNoDelay(true);
    const stranger = setTimeout(() => socket.destroy(), helloPatienceMs);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(stranger);
      this.#leaving.delete(socket);
      if (this.#leases.delete(socket)) this.#changed();
    });
    onLine(socket, (line) => {
      const message = parseClientMessage(line);
      if (message?.type === 'hello' && this.#isToken(message.token) && !this.#leases.has(socket)) {
        clearTimeout(stranger);
        this.#admit(socket, message);
      } else if (message?.type === 'bye' && this.#leases.has(socket)) this.#dismiss(socket);
      else socket.destroy();
    });
  }

  #isToken(text: string): boolean {
    const given = Buffer.from(text);
    const own = Buffer.from(this.token);
    return given.length === own.length && timingSafeEqual(given, own);
  }

  #admit(socket: Socket, message: Extract<ClientMessage, { type: 'hello' }>): void {
    const serve = message.role === 'serve' ? this.serve : undefined;
    const comesBack = serve !== undefined && serve === this.#reserved && serve.pid === message.client.pid;
    if (this.#draining || (serve !== undefined && !comesBack)) {
      send(socket, serve === undefined ? { type: 'closing' } : { type: 'refused', pid: serve.pid });
      socket.end();
      return;
    }
    this.#leases.set(socket, { role: message.role, client: message.client });
    if (comesBack) this.#reserved = undefined;
    this.#grace = false;
    if (this.#state !== undefined) send(socket, this.#state);
    this.#giveFirst();
    this.#changed();
  }

  #dismiss(socket: Socket): void {
    this.#leases.delete(socket);
    if (this.isWanted()) {
      send(socket, { type: 'left' });
      socket.end();
    } else this.#leaving.add(socket);
    this.#changed();
  }

  #changed(): void {
    this.#onChange();
    if (!this.isWanted()) this.#wake();
  }
}
