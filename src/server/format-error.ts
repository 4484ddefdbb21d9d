import { ApolloServerErrorCode } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { CatalogError, UpstreamUnavailableError } from '../kernel/errors.ts';
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

/** SQLSTATE classes and Node codes that mean "the database is away", not "we have a bug". */
const databaseAway = /^(?:08|57P|53)|^(?:ECONNREFUSED|ECONNRESET|EPIPE)$/;

/**
 * The one translator from errors to answers: domain errors keep message, code and details; anything unknown is masked and logged.
 * No answer holds SQL or a stack.
 */
export function createErrorFormatter(
  logger: Logger,
): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return (formatted, error) => {
    const cause = causeOf(error);
    const place = {
      ...(formatted.path && { path: formatted.path }),
      ...(formatted.locations && { locations: formatted.locations }),
    };
    const known = cause instanceof CatalogError ? cause : databaseErrorOf(cause);
    if (known !== undefined) {
      return { message: known.message, ...place, extensions: { code: known.code, details: known.details } };
    }
    const code = formatted.extensions?.['code'];
    if (typeof code === 'string' && protocolCodes.has(code))
      return { message: formatted.message, ...place, extensions: { code } };
    logger.error('graphql.failed', {
      error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
      path: formatted.path,
    });
    return {
      message: 'Something went wrong on our side; the log knows this request by its id.',
      ...place,
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    };
  };
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

/** An error met before execution, with the HTTP status it stands for. */
export function refusalOf(error: unknown): unknown {
  const known = error instanceof CatalogError ? error : databaseErrorOf(error);
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
