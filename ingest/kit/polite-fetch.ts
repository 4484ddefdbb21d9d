import { setTimeout as wait } from 'node:timers/promises';
import { messageOf, UpstreamContractError, UpstreamUnavailableError } from '../../src/kernel/errors.ts';

/** How a service is asked. */
export interface Manners {
  /** How the service is called in sentences. */
  readonly service: string;
  /** Least time between the beginnings of two requests of this process, in milliseconds. */
  readonly intervalMs: number;
  /** Longest time that an answer may take, in milliseconds. */
  readonly timeoutMs: number;
  /** All attempts at one request, the first included. */
  readonly attempts: number;
  /** The first pause before a new attempt; each further one is twice as long, up to `longestPauseMs`. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

/** Of a public service that names no limits of its own. */
export const defaultManners: Omit<Manners, 'service' | 'intervalMs'> = {
  timeoutMs: 120_000,
  attempts: 6,
  firstPauseMs: 500,
  longestPauseMs: 60_000,
};

/** An answer that arrived whole. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Longest answer that is read, in characters: 500 citations, or a full text, have some megabytes. */
const longestAnswer = 256 * 2 ** 20;

/** Asks one service over HTTP: not too often, and again when it is busy, broken or cut off. */
export class PoliteFetch {
  readonly #manners: Manners;
  readonly #signal: AbortSignal | undefined;
  #next = 0;

  constructor(manners: Manners, signal?: AbortSignal) {
    this.#manners = manners;
    this.#signal = signal;
  }

  /**
   * An answer that a check finds whole.
   * @param check - says what is wrong with an answer that should be asked for again
   * @throws UpstreamUnavailableError when no attempt brought an answer; UpstreamContractError when none brought a whole one
   */
  async text(url: URL, check: (answer: Answer) => string | undefined, form?: URLSearchParams): Promise<Answer> {
    const { service, attempts } = this.#manners;
    let fault = '';
    let answered = false;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      await this.#turn();
      const result = await this.#once(url, form);
      if ('answer' in result) {
        answered = true;
        const wrong = check(result.answer);
        if (wrong === undefined) return result.answer;
        fault = wrong;
      } else fault = result.fault;
      if (attempt < attempts) await this.#pause(attempt, 'retryAfterMs' in result ? result.retryAfterMs : undefined);
    }
    const sentence = `${service} (${url.origin}) was asked ${attempts} times: ${fault}. The same command goes on from here.`;
    throw answered ? new UpstreamContractError(sentence) : new UpstreamUnavailableError(sentence);
  }

  /** Waits until the service may be asked again. */
  async #turn(): Promise<void> {
    this.#signal?.throwIfAborted();
    const now = performance.now();
    const at = Math.max(now, this.#next);
    this.#next = at + this.#manners.intervalMs;
    if (at > now) await wait(at - now, undefined, this.#signal && { signal: this.#signal });
  }

  async #once(
    url: URL,
    form: URLSearchParams | undefined,
  ): Promise<{ readonly answer: Answer } | { readonly fault: string; readonly retryAfterMs?: number | undefined }> {
    try {
      const signal = AbortSignal.any([
        AbortSignal.timeout(this.#manners.timeoutMs),
        ...(this.#signal ? [this.#signal] : []),
      ]);
      const response = await fetch(url, { signal, ...(form && { method: 'POST', body: form }) });
      if (response.status === 429 || response.status >= 500) {
        await response.body?.cancel();
        return {
          fault: `it answered ${response.status}`,
          retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
        };
      }
      return { answer: { status: response.status, text: await wholeText(response) } };
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (error instanceof UpstreamContractError) throw error;
      const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : '';
      return { fault: `${messageOf(error)}${cause}` };
    }
  }

  async #pause(attempt: number, wishMs: number | undefined): Promise<void> {
    const { firstPauseMs, longestPauseMs } = this.#manners;
    const ms = Math.min(longestPauseMs, wishMs ?? firstPauseMs * 2 ** (attempt - 1));
    await wait(ms, undefined, this.#signal && { signal: this.#signal });
  }
}

/** `Retry-After`: seconds, or a date. */
export function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

async function wholeText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longestAnswer)
      throw new UpstreamContractError(`An answer is longer than ${longestAnswer} characters.`);
  }
  return text + decoder.decode();
}
