/** Methods an XNAT answers. */
export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';

/** Query parameters; `undefined` is left out. */
export type QueryParameters = Readonly<Record<string, string | number | boolean | undefined>>;

/** A request body. A stream is opened anew for every attempt, so that a re-login in the middle can send it again. */
export type RequestBody =
  | { readonly kind: 'text'; readonly contentType: string; readonly text: string }
  | {
      readonly kind: 'stream';
      readonly contentType: string;
      readonly open: () => AsyncIterable<Uint8Array>;
      readonly byteSize?: number | undefined;
    };

/** What every request says. */
export interface RequestTarget {
  /** Name in the usage log and in errors, such as `experiments.list`. */
  readonly operation: string;
  readonly method: HttpMethod;
  /** Percent-encoded path below the server's base address, starting with `/data` or `/xapi`. */
  readonly path: string;
  readonly query?: QueryParameters | undefined;
  readonly body?: RequestBody | undefined;
  /** Statuses accepted besides 2xx; `read` then sees them. */
  readonly alsoAccept?: readonly number[] | undefined;
  /** Whether sending twice equals sending once. Default: GET and HEAD only. Only these are ever retried. */
  readonly idempotent?: boolean | undefined;
  /** Milliseconds for the whole exchange (of a stream: between two pieces); default is the connection's. */
  readonly timeoutMs?: number | undefined;
}

/** An answer read whole. */
export interface TextReply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** An answer whose bytes are still coming. */
export interface StreamReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** A request together with the parser of its answer. */
export interface XnatRequest<T> extends RequestTarget {
  /**
   * Parses the answer. It runs inside the retry loop: a `BrokenAnswerError` of an idempotent request is asked again, an
   * UpstreamContractError is final.
   */
  readonly read: (reply: TextReply) => T;
}

/** Cost of one operation so far. */
export interface OperationUsage {
  readonly operation: string;
  readonly requests: number;
  /** Attempts after the first, re-logins included. */
  readonly retries: number;
  readonly failures: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly durationMs: number;
}

/** Running account of what a connection cost its server. */
export interface UsageReport {
  readonly operations: readonly OperationUsage[];
  readonly requests: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/**
 * One XNAT as one account sees it. Implementations log in by themselves, log in again after a 401, bound concurrency, and
 * throw the kernel's errors: Unauthenticated, Forbidden, NotFound, Conflict, InvalidInput, RateLimited,
 * UpstreamUnavailable, UpstreamContract.
 */
export interface XnatServer {
  /** Base address without a trailing slash. */
  readonly url: string;
  /** Sends and parses. */
  send<T>(request: XnatRequest<T>, signal: AbortSignal): Promise<T>;
  /** Sends and hands the bytes over as they come; the caller must drain or abort. */
  stream(request: RequestTarget, signal: AbortSignal): Promise<StreamReply>;
  /** Milliseconds the server's clock is ahead of ours by its last `Date` header; undefined before the first answer. */
  clockSkewMs(): number | undefined;
  usage(): UsageReport;
  /** Logs out. Safe to call twice. */
  close(signal: AbortSignal): Promise<void>;
}
