import { UpstreamUnavailableError } from './errors.ts';

/** Runs work on something that may be away. */
export type Guard = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Leaves an upstream alone for a while after it was away, so that not every caller waits for the same silence.
 * @param name - of the upstream, for the error
 * @param restMs - how long it is left alone
 * @param now - milliseconds that only rise
 * @returns a guard that throws UpstreamUnavailableError at once while it rests
 */
export function circuitBreaker(name: string, restMs: number, now: () => number): Guard {
  let restsUntil = Number.NEGATIVE_INFINITY;
  return async (work) => {
    if (now() < restsUntil) throw new UpstreamUnavailableError(`${name} was away a moment ago and is left alone`);
    try {
      return await work();
    } catch (error) {
      if (error instanceof UpstreamUnavailableError) restsUntil = now() + restMs;
      throw error;
    }
  };
}
