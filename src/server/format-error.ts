import { inspect } from 'node:util';
import { HeaderMap } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import {
  CatalogError,
  InvalidInputError,
  LimitExceededError,
  OperationTimeoutError,
  UpstreamUnavailableError,
} from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';

/** Codes of errors that the GraphQL layer itself raises and whose text names nothing of ours. */
const protocolCodes = new Set<string>([
  ApolloServerErrorCode.GRAPHQL_PARSE_FAILED,
  ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED,
  ApolloServerErrorCode.PERSISTED_QUERY_NOT_FOUND,
  ApolloServerErrorCode.PERSISTED_QUERY_NOT_SUPPORTED,
  ApolloServerErrorCode.BAD_USER_INPUT,
  ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE,
  ApolloServerErrorCode.BAD_REQUEST,
]);

/** graphql-js' own limit on lexical tokens, which it reports as a syntax error. */
const tooManyTokens = /Document contains more (?:than|that) (\d+) tokens/;

/** What Apollo says of persisted operations without giving it a code. */
const badPersistedQuery = /^(?:Unsupported persisted query version|provided sha does not match query)$/;

/** SQLSTATE classes and Node codes that mean "the database is away", not "we have a bug". */
const databaseAway = /^(?:08|57P|53)|^(?:ECONNREFUSED|ECONNRESET|EPIPE)$/;

/** Turns an error into what the caller is told of it. */
export type ErrorFormatter = (error: unknown, requestId?: string) => GraphQLFormattedError;

/**
 * The one translator from errors to answers: domain errors keep message, code and details; anything unknown is masked and logged.
 * No answer holds SQL or a stack.
 */
export function createErrorFormatter(logger: Logger): ErrorFormatter {
  return (error, requestId) => {
    const { path, locations } = error instanceof GraphQLError ? error.toJSON() : {};
    const place = { ...(path && { path }), ...(locations && { locations }) };
    const known = knownErrorOf(error);
    if (known !== undefined)
      return { message: known.message, ...place, extensions: { code: known.code, details: known.details } };
    const code = protocolCodeOf(error);
    if (error instanceof GraphQLError && code !== undefined)
      return { message: error.message, ...place, extensions: { code } };
    const cause = causeOf(error);
    logger.error('graphql.failed', {
      requestId,
      error: thrownAs(cause),
      path,
    });
    return {
      message: 'Something went wrong on our side; the log knows this request by its id.',
      ...place,
      extensions: { code: 'INTERNAL_SERVER_ERROR', ...(requestId !== undefined && { details: { requestId } }) },
    };
  };
}

/** What was thrown, whatever it is: even nothing at all has to be found again. */
function thrownAs(cause: unknown): string {
  if (cause instanceof Error) return cause.stack ?? `${cause.name}: ${cause.message}`;
  return `Thrown without being an Error: ${inspect(cause, { depth: 2, maxStringLength: 1_000 })}`;
}

function protocolCodeOf(error: unknown): string | undefined {
  if (!(error instanceof GraphQLError)) return undefined;
  if (badPersistedQuery.test(error.message)) return ApolloServerErrorCode.BAD_REQUEST;
  const { code } = error.extensions;
  return typeof code === 'string' && protocolCodes.has(code) ? code : undefined;
}

/** The error of ours that something thrown is or stands for. */
export function knownErrorOf(error: unknown): CatalogError | undefined {
  const cause = causeOf(error);
  if (cause instanceof CatalogError) return cause;
  const tokens = error instanceof GraphQLError ? tooManyTokens.exec(error.message)?.[1] : undefined;
  if (tokens !== undefined)
    return new LimitExceededError(`The document has more than the ${tokens} tokens that are allowed.`, {
      limit: 'tokens',
      allowed: Number(tokens),
    });
  if (wasStopped(cause)) return new OperationTimeoutError('The request was stopped before it was answered.');
  return databaseErrorOf(cause);
}

/** Asked of the name: a stop without a reason of ours is a DOMException here, and an error of its library there. */
function wasStopped(cause: unknown): boolean {
  return cause instanceof Error && (cause.name === 'AbortError' || cause.name === 'TimeoutError');
}

/** An error met before execution, with the HTTP status and headers it stands for. */
export function refusalOf(error: unknown): unknown {
  const known = knownErrorOf(error);
  if (known === undefined) return error;
  const refusal = new GraphQLError(known.message, { originalError: known });
  Object.assign(refusal.extensions, {
    http: { status: known.httpStatus, headers: new HeaderMap(retryHeaders(known)) },
  });
  return refusal;
}

/** `Retry-After` (RFC 9110, 10.2.3) of an error that says when to come again. */
export function retryHeaders(error: CatalogError | undefined): [name: string, value: string][] {
  const retryAfterMs = error?.details['retryAfterMs'];
  return typeof retryAfterMs === 'number' ? [['retry-after', String(Math.ceil(retryAfterMs / 1_000))]] : [];
}

/**
 * What a resolver threw, or what kept a request from being begun. Asked of the property, not of the class: a second copy of
 * graphql-js (ES module beside CommonJS) has a GraphQLError of its own, and wraps ours once more.
 */
function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && 'originalError' in cause && cause.originalError instanceof Error)
    cause = cause.originalError;
  return cause;
}

function databaseErrorOf(cause: unknown): CatalogError | undefined {
  if (!(cause instanceof Error)) return undefined;
  const code = 'code' in cause ? String(cause.code) : '';
  if (code === '57014') return new OperationTimeoutError('The database took too long over this request: ask for less.');
  // Invalid bytes or characters in a value: all our text is checked, so it came from the caller.
  if (code === '22021' || code === '22P05')
    return new InvalidInputError('A text holds U+0000 or is not well-formed Unicode: no record can have it.');
  // A date, time or number that has no place in its type, such as the year zero.
  if (code === '22007' || code === '22008' || code === '22003')
    return new InvalidInputError('A date or number is outside of what can be stored: no record can have it.');
  if (code.startsWith('54'))
    return new LimitExceededError('The filter is too large for the database: ask with fewer tests.', {
      limit: 'filter',
    });
  const gone = /Connection terminated|connection timeout|timeout exceeded when trying to connect/.test(cause.message);
  if (!gone && !databaseAway.test(code)) return undefined;
  return new UpstreamUnavailableError('The database does not answer at the moment: try again in a few seconds.');
}
