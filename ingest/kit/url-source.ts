import { setTimeout as wait } from 'node:timers/promises';
import { InvalidInputError, messageOf, UpstreamUnavailableError } from '../../src/kernel/errors.ts';
import type { ByteSource } from './open-bytes.ts';
import { defaultManners, retryAfterMs } from './polite-fetch.ts';

/** How a download is made; tests make it quicker. */
export interface DownloadManners {
  readonly attempts: number;
  readonly firstPauseMs: number;
  /** Longest silence, in milliseconds. */
  readonly idleMs: number;
}

const standard: DownloadManners = { attempts: 6, firstPauseMs: defaultManners.firstPauseMs, idleMs: 60_000 };

/**
 * A file of a web server, read as a stream. A connection that breaks is taken up again where it broke; a file that changed
 * meanwhile is refused. `ftp://` addresses are asked for by https, as NLM serves the same files by both.
 * @throws InvalidInputError when the address is no such file
 */
export async function urlSource(
  address: string,
  signal?: AbortSignal,
  manners: DownloadManners = standard,
): Promise<ByteSource> {
  const url = new URL(address.replace(/^ftp:/, 'https:'));
  const head = await answerTo(url, { method: 'HEAD' }, { manners, signal });
  if (!head.ok) throw new InvalidInputError(`${address} cannot be read: the server answers ${head.status}.`);
  const mark = head.headers.get('etag') ?? head.headers.get('last-modified') ?? '';
  const byteSize = Number(head.headers.get('content-length') ?? 0);
  return {
    name: url.href,
    identity: `${url.href} ${byteSize} ${mark}`,
    byteSize,
    open: (inner) => download(url, mark, { manners, signal: inner ?? signal }),
  };
}

/** Whether a word of the command line is an address. */
export function isAddress(word: string): boolean {
  return /^(?:https?|ftp):\/\//.test(word);
}

interface Asking {
  readonly manners: DownloadManners;
  readonly signal: AbortSignal | undefined;
}

async function* download(url: URL, mark: string, asking: Asking): AsyncGenerator<Uint8Array> {
  let at = 0;
  let failures = 0;
  for (;;) {
    try {
      for await (const chunk of rest(url, { at, mark }, asking)) {
        at += chunk.byteLength;
        failures = 0;
        yield chunk;
      }
      return;
    } catch (error) {
      asking.signal?.throwIfAborted();
      failures += 1;
      if (error instanceof InvalidInputError) throw error;
      if (failures >= asking.manners.attempts) {
        const sentence = `${url.href} broke off ${failures} times at byte ${at}: ${messageOf(error)}. The same command goes on from here.`;
        throw new UpstreamUnavailableError(sentence, {}, { cause: error });
      }
      await wait(asking.manners.firstPauseMs * 2 ** (failures - 1));
    }
  }
}

/** The bytes from a place on; a server that cannot begin there sends all, and what is known is passed over. */
async function* rest(
  url: URL,
  from: { readonly at: number; readonly mark: string },
  asking: Asking,
): AsyncGenerator<Uint8Array> {
  const headers: Record<string, string> = from.at === 0 ? {} : { range: `bytes=${from.at}-` };
  const idle = new AbortController();
  const response = await answerTo(url, { headers, signal: idle.signal }, asking);
  if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
  const mark = response.headers.get('etag') ?? response.headers.get('last-modified') ?? '';
  if (mark !== from.mark) throw new InvalidInputError(`${url.href} changed while it was read. Run the command again.`);
  let over = response.status === 206 ? 0 : from.at;
  let timer = setTimeout(() => idle.abort(new Error('the server is silent')), asking.manners.idleMs);
  try {
    for await (const chunk of response.body) {
      clearTimeout(timer);
      const passed = Math.min(over, chunk.byteLength);
      over -= passed;
      if (passed < chunk.byteLength) yield chunk.subarray(passed);
      timer = setTimeout(() => idle.abort(new Error('the server is silent')), asking.manners.idleMs);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** An answer's beginning; busy and broken servers are asked again. */
async function answerTo(
  url: URL,
  request: { readonly method?: string; readonly headers?: Record<string, string>; readonly signal?: AbortSignal },
  { manners, signal }: Asking,
): Promise<Response> {
  let fault = '';
  for (let attempt = 1; attempt <= manners.attempts; attempt += 1) {
    signal?.throwIfAborted();
    let pauseMs = manners.firstPauseMs * 2 ** (attempt - 1);
    const headers = new AbortController();
    const timer = setTimeout(() => headers.abort(new Error('the server is silent')), manners.idleMs);
    try {
      const signals = [signal, request.signal, headers.signal].filter((one) => one !== undefined);
      // What is packed on the server stays packed here: its bytes are counted, and unpacked by us.
      const asked = { ...request.headers, 'accept-encoding': 'identity' };
      const response = await fetch(url, { ...request, headers: asked, signal: AbortSignal.any(signals) });
      if (response.status !== 429 && response.status < 500) return response;
      await response.body?.cancel();
      fault = `the server answers ${response.status}`;
      pauseMs = Math.min(retryAfterMs(response.headers.get('retry-after')) ?? pauseMs, defaultManners.longestPauseMs);
    } catch (error) {
      signal?.throwIfAborted();
      fault = messageOf(error);
    } finally {
      clearTimeout(timer);
    }
    if (attempt < manners.attempts) await wait(pauseMs);
  }
  throw new UpstreamUnavailableError(`${url.href} cannot be read: ${fault}.`);
}
