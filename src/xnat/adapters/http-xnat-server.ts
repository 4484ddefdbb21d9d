import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { UnauthenticatedError, UpstreamContractError, UpstreamUnavailableError } from '../../kernel/errors.ts';
import { type Logger, silentLogger } from '../../kernel/logger.ts';
import { backoffMs, defaultRetryPolicy, parseRetryAfter, type RetryPolicy } from '../backoff.ts';
import { BrokenAnswerError, isLoginPage } from '../broken-answer.ts';
import type { AliasToken } from '../model.ts';
import { encodeQuery } from '../paths.ts';
import type { RequestTarget, StreamReply, TextReply, UsageReport, XnatRequest, XnatServer } from '../ports.ts';
import { UsageLog } from '../usage-log.ts';
import { drain, peek } from './byte-streams.ts';
import { checkBaseUrl } from './host-rules.ts';
import { HttpOrigin, type RawReply } from './http-exchange.ts';
import { Login, type XnatCredentials } from './login.ts';
import { createSemaphore, type Semaphore } from './semaphore.ts';
import { errorForStatus, isRetryable, RetryableError } from './status-errors.ts';

/** How to reach one XNAT. */
export interface HttpXnatServerOptions {
  /** Base address, with the web application's path if it has one. */
  readonly url: string;
  readonly credentials: XnatCredentials;
  /** Allow private and loopback addresses (and plain http). Default: no. */
  readonly allowPrivate?: boolean | undefined;
  /** Requests at the same time; default 4. */
  readonly concurrency?: number | undefined;
  /** For one exchange, login not counted; default 60 s. */
  readonly timeoutMs?: number | undefined;
  readonly retry?: RetryPolicy | undefined;
  /** `/data/archive` asks under XNAT's longer spelling of the archive routes; default `/data`. */
  readonly archiveRoot?: '/data' | '/data/archive' | undefined;
  readonly ca?: string | undefined;
  readonly onToken?: ((token: AliasToken) => void) | undefined;
  /** Withdraw the token we were issued when closing; default true unless `onToken` stores it. */
  readonly revokeOnClose?: boolean | undefined;
  readonly renewTokenBeforeMs?: number | undefined;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

const maxRedirects = 3;
/** Longest answer that is read whole: the scans of a project of a million series are a quarter of it. */
const maxAnswerBytes = 400 * 2 ** 20;

/** XnatServer over HTTP(S). See docs/xnat.md for what it retries and what it refuses. */
export class HttpXnatServer implements XnatServer {
  readonly url: string;
  readonly #base: URL;
  readonly #origin: HttpOrigin;
  readonly #login: Login;
  readonly #usage = new UsageLog();
  readonly #gate: Semaphore;
  readonly #options: HttpXnatServerOptions;
  readonly #retry: RetryPolicy;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #skewMs: number | undefined;

