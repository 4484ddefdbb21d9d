import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import type { RequestContext } from '../../graphql/context.ts';

/** Runs one operation. Variables are given as the caller sent them, known to be good. */
export type Executor = (
  context: RequestContext,
  variables: Readonly<Record<string, unknown>>,
) => ExecutionResult | Promise<ExecutionResult>;

/** One operation of a valid document. */
export interface ExecutableOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** graphql-js, for which correctness comes first: it answers whatever the compiled executor does not. */
export function referenceExecutor({ schema, document, operation }: ExecutableOperation): Executor {
  const operationName = operation.name?.value ?? null;
  return (contextValue, variableValues) => execute({ schema, document, operationName, contextValue, variableValues });
}

/** graphql-jit; undefined for an operation that it cannot answer as the reference executor does. */
export function compiledExecutor({ schema, document, operation }: ExecutableOperation): Executor | undefined {
  if (!isCompilable(document, operation)) return undefined;
  const compiled = compileQuery<Record<string, unknown>>(schema, document, operation.name?.value ?? '', {
    // A stack for each field error costs more than the field; what a resolver threw keeps its own.
    disablingCapturingStackErrors: true,
  });
  if (!isCompiledQuery(compiled)) return undefined;
  return (context, variables) => {
    const result = compiled.query(undefined, context, { ...variables });
    return result instanceof Promise ? result.then(withOwnErrors) : withOwnErrors(result);
  };
}

/** graphql-jit's errors lack what the class says every GraphQLError has. */
function withOwnErrors(result: ExecutionResult): ExecutionResult {
  const { errors } = result;
  if (errors === undefined) return result;
  for (const { path } of errors) putNullAt(result.data, path ?? []);
  return {
    ...result,
    errors: errors.map(({ message, path, locations, originalError }) =>
      Object.defineProperty(new GraphQLError(message, { path, originalError }), 'locations', {
        value: locations,
        enumerable: true,
      }),
    ),
  };
}

/** graphql-jit 0.8.9 leaves out the last item of a list when its promise is rejected: null is what must stand there. */
function putNullAt(data: unknown, path: readonly (string | number)[]): void {
  const index = path.at(-1);
  if (typeof index !== 'number') return;
  let value = data;
  for (const step of path.slice(0, -1)) {
    if (typeof value !== 'object' || value === null) return;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  if (Array.isArray(value) && value[index] === undefined) value[index] = null;
}

/** Subscriptions are streams, and introspection is answered from the schema without any of our resolvers. */
function isCompilable(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) return false;
  let introspects = false;
  visit(document, {
    Field: ({ name }) => {
      introspects ||= name.value === '__schema' || name.value === '__type';
    },
  });
  return !introspects;
}
