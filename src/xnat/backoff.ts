/** How often and how patiently a failed request is asked again. */
export interface RetryPolicy {
  /** All attempts, the first included. */
  readonly attempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
}

/** Four attempts within about ten seconds. */
export const defaultRetryPolicy: RetryPolicy = { attempts: 4, baseDelayMs: 250, maxDelayMs: 8000 };

/**
 * Exponential backoff with full jitter: a uniform draw below the cap, so that many clients do not come back together.
 * @param attempt - 1 for the first retry
 * @param random - in [0, 1)
 * @param retryAfterMs - the server's own wish (`Retry-After`), obeyed up to `maxDelayMs`
 */
export function backoffMs(policy: RetryPolicy, attempt: number, random: number, retryAfterMs?: number): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, policy.maxDelayMs);
  const cap = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  return Math.round(cap * (0.25 + 0.75 * random));
}

/** `Retry-After` in milliseconds: seconds or an HTTP date. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
