import { createHash } from 'node:crypto';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  OperationTypeNode,
  parse,
  subscribe,
} from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import type { RequestContext } from '../graphql/context.ts';
import { OverloadedError, UnauthenticatedError } from '../kernel/errors.ts';
import type { PreparedDocuments } from './execution/prepared-documents.ts';
import type { ErrorFormatter } from './format-error.ts';

/** Streams that are open at one time; each holds a connection, and asks the database now and then. */
const mostStreams = 200;

/** What answering subscriptions takes. */
export interface StreamParts {
  readonly schema: GraphQLSchema;
  readonly documents: PreparedDocuments;
  /** Lexical tokens a document may have. */
  readonly maxTokens: number;
  readonly formatError: ErrorFormatter;
  readonly contextOf: (request: FastifyRequest, reply: FastifyReply) => Promise<RequestContext>;
}

/** What the client asks for, in the protocol's terms. */
interface Asked {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

type Stream = AsyncGenerator<ExecutionResult, void, void>;

/**
 * Mounts subscriptions at `/graphql/stream`: GraphQL over Server-Sent Events, distinct connections mode
 * (https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md), by POST or by a browser's EventSource. Documents pass
 * the same limits and validation as any other; only subscriptions are answered.
 */
export function addStreams(app: FastifyInstance, parts: StreamParts): void {
  const open = new Set<FastifyReply['raw']>();
  const handler = createHandler({
    // No reservations: a stream is a connection, whoever authenticates does so by each.
    authenticate: () => null,
    onSubscribe: async ({ raw, context: { reply } }, asked) => {
      try {
        if (open.size >= mostStreams)
          throw new OverloadedError('Too many streams are open: close one, or ask again in a moment.', {
            retryAfterMs: 5_000,
          });
        const context = await parts.contextOf(raw, reply);
        const stream = await answer(asked, context, parts);
        if (!(Symbol.asyncIterator in stream)) return stream;
        open.add(reply.raw);
        reply.raw.once('close', () => open.delete(reply.raw));
        return stream;
      } catch (error) {
        return refusal(error, parts.formatError);
      }
    },
  });
  // A stream has no end that closing could wait for; its client asks again where it was.
  app.addHook('preClose', async () => {
    for (const raw of open) raw.destroy();
  });
  app.route({
    url: '/graphql/stream',
    method: ['GET', 'POST'],
    handler: async (request, reply) => {
      reply.raw.setHeader('x-request-id', request.id);
      await handler(request, reply);
    },
  });
}

async function answer(
  asked: Asked,
  context: RequestContext,
  { schema, documents, maxTokens, formatError }: StreamParts,
): Promise<Stream | ExecutionResult> {
  const document = parsed(asked.query, maxTokens);
  const hash = createHash('sha256').update(asked.query).digest('hex');
  const { problems, operations } = documents.prepare(hash, document);
  if (problems.length > 0)
    throw new AggregateError(
      problems.map((problem) => coded(problem, ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED)),
    );
  const operation = operations.find(({ name }) => asked.operationName == null || name === asked.operationName);
  if (operation?.operation.operation !== OperationTypeNode.SUBSCRIPTION)
    throw new GraphQLError('Only subscriptions are answered here: send queries and mutations to /graphql.', {
      extensions: { code: 'BAD_USER_INPUT' },
    });
  const result = await subscribe({
    schema,
    document,
    contextValue: context,
    variableValues: asked.variables ?? {},
    operationName: operation.name ?? null,
  });
  return Symbol.asyncIterator in result ? formatted(result, formatError) : withFormat(result, formatError);
}

/** @throws GraphQLError for what is no document, or has too many tokens */
function parsed(query: string, maxTokens: number): DocumentNode {
  try {
    return parse(query, { maxTokens });
  } catch (error) {
    throw error instanceof GraphQLError ? coded(error, ApolloServerErrorCode.GRAPHQL_PARSE_FAILED) : error;
  }
}

/** graphql-js gives its own errors no code, as Apollo does. */
function coded(error: GraphQLError, code: ApolloServerErrorCode): GraphQLError {
  error.extensions['code'] = code;
  return error;
}

/** Errors of each event as the API shows them; the source ends when the client goes. */
async function* formatted(stream: AsyncGenerator<ExecutionResult>, formatError: ErrorFormatter): Stream {
  try {
    for await (const result of stream) yield withFormat(result, formatError);
  } catch (error) {
    yield { errors: [shown(error, formatError)] };
  }
}

function withFormat(result: ExecutionResult, formatError: ErrorFormatter): ExecutionResult {
  if (result.errors === undefined) return result;
  return { ...result, errors: result.errors.map((error) => shown(error, formatError)) };
}

/** The error as the API shows it, in the class that the protocol's library takes. */
function shown(error: unknown, formatError: ErrorFormatter): GraphQLError {
  const { message, path, extensions } = formatError(error);
  return new GraphQLError(message, { path: path ?? null, extensions: extensions ?? null });
}

function refusal(
  error: unknown,
  formatError: ErrorFormatter,
): [string, { status: number; statusText: string; headers: Record<string, string> }] {
  const status = error instanceof UnauthenticatedError ? 401 : error instanceof OverloadedError ? 503 : 400;
  const all: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  return [
    JSON.stringify({ errors: all.map((one) => shown(one, formatError)) }),
    { status, statusText: 'Refused', headers: { 'content-type': 'application/json; charset=utf-8' } },
  ];
}
