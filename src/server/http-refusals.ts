import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { LimitsConfig } from '../config.ts';
import { type CatalogError, InvalidInputError, LimitExceededError, RateLimitedError } from '../kernel/errors.ts';
import { type ErrorFormatter, knownErrorOf, retryHeaders } from './format-error.ts';
import { networkOf, type TokenBuckets } from './limits/token-buckets.ts';

/** Probes and scrapes come from the operator: they never count. */
const uncounted: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** A body larger than allowed is the one refusal of ours that has a status of its own. */
class BodyTooLargeError extends LimitExceededError {
  override readonly httpStatus = 413;
}

/** A body of another kind than the route reads. */
class WrongContentTypeError extends InvalidInputError {
  override readonly httpStatus = 415;
}

/** Refuses a Host header that is no host (RFC 9112, 3.2), counts requests by address, and answers whatever is refused before or beside GraphQL in the same form as GraphQL errors. */
export function addRefusals(
  app: FastifyInstance,
  limits: LimitsConfig,
  buckets: TokenBuckets,
  formatError: ErrorFormatter,
): void {
  app.addHook('onRequest', async (request, reply) => {
    if (URL.canParse(`http://${request.host}/`)) return;
    const error = new InvalidInputError('The Host header is not a host name with an optional port.');
    await refuse(reply, error, error.httpStatus);
  });
  app.addHook('onRequest', async (request, reply) => {
    if (uncounted.has(request.routeOptions.url ?? '')) return;
    const retryAfterMs = buckets.take(`address ${networkOf(request.ip)}`, 1, limits.requestRate, performance.now());
    if (retryAfterMs === 0) return;
    const error = new RateLimitedError('Your address sends too many requests: wait a moment.', { retryAfterMs });
    await refuse(reply, error, error.httpStatus);
  });
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    const known = transportErrorOf(error, limits) ?? knownErrorOf(error);
    await refuse(reply, known ?? error, known?.httpStatus ?? 500, request.id);
  });
  app.setNotFoundHandler(async (_request, reply) => {
    await reply.code(404).send({
      errors: [{ message: 'There is nothing at this address.', extensions: { code: 'NOT_FOUND', details: {} } }],
    });
  });

  async function refuse(reply: FastifyReply, error: Error, status: number, requestId?: string): Promise<void> {
    for (const [name, value] of retryHeaders(knownErrorOf(error))) void reply.header(name, value);
    await reply.code(status).send({ errors: [formatError(error, requestId)] });
  }
}

function transportErrorOf({ code }: FastifyError, { bodyBytes: allowed }: LimitsConfig): CatalogError | undefined {
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new BodyTooLargeError(`The request's body is larger than the ${allowed} bytes that are allowed.`, {
        limit: 'bodyBytes',
        allowed,
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
      return new WrongContentTypeError('The request must have the content type application/json.');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new InvalidInputError('The body of the request is not JSON.');
    default:
      return undefined;
  }
}