  constructor(options: HttpXnatServerOptions) {
    const allowPrivate = options.allowPrivate ?? false;
    this.#options = options;
    this.#base = checkBaseUrl(options.url, allowPrivate);
    this.url = this.#base.href.replace(/\/$/, '');
    this.#retry = options.retry ?? defaultRetryPolicy;
    this.#timeoutMs = options.timeoutMs ?? 60_000;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    const maxSockets = options.concurrency ?? 4;
    this.#gate = createSemaphore(maxSockets);
    this.#origin = new HttpOrigin({ baseUrl: this.#base, allowPrivate, maxSockets, ca: options.ca });
    this.#login = new Login({
      credentials: options.credentials,
      clock: this.#clock,
      logger: this.#logger,
      onToken: options.onToken,
      renewBeforeMs: options.renewTokenBeforeMs ?? 10 * 60_000,
      send: (request, signal) => {
        const tolerant = { ...request, alsoAccept: [401, 403, 404] };
        return this.#retried(tolerant, signal, () => this.#whole(tolerant, request.headers, signal));
      },
    });
  }

  async send<T>(request: XnatRequest<T>, signal: AbortSignal): Promise<T> {
    return this.#gate.run(signal, () =>
      this.#retried(request, signal, () =>
        this.#loggedIn(signal, async (headers) => request.read(await this.#whole(request, headers, signal))),
      ),
    );
  }

  async stream(request: RequestTarget, signal: AbortSignal): Promise<StreamReply> {
    const release = await this.#gate.enter(signal);
    try {
      const reply = await this.#retried(request, signal, () =>
        this.#loggedIn(signal, (headers) => this.#opened(request, headers, signal)),
      );
      return { status: reply.status, headers: reply.headers, bytes: this.#counted(request, reply, release) };
    } catch (error) {
      release();
      throw error;
    }
  }

  clockSkewMs(): number | undefined {
    return this.#skewMs;
  }

  usage(): UsageReport {
    return this.#usage.report();
  }

  async close(signal: AbortSignal): Promise<void> {
    try {
      await this.#login.close(this.#options.revokeOnClose ?? this.#options.onToken === undefined, signal);
    } finally {
      this.#origin.close();
    }
  }

  /** Runs one attempt as the account; a 401 or a login page means a dropped session: log in again, once. */
  async #loggedIn<T>(
    signal: AbortSignal,
    attempt: (headers: Readonly<Record<string, string>>) => Promise<T>,
  ): Promise<T> {
    const headers = await this.#login.headers(signal);
    try {
      return await attempt(headers);
    } catch (error) {
      if (!(error instanceof UnauthenticatedError) || !this.#login.dropSession(headers['cookie'])) throw error;
      this.#logger.info('xnat.session.reopened');
      this.#usage.add('session.open', { retries: 1 });
      return await attempt(await this.#login.headers(signal));
    }
  }

  async #retried<T>(request: RequestTarget, signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    const repeatable = request.idempotent ?? (request.method === 'GET' || request.method === 'HEAD');
    for (let number = 1; ; number += 1) {
      try {
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        const more = repeatable && number < this.#retry.attempts && isRetryable(error);
        if (!more) throw settle(error, request, number);
        const wait = error instanceof RetryableError ? error.retryAfterMs : undefined;
        const delayMs = backoffMs(this.#retry, number, (this.#options.random ?? Math.random)(), wait);
        this.#usage.add(request.operation, { retries: 1 });
        this.#logger.warn('xnat.retry', { operation: request.operation, attempt: number, delayMs });
        await sleep(delayMs, undefined, { signal });
      }
    }
  }

  async #whole(
    request: RequestTarget,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<TextReply> {
    const started = performance.now();
    const limited = AbortSignal.any([signal, AbortSignal.timeout(request.timeoutMs ?? this.#timeoutMs)]);
    let received = 0;
    let reply: RawReply | undefined;
    try {
      reply = await this.#exchange(request, headers, limited);
      const chunks: Uint8Array[] = [];
      for await (const chunk of reply.body) {
        received += chunk.byteLength;
        if (received > maxAnswerBytes)
          throw new UpstreamContractError(`XNAT answered ${request.operation} with more than ${maxAnswerBytes} bytes`);
        chunks.push(chunk);
      }
      const text = Buffer.concat(chunks).toString('utf8');
      this.#refuse(request, reply, text);
      return { status: reply.status, headers: reply.headers, text };
    } catch (error) {
      this.#usage.add(request.operation, { failures: 1 });
      throw signal.aborted ? signal.reason : timedOut(error, limited, request);
    } finally {
      const durationMs = performance.now() - started;
      this.#usage.add(request.operation, {
        requests: 1,
        durationMs,
        bytesReceived: received,
        bytesSent: reply?.bytesSent() ?? 0,
      });
    }
  }

  async #opened(
    request: RequestTarget,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<RawReply> {
    this.#usage.add(request.operation, { requests: 1 });
    const reply = await this.#exchange(request, headers, signal);
    const page = (reply.headers['content-type'] ?? '').startsWith('text/html');
    if (reply.status < 400 && !page) return reply;
    const { head, all } = await peek(reply.body); // an error page, the login page, or a file that happens to be HTML
    try {
      this.#refuse(request, reply, Buffer.from(head).toString('utf8'));
    } catch (error) {
      await drain(all).catch(() => undefined); // frees the socket
      throw error;
    }
    return { ...reply, body: all };
  }

  async *#counted(request: RequestTarget, reply: RawReply, release: () => void): AsyncIterable<Uint8Array> {
    try {
      for await (const chunk of reply.body) {
        this.#usage.add(request.operation, { bytesReceived: chunk.byteLength });
        yield chunk;
      }
    } finally {
      release();
    }
  }

  #refuse(request: RequestTarget, reply: RawReply, text: string): void {
    const { status } = reply;
    if (isLoginPage(text)) throw new UnauthenticatedError('XNAT sent its login page: not logged in');
    if ((status >= 200 && status < 300) || request.alsoAccept?.includes(status) === true) return;
    const retryAfterMs = parseRetryAfter(reply.headers['retry-after'], this.#clock().getTime());
    throw errorForStatus({ status, text, operation: request.operation, path: request.path, retryAfterMs });
  }

  async #exchange(
    request: RequestTarget,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<RawReply> {
    let target = `${this.#rooted(request.path)}${encodeQuery(request.query)}`;
    for (let hop = 0; ; hop += 1) {
      const exchange = {
        method: request.method,
        target,
        headers: { accept: '*/*', 'user-agent': 'mia-catalog', ...headers },
        body: request.body,
        idleTimeoutMs: request.timeoutMs ?? this.#timeoutMs,
      };
      const reply = await this.#origin.send(exchange, signal);
      this.#noteClock(reply.headers['date']);
      const location = reply.headers['location'];
      if (reply.status < 300 || reply.status > 399 || location === undefined) return reply;
      if (hop >= maxRedirects || (request.method !== 'GET' && request.method !== 'HEAD')) {
        throw new UpstreamContractError('XNAT redirects where it should answer', { status: reply.status });
      }
      await drain(reply.body); // frees the socket
      target = this.#sameOrigin(location);
    }
  }

  /** A redirect may only stay on the configured server: credentials travel with the request. */
  #sameOrigin(location: string): string {
    const next = URL.canParse(location, this.#base.href) ? new URL(location, this.#base.href) : undefined;
    if (next?.origin !== this.#base.origin) {
      throw new UpstreamContractError('XNAT redirects to another server; set its own address as the URL', {
        location: next?.origin,
      });
    }
    const prefix = this.#base.pathname === '/' ? '' : this.#base.pathname;
    const path = next.pathname.startsWith(`${prefix}/`) ? next.pathname.slice(prefix.length) : next.pathname;
    return `${path}${next.search}`;
  }

  #rooted(path: string): string {
    if (this.#options.archiveRoot !== '/data/archive') return path;
    return path.replace(/^\/data\/(?=projects|subjects|experiments)/, '/data/archive/');
  }

  #noteClock(date: string | undefined): void {
    const server = date === undefined ? Number.NaN : Date.parse(date);
    if (!Number.isNaN(server)) this.#skewMs = server - this.#clock().getTime();
  }
}

function timedOut(error: unknown, limited: AbortSignal, request: RequestTarget): unknown {
  if (!limited.aborted) return error;
  return new UpstreamUnavailableError(
    `XNAT did not answer ${request.operation} in time`,
    { path: request.path },
    { cause: error },
  );
}

/** The error that leaves the client: what was only a reason to ask again becomes "unavailable". */
function settle(error: unknown, request: RequestTarget, attempts: number): unknown {
  if (error instanceof RetryableError) return error.settled;
  if (!(error instanceof BrokenAnswerError)) return error;
  const details = { operation: request.operation, path: request.path, attempts };
  return new UpstreamUnavailableError(`${error.message}, ${attempts} times`, details, { cause: error });
}
