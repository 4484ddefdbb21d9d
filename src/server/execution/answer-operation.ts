import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  OperationTypeNode,
} from 'graphql';
import { includesRole } from '../../access/index.ts';
import type { ApiConfig, LimitsConfig, RateConfig } from '../../config.ts';
import type { RequestContext } from '../../graphql/context.ts';
import { ForbiddenError, LimitExceededError, RateLimitedError } from '../../kernel/errors.ts';
import type { CostGate } from '../limits/cost-gate.ts';
import { nestingOf, printable } from '../limits/document-shape.ts';
import type { TokenBuckets } from '../limits/token-buckets.ts';
import type { Variables } from './executors.ts';
import { settledErrors } from './field-errors.ts';
import type { PreparedDocuments, PreparedOperation } from './prepared-documents.ts';

/** A parsed request, as Apollo hands it over. */
export interface ParsedRequest {
  readonly document: DocumentNode;
  /** SHA-256 of the document's text, hex. */
  readonly hash: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What an operation came to. Errors without data are of the request, which then has the status. */
export interface OperationAnswer {
  readonly data?: ExecutionResult['data'];
  readonly errors: readonly unknown[];
  readonly status?: number;
  readonly headers?: readonly [name: string, value: string][];
}

/** What answering takes. */
export interface AnswerParts {
  readonly schema: GraphQLSchema;
  readonly limits: LimitsConfig;
  readonly api: ApiConfig;
  readonly documents: PreparedDocuments;
  readonly gate: CostGate;
  readonly buckets: TokenBuckets;
  /** Hashes of the documents that everybody may send. */
  readonly persisted: ReadonlySet<string>;
}

/** Rows that one operation is charged at least. */
const leastCharge = 10;

/**
 * Answers a parsed request: limits, validation, price, turn, execution within the time there is. It stands in for Apollo's own
 * validation and execution, so that limits come before validation, the price of an operation knows its variables, and the compiled
 * and the reference executor share everything but the execution itself.
 * @throws CatalogError for a refusal
 */
export async function answerOperation(
  request: ParsedRequest,
  context: RequestContext,
  parts: AnswerParts,
): Promise<OperationAnswer> {
  const { document, hash, operationName, variables: given } = request;
  checkPersisted(hash, context, parts);
  const { problems, operations } = parts.documents.prepare(hash, document);
  if (problems.length > 0) return refused(problems, ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED);
  // By name: when a new document arrives twice at once, each request has parsed its own, of which one was prepared.
  const operation =
    operationName === undefined
      ? operations.length === 1
        ? operations[0]
        : undefined
      : operations.find((candidate) => candidate.name === operationName);
  if (operation === undefined)
    return refused([unknownOperation(operationName)], ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE);
  const unanswerable = whyUnanswerable(operation.operation.operation, parts.schema);
  if (unanswerable !== undefined)
    return refused([new GraphQLError(unanswerable)], ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE);
  checkNesting(given, parts.limits);
  const { coerced, errors } = getVariableValues(parts.schema, operation.operation.variableDefinitions ?? [], given, {
    maxErrors: 20,
  });
  if (coerced === undefined) return refused(errors, ApolloServerErrorCode.BAD_USER_INPUT);
  const cost = priceOf(operation, coerced, parts.limits);
  const account = accountOf(context, parts.limits);
  checkSolvency(account, parts.buckets);
  const answer = await run(operation, cost, context, { given, coerced }, parts.gate).finally(() =>
    parts.buckets.spend(account.key, Math.max(leastCharge, context.budget.rowsRead), account.rate, performance.now()),
  );
  return { ...answer, headers: [['x-operation-cost', String(cost)]] };
}

async function run(
  prepared: PreparedOperation,
  cost: number,
  context: RequestContext,
  variables: Variables,
  gate: CostGate,
): Promise<OperationAnswer> {
  const { signal } = context.budget;
  signal.throwIfAborted();
  const leave = await gate.enter(cost, signal);
  let running: ExecutionResult | Promise<ExecutionResult>;
  try {
    running = prepared.executor()(context, variables);
  } catch (error) {
    leave();
    throw error;
  }
  if (!(running instanceof Promise)) {
    leave();
    return { ...running, errors: settledErrors(running) };
  }
  // What runs on after its time still holds its place: its statements are being cancelled.
  void running.then(leave, leave);
  const result = await within(signal, running);
  return { ...result, errors: settledErrors(result) };
}

async function within<T>(signal: AbortSignal, running: Promise<T>): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    running.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function checkPersisted(hash: string, context: RequestContext, { api, persisted }: AnswerParts): void {
  if (!api.persistedOnly || persisted.has(hash) || includesRole(context.principal.role, 'STEWARD')) return;
  throw new ForbiddenError('This server answers only the operations it knows: send the SHA-256 of one of them.', {
    sha256: hash,
  });
}

function checkNesting(variables: Readonly<Record<string, unknown>>, { inputDepth: allowed }: LimitsConfig): void {
  // The object that holds the variables is not one of them.
  const found = nestingOf(variables) - 1;
  if (found > allowed)
    throw new LimitExceededError(`A variable nests values ${found} deep; at most ${allowed} are allowed.`, {
      limit: 'inputDepth',
      allowed,
      found,
    });
}

function priceOf(
  operation: PreparedOperation,
  variables: Readonly<Record<string, unknown>>,
  { cost: allowed }: LimitsConfig,
): number {
  const found = printable(operation.costOf(variables));
  if (found > allowed)
    throw new LimitExceededError(
      `The answer could hold ${found} objects; at most ${allowed} are allowed: ask for smaller pages, or in several requests.`,
      { limit: 'cost', allowed, found },
    );
  return found;
}

interface Account {
  readonly key: string;
  readonly rate: RateConfig;
}

function accountOf({ principal, network }: RequestContext, limits: LimitsConfig): Account {
  return principal.id === undefined
    ? { key: `guest ${network}`, rate: limits.guestRate }
    : { key: principal.id, rate: limits.principalRate };
}

/** Answers are paid for afterwards, by the rows they took: what a page could have held is no measure of what it did hold. */
function checkSolvency({ key, rate }: Account, buckets: TokenBuckets): void {
  const retryAfterMs = buckets.waitMs(key, rate, performance.now());
  if (retryAfterMs > 0)
    throw new RateLimitedError('You have read a lot in a short time: wait a moment.', { retryAfterMs });
}

/** Validation takes operations for granted that the schema has no root for, and streams are not for one answer. */
function whyUnanswerable(type: OperationTypeNode, schema: GraphQLSchema): string | undefined {
  if (type === OperationTypeNode.SUBSCRIPTION) return 'Subscriptions are not answered here: a request has one answer.';
  return schema.getRootType(type) == null ? `This API has no ${type} operations.` : undefined;
}

function refused(errors: readonly GraphQLError[], code: string): OperationAnswer {
  for (const error of errors) error.extensions['code'] = code;
  return { errors, status: 400 };
}

function unknownOperation(name: string | undefined): GraphQLError {
  return new GraphQLError(
    name === undefined
      ? 'The document has no operation or several: `operationName` must name one.'
      : `The document has no operation named "${name.slice(0, 100)}".`,
  );
}
