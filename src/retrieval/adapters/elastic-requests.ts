import type { Client } from '@elastic/elasticsearch';
import { messageOf, UpstreamContractError, UpstreamUnavailableError } from '../../kernel/errors.ts';
import type { JsonObject } from './elastic-mapping.ts';

/** Requests to one Elasticsearch: what it refuses and that it is away are errors of ours. */
export class ElasticRequests {
  readonly #client: Client;
  readonly #timeoutMs: number;

  constructor(client: Client, timeoutMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether the server answers at all. */
  async ping(): Promise<boolean> {
    try {
      await this.#client.ping({}, { requestTimeout: 2000, maxRetries: 0 });
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** One request; `missing` is the answer where a 404 is no error. */
  async send(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: JsonObject | readonly JsonObject[],
    options: {
      readonly signal?: AbortSignal | undefined;
      readonly missing?: JsonObject;
      readonly timeoutMs?: number;
    } = {},
  ): Promise<unknown> {
    const [pathname = path, querystring = ''] = path.split('?');
    const bulk = Array.isArray(body);
    try {
      return await this.#client.transport.request(
        {
          method,
          path: pathname,
          querystring,
          ...(body === undefined ? {} : bulk ? { bulkBody: body.map((line) => JSON.stringify(line)) } : { body }),
        },
        {
          requestTimeout: options.timeoutMs ?? this.#timeoutMs,
          maxRetries: 0,
          // One of its own: @elastic/transport 9 ends a request that took too long by dispatching `abort` on the signal it was given,
          // which stopped all that its caller was doing, for no reason (lib/connection/UndiciConnection.js).
          ...(options.signal === undefined ? {} : { signal: AbortSignal.any([options.signal]) }),
          ...(bulk ? { headers: { 'content-type': 'application/x-ndjson', accept: 'application/json' } } : {}),
        },
      );
    } catch (error) {
      // The client's own error of an abort has no words: the caller is told why it was stopped.
      options.signal?.throwIfAborted();
      const status = statusOf(error);
      if (status === 404 && options.missing !== undefined) return options.missing;
      if (status !== undefined && status < 500 && status !== 429 && status !== 408) {
        throw new UpstreamContractError(
          `Elasticsearch refused ${method} ${pathname}: ${messageOf(error)}`,
          { status },
          { cause: error },
        );
      }
      throw new UpstreamUnavailableError(
        `Elasticsearch does not answer ${method} ${pathname}: ${messageOf(error)}`,
        {},
        { cause: error },
      );
    }
  }
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
