import { ApolloServerErrorCode } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { z } from 'zod';
import { CatalogError, UpstreamUnavailableError } from '../kernel/errors.ts';

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

/** SQLSTATE classes and Node codes that mean "the database is away", not "we have a bug". */
const databaseAway = /^(?:08|57P|53)|^(?:ECONNREFUSED|ECONNRESET|EPIPE)$/;

/**
 * The one translator from errors to answers: domain errors keep message, code and details; anything unknown is masked (and logged by
 * `log-failures.ts`). No answer holds SQL or a stack.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const place = {
    ...(formatted.path && { path: formatted.path }),
    ...(formatted.locations && { locations: formatted.locations }),
  };
  const known = knownErrorOf(error);
  if (known !== undefined) {
    return { message: known.message, ...place, extensions: { code: known.code, details: known.details } };
  }
  const code = protocolCodeOf(error);
  if (code !== undefined) return { message: formatted.message, ...place, extensions: { code } };
  return {
    message: 'Something went wrong on our side; the log knows this request by the id in its x-request-id header.',
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  };
}

/** Whether an error is neither one the domain throws on purpose nor one of the GraphQL protocol. */
export function isOurFault(error: unknown): boolean {
  return knownErrorOf(error) === undefined && protocolCodeOf(error) === undefined;
}

/** The error of ours that something thrown is or stands for. */
export function knownErrorOf(error: unknown): CatalogError | undefined {
  const cause = causeOf(error);
  return cause instanceof CatalogError ? cause : databaseErrorOf(cause);
}

function protocolCodeOf(error: unknown): string | undefined {
  const extensions: unknown = error instanceof Error && 'extensions' in error ? error.extensions : undefined;
  const code = z.object({ code: z.string() }).safeParse(extensions).data?.code;
  return code !== undefined && protocolCodes.has(code) ? code : undefined;
}

/**
 * What a resolver threw, or what kept a request from being begun. Asked of the property, not of the class: a second copy of
 * graphql-js (ES module beside CommonJS) has a GraphQLError of its own, and wraps ours once more.
 */
export function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && 'originalError' in cause && cause.originalError instanceof Error)
    cause = cause.originalError;
  return cause;
}

/** An error met before execution, with the HTTP status it stands for. */
export function refusalOf(error: unknown): unknown {
  const known = knownErrorOf(error);
  if (known === undefined) return error;
  return new GraphQLError(known.message, { originalError: known, extensions: { http: { status: known.httpStatus } } });
}

function databaseErrorOf(cause: unknown): CatalogError | undefined {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const gone =
    cause instanceof Error &&
    /Connection terminated|connection timeout|timeout exceeded when trying to connect/.test(cause.message);
  if (!gone && !databaseAway.test(code)) return undefined;
  return new UpstreamUnavailableError('The database does not answer at the moment: try again in a few seconds.');
}
