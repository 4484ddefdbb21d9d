import type { Socket } from 'node:net';
import type { ProcessIdentity } from './processes.ts';

/** Who holds a lease: there is at most one `serve` per home, and any number of `cli`. */
export type LeaseRole = 'serve' | 'cli';

/** What a client tells the supervisor. */
export type ClientMessage =
  | { readonly type: 'hello'; readonly token: string; readonly role: LeaseRole; readonly client: ProcessIdentity }
  | { readonly type: 'bye' };

/** What the supervisor tells a client. */
export type SupervisorMessage =
  | { readonly type: 'ready'; readonly pid: number; readonly port: number }
  /** Another `serve` has the home. */
  | { readonly type: 'refused'; readonly pid: number }
  /** The database cannot start; the supervisor ends. */
  | { readonly type: 'failed'; readonly message: string }
  /** The database is away for a while; a `ready` follows. */
  | { readonly type: 'down'; readonly message: string }
  /** The supervisor ends: come again for another one. */
  | { readonly type: 'closing' }
  /** Answer to `bye`: the database goes on for others, or has stopped. */
  | { readonly type: 'left' }
  | { readonly type: 'stopped' };

/** What a new supervisor tells the process that started it, before it can be reached. */
export type BirthMessage = { readonly type: 'listening' } | { readonly type: 'failed'; readonly message: string };

/** Exit status of a supervisor that found another one in charge. */
export const busyExitStatus = 75;

/** How to reach a supervisor: content of the control file. */
export interface ControlFile extends ProcessIdentity {
  readonly port: number;
  readonly token: string;
}

/** Content of `db.json`. */
export interface StatusFile {
  readonly pid: number;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly supervisor: ProcessIdentity;
  readonly serve: ProcessIdentity | null;
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function parseJson(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function parseIdentity(value: unknown): ProcessIdentity | undefined {
  if (!isFields(value)) return undefined;
  const { pid, startTime } = value;
  return typeof pid === 'number' && typeof startTime === 'string' ? { pid, startTime } : undefined;
}

/** Reads a control file; `undefined` for anything else. Written by hand: zod would add 60 ms to every start. */
export function parseControlFile(text: string): ControlFile | undefined {
  const fields = parseJson(text);
  const identity = parseIdentity(fields);
  if (fields === undefined || identity === undefined) return undefined;
  const { port, token } = fields;
  return typeof port === 'number' && typeof token === 'string' ? { ...identity, port, token } : undefined;
}

/** Reads what matters to the next supervisor from a `db.json` that was left behind. */
export function parseStatusFile(text: string): { port: number | undefined; serve: ProcessIdentity | undefined } {
  const fields = parseJson(text);
  return {
    port: typeof fields?.['port'] === 'number' ? fields['port'] : undefined,
    serve: parseIdentity(fields?.['serve']),
  };
}

/** Reads one line from a client. */
export function parseClientMessage(line: string): ClientMessage | undefined {
  const fields = parseJson(line);
  if (fields === undefined) return undefined;
  const { type, token, role } = fields;
  if (type === 'bye') return { type };
  const client = parseIdentity(fields['client']);
  if (type !== 'hello' || typeof token !== 'string' || client === undefined) return undefined;
  return role === 'serve' || role === 'cli' ? { type, token, role, client } : undefined;
}

/** Reads one line from a supervisor. */
export function parseSupervisorMessage(line: string): SupervisorMessage | undefined {
  const fields = parseJson(line);
  if (fields === undefined) return undefined;
  const { type, pid, port, message } = fields;
  if (type === 'closing' || type === 'left' || type === 'stopped') return { type };
  if ((type === 'failed' || type === 'down') && typeof message === 'string') return { type, message };
  if (type === 'refused' && typeof pid === 'number') return { type, pid };
  if (type === 'ready' && typeof pid === 'number' && typeof port === 'number') return { type, pid, port };
  return undefined;
}

/** Reads what arrives on the channel between a client and the supervisor it started. */
export function parseBirthMessage(value: unknown): BirthMessage | undefined {
  if (!isFields(value)) return undefined;
  const { type, message } = value;
  if (type === 'listening') return { type };
  return type === 'failed' && typeof message === 'string' ? { type, message } : undefined;
}

/** Sends one message. */
export function send(socket: Socket, message: ClientMessage | SupervisorMessage): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Calls back for each line; a peer that sends a line of more than 16 KiB is cut off. */
export function onLine(socket: Socket, receive: (line: string) => void): void {
  let pending = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (pending + text).split('\n');
    pending = lines.pop() ?? '';
    if (pending.length > 16_384) socket.destroy();
    for (const line of lines) receive(line);
  });
}
