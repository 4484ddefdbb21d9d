import {
  type DocumentNode,
  type ExecutionResult,
  execute,
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
  return (context, variables) => compiled.query(undefined, context, { ...variables });
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
