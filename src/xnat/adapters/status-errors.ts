import {
  ConflictError,
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  UnauthenticatedError,
  UpstreamContractError,
  UpstreamUnavailableError,
} from '../../kernel/errors.ts';
import { BrokenAnswerError } from '../broken-answer.ts';

/** A refusal that may pass: carries the error that is thrown when patience ends. */
export class RetryableError extends Error {
  readonly settled: UpstreamUnavailableError | RateLimitedError;
  readonly retryAfterMs: number | undefined;

  constructor(settled: UpstreamUnavailableError | RateLimitedError, retryAfterMs: number | undefined) {
    super(settled.message, { cause: settled });
    this.name = 'RetryableError';
    this.settled = settled;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Whether asking again may help: 5xx, 429, broken connections, timeouts, broken bodies. */
export function isRetryable(error: unknown): boolean {
  return (
    error instanceof RetryableError || error instanceof BrokenAnswerError || error instanceof UpstreamUnavailableError
  );
}

/** The error for a refused request. XNAT's own words (from its error page) go into the message, shortened. */
export function errorForStatus(refusal: {
  readonly status: number;
  readonly text: string;
  readonly operation: string;
  readonly path: string;
  readonly retryAfterMs?: number | undefined;
}): Error {
  const { status, operation, path, retryAfterMs } = refusal;
  const words = pageWords(refusal.text);
  const message = `XNAT answered ${operation} with ${status}${words === '' ? '' : `: ${words}`}`;
  const details = { status, operation, path };
  switch (status) {
    case 400:
    case 413:
    case 415:
    case 422:
      return new InvalidInputError(message, details);
    case 401:
      return new UnauthenticatedError(message, details);
    case 403:
      return new ForbiddenError(message, details);
    case 404:
    case 410:
      return new NotFoundError(message, details);
    case 409:
      return new ConflictError(message, details);
    case 429:
      return new RetryableError(new RateLimitedError(message, { ...details, retryAfterMs }), retryAfterMs);
    case 501:
      return new UpstreamContractError(message, details);
    default:
      return status >= 500
        ? new RetryableError(new UpstreamUnavailableError(message, details), retryAfterMs)
        : new UpstreamContractError(message, details);
  }
}

function pageWords(text: string): string {
  const heading = /<h3>([\s\S]*?)<\/h3>/i.exec(text)?.[1] ?? text;
  return heading
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 160);
}
