/** Facts a machine can act on, copied into `extensions.details` of a GraphQL error. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** Codes that callers switch on; each belongs to exactly one class below. */
export type ErrorCode =
  | 'BAD_USER_INPUT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'PIPELINE_REJECTED'
  | 'LIMIT_EXCEEDED'
  | 'RATE_LIMITED'
  | 'OVERLOADED'
  | 'TIMEOUT'
  | 'UPSTREAM_UNAVAILABLE'
  | 'UPSTREAM_INVALID';

/**
 * Base of every error the domain throws on purpose. `message` is written for the caller: what, where and how to mend it.
 * Anything that is not a CatalogError is our bug, masked and logged at the edge.
 */
export abstract class CatalogError extends Error {
  abstract readonly code: ErrorCode;
  abstract readonly httpStatus: number;
  readonly details: ErrorDetails;

  constructor(message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.details = details;
  }
}

/** The caller can fix it; `details.fields` names what was wrong. */
export class InvalidInputError extends CatalogError {
  readonly code = 'BAD_USER_INPUT';
  readonly httpStatus: number = 400;
}

/** No or bad credentials. */
export class UnauthenticatedError extends CatalogError {
  readonly code = 'UNAUTHENTICATED';
  readonly httpStatus = 401;
}

/** The caller may see it but may not do this. */
export class ForbiddenError extends CatalogError {
  readonly code = 'FORBIDDEN';
  readonly httpStatus = 403;
}

/** Absent, or invisible to this principal: the two are never told apart. */
export class NotFoundError extends CatalogError {
  readonly code = 'NOT_FOUND';
  readonly httpStatus = 404;
}

/** A version or state clash; `details` holds both sides. */
export class ConflictError extends CatalogError {
  readonly code = 'CONFLICT';
  readonly httpStatus = 409;
}

/** Inputs do not satisfy a pipeline's specification; `details.reasons` lists each. */
export class PipelineRejectedError extends CatalogError {
  readonly code = 'PIPELINE_REJECTED';
  readonly httpStatus = 422;
}

/** Too much in too short a time; `details.retryAfterMs`. */
export class RateLimitedError extends CatalogError {
  readonly code = 'RATE_LIMITED';
  readonly httpStatus = 429;
}

/** One request asks for more than any request may; `details` has `limit`, `allowed` and `found`. Waiting does not help. */
export class LimitExceededError extends CatalogError {
  readonly code = 'LIMIT_EXCEEDED';
  readonly httpStatus: number = 400;
}

/** Too many expensive requests of everybody are being answered; `details.retryAfterMs`. */
export class OverloadedError extends CatalogError {
  readonly code = 'OVERLOADED';
  readonly httpStatus = 503;
}

/** The request took longer than it may and was stopped, in the database too; `details.allowedMs`. */
export class OperationTimeoutError extends CatalogError {
  readonly code = 'TIMEOUT';
  readonly httpStatus = 504;
}

/** XNAT, Elasticsearch, Slurm or the database does not answer; retrying may help. */
export class UpstreamUnavailableError extends CatalogError {
  readonly code = 'UPSTREAM_UNAVAILABLE';
  readonly httpStatus = 503;
}

/** An upstream answered something we cannot parse; retrying will not help. */
export class UpstreamContractError extends CatalogError {
  readonly code = 'UPSTREAM_INVALID';
  readonly httpStatus = 502;
}

/**
 * A condition of this machine or its configuration that stops the process from starting: busy port, full disk, broken data
 * directory, wrong URL. The command line prints `message` alone and exits with 1.
 */
export class StartupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartupError';
  }
}

/** The message of anything thrown, for a log field or a sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
