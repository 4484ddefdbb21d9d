import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, StartupError } from '../../../kernel/errors.ts';
import type { Logger } from '../../../kernel/logger.ts';
import { answer, type Delivery } from '../answer.ts';
import { parseQuery, SimError, type SimRequest } from '../exchange.ts';
import type { Simulation } from '../simulation.ts';

/** Where and how to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly logger: Logger;
  /** Added to every answer, like a network's round trip. */
  readonly latencyMs: number;
}

/** Longest request body: everything uploaded stays in memory. */
const maxBodyBytes = 256 * 2 ** 20;

/** A listening simulator. */
export interface Listener {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a simulation over HTTP. @throws StartupError when the port is taken */
export async function listen(sim: Simulation, options: ListenOptions): Promise<Listener> {
  const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    void serve(sim, options, request, response);
  });
  await bind(server, options);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new StartupError('the simulator has no network address');
  return {
    url: `http://${hostOf(address)}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function hostOf(address: AddressInfo): string {
  return address.family === 'IPv6' ? `[${address.address}]` : address.address;
}

function bind(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new StartupError(`cannot listen on ${options.host}:${options.port}: ${error.message}`, { cause: error })),
    );
    server.listen(options.port, options.host, () => resolve());
  });
}

async function serve(
  sim: Simulation,
  options: ListenOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { logger } = options;
  const sent = request.url ?? '/';
  const [path = '/', search = ''] = sent.split(/\?(.*)/s);
  try {
    const delivery = await answer(sim, toRequest(request, path, search));
    const { status } = delivery.reply;
    if (status === 501) logger.warn('xnatSimulator.notImplemented', { method: request.method, path });
    if (options.latencyMs + delivery.delayMs > 0) await sleep(options.latencyMs + delivery.delayMs);
    await deliver(request, response, delivery, sim.clock.now());
    logger.debug('xnatSimulator.answered', { method: request.method, path, status });
  } catch (error) {
    logger.error('xnatSimulator.failed', { method: request.method, path, reason: messageOf(error) });
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
    response.end('the simulator failed\n');
  } finally {
    request.resume(); // an unread body would block the connection
  }
}

function toRequest(request: IncomingMessage, path: string, search: string): SimRequest {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers))
    headers[name] = Array.isArray(value) ? value.join('; ') : value;
  let body: Promise<Uint8Array> | undefined;
  return {
    method: request.method ?? 'GET',
    path,
    query: parseQuery(search),
    headers,
    body: () => (body ??= readBody(request)),
  };
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const tooLong = new SimError(413, `The simulator takes bodies of at most ${maxBodyBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLong;
  const chunks: Uint8Array[] = [];
  let received = 0;
  // Without setEncoding a message yields Buffers.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    received += chunk.byteLength;
    if (received > maxBodyBytes) throw tooLong;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function deliver(
  request: IncomingMessage,
  response: ServerResponse,
  delivery: Delivery,
  now: number,
): Promise<void> {
  const { reply } = delivery;
  const headers: Record<string, string> = { ...reply.headers, date: new Date(now).toUTCString() };
  const { body } = reply;
  const whole = typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? body : undefined;
  if (whole !== undefined) headers['content-length'] = String(whole.byteLength);
  response.writeHead(reply.status, headers);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const cut = delivery.trickleMs > 0 || delivery.reset;
  const pieces = whole === undefined ? textPieces(body) : cut ? bytePieces(whole) : [whole];
  try {
    await pipeline(Readable.from(delayed(pieces, delivery, response)), response);
  } catch (error) {
    // A client that goes away, or our own reset, ends an answer early; that is no failure of the simulator.
    if (!response.destroyed) throw error;
  }
}

async function* delayed(
  pieces: Iterable<string | Uint8Array>,
  delivery: Delivery,
  response: ServerResponse,
): AsyncIterable<string | Uint8Array> {
  let count = 0;
  for (const piece of pieces) {
    if (delivery.trickleMs > 0) await sleep(delivery.trickleMs);
    if (delivery.reset && count > 0) {
      await sleep(20); // the head and the first piece must reach the client before the cut
      response.destroy();
      return;
    }
    yield piece;
    count += 1;
  }
}

function* textPieces(body: string | Uint8Array | Iterable<string>): Iterable<string | Uint8Array> {
  if (typeof body === 'string' || body instanceof Uint8Array) yield body;
  else yield* body;
}

function* bytePieces(whole: Uint8Array): Iterable<Uint8Array> {
  const step = Math.max(1, Math.ceil(whole.byteLength / 4));
  for (let start = 0; start < whole.byteLength; start += step) yield whole.subarray(start, start + step);
}
