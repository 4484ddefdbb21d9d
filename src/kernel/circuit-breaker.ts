import { UpstreamUnavailableError } from './errors.ts';

/** Runs work on something that may be away. */
export type Guard = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Leaves an upstream alone for a while after it was away, so that not every caller waits for the same silence: for as long as it was
 * silent, and then one caller alone finds out whether it is back.
 * @param name - of the upstream, for the error
 * @param restMs - how long it is left alone at least
 * @param now - milliseconds that only rise
 * @returns a guard that throws UpstreamUnavailableError at once while it rests
 */
export function circuitBreaker(name: string, restMs: number, now: () => number): Guard {
  let restsUntil = Number.NEGATIVE_INFINITY;
  /** How long the last silence kept the upstream alone; 0 when it answers. */
  let pauseMs = 0;
  return async (work) => {
    const start = now();
    if (start < restsUntil) throw new UpstreamUnavailableError(`${name} was away a moment ago and is left alone`);
    // The others wait no longer for this caller than the silence was: one that never ends must not shut them out.
    if (pauseMs > 0) restsUntil = start + pauseMs;
    try {
      const answer = await work();
      restsUntil = Number.NEGATIVE_INFINITY;
      pauseMs = 0;
      return answer;
    } catch (error) {
      if (error instanceof UpstreamUnavailableError) {
        pauseMs = Math.max(restMs, now() - start);
        restsUntil = now() + pauseMs;
      } else restsUntil = Math.min(restsUntil, start);
      throw error;
    }
  };
}
