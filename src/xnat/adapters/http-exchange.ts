import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { CatalogError, ForbiddenError, UpstreamUnavailableError } from '../../kernel/errors.ts';
import type { HttpMethod, RequestBody } from '../ports.ts';
import { guardedLookup, isAllowedAddress, literalHost } from './host-rules.ts';

/** One HTTP exchange, headers in, status and byte stream out. */
export interface Exchange {
  readonly method: HttpMethod;
  /** Path and query as they go over the wire. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  /** Longest silence on the socket. */
  readonly idleTimeoutMs: number;
}

/** A started answer. */
export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
  readonly bytesSent: () => number;
}

/** How sockets to one origin are made. */
export interface SocketOptions {
  readonly baseUrl: URL;
  readonly allowPrivate: boolean;
  readonly maxSockets: number;
  /** PEM of a private certificate authority, added to nothing: it replaces the built-in list. */
  readonly ca?: string | undefined;
}

/** Sends exchanges to one origin over kept-alive sockets. TLS verification is always on; there is no switch. */
export class HttpOrigin {
  readonly #base: URL;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #request: typeof httpRequest | typeof httpsRequest;

  constructor(options: SocketOptions) {
    this.#base = options.baseUrl;
    const shared = { keepAlive: true, maxSockets: options.maxSockets, lookup: guardedLookup(options.allowPrivate) };
    const secure = options.baseUrl.protocol === 'https:';
    this.#agent = secure
      ? new HttpsAgent({
          ...shared,
          rejectUnauthorized: true,
          minVersion: 'TLSv1.2',
          ...(options.ca === undefined ? {} : { ca: options.ca }),
        })
      : new HttpAgent(shared);
    this.#request = secure ? httpsRequest : httpRequest;
    const host = literalHost(options.baseUrl);
    if (isIP(host) !== 0 && !isAllowedAddress(host, options.allowPrivate)) {
      throw new ForbiddenError(`connections to ${host} are not allowed`, { host });
    }
  }

  /** @throws UpstreamUnavailableError when the connection cannot be made or breaks before the headers */
  async send(exchange: Exchange, signal: AbortSignal): Promise<RawReply> {
    signal.throwIfAborted();
    const request = this.#request({
      protocol: this.#base.protocol,
      hostname: literalHost(this.#base),
      port: this.#base.port === '' ? undefined : this.#base.port,
      method: exchange.method,
      path: `${this.#base.pathname === '/' ? '' : this.#base.pathname}${exchange.target}`,
      headers: { ...exchange.headers, ...bodyHeaders(exchange) },
      agent: this.#agent,
      signal,
    });
    request.setTimeout(exchange.idleTimeoutMs, () =>
      request.destroy(new UpstreamUnavailableError(`XNAT was silent for ${exchange.idleTimeoutMs} ms`)),
    );
    let sent = 0;
    const answered = firstAnswer(request);
    const written = writeBody(request, exchange.body, (bytes) => {
      sent += bytes;
    });
    // A server may answer (401, 409) before it has read the body: its answer counts, not the broken pipe behind it.
    written.catch(() => undefined);
    try {
      const reply = await answered;
      return {
        status: reply.statusCode ?? 0,
        headers: flatHeaders(reply),
        body: guarded(reply, signal),
        bytesSent: () => sent,
      };
    } catch (error) {
      throw asUnavailable(error, signal);
    }
  }

  /** Closes idle sockets. */
  close(): void {
    this.#agent.destroy();
  }
}

function firstAnswer(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
  });
}

async function writeBody(
  request: ClientRequest,
  body: RequestBody | undefined,
  count: (bytes: number) => void,
): Promise<void> {
  if (body === undefined) {
    request.end();
    return;
  }
  if (body.kind === 'text') {
    count(Buffer.byteLength(body.text));
    request.end(body.text);
    return;
  }
  const open = body.open;
  async function* counted(): AsyncIterable<Uint8Array> {
    for await (const chunk of open()) {
      count(chunk.byteLength);
      yield chunk;
    }
  }
  try {
    await pipeline(counted, request);
  } catch (error) {
    request.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

function bodyHeaders(exchange: Exchange): Record<string, string> {
  const { body } = exchange;
  if (body === undefined)
    return exchange.method === 'GET' || exchange.method === 'HEAD' ? {} : { 'content-length': '0' };
  const type = { 'content-type': body.contentType };
  if (body.kind === 'text') return { ...type, 'content-length': String(Buffer.byteLength(body.text)) };
  return body.byteSize === undefined
    ? { ...type, 'transfer-encoding': 'chunked' }
    : { ...type, 'content-length': String(body.byteSize) };
}

function flatHeaders(reply: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(reply.headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join('\n') : value;
  }
  return flat;
}

async function* guarded(reply: IncomingMessage, signal: AbortSignal): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of reply as AsyncIterable<Uint8Array>) yield chunk; // without setEncoding a message yields Buffers
    if (!reply.complete) throw new UpstreamUnavailableError('XNAT closed the connection in the middle of an answer');
  } catch (error) {
    throw asUnavailable(error, signal);
  }
}

function asUnavailable(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof CatalogError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new UpstreamUnavailableError(`XNAT does not answer: ${reason}`, {}, { cause: error });
}
