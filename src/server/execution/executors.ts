import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  extendSchema,
  GraphQLError,
  type GraphQLSchema,
  isSpecifiedScalarType,
  Kind,
  type NamedTypeNode,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  type TypeNode,
  typeFromAST,
  visit,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import type { RequestContext } from '../../graphql/context.ts';

/** The variables of one request, known to be good: as the caller sent them, and as values of their types with defaults filled in. */
export interface Variables {
  readonly given: Readonly<Record<string, unknown>>;
  readonly coerced: Readonly<Record<string, unknown>>;
}

/** Runs one operation. */
export type Executor = (context: RequestContext, variables: Variables) => ExecutionResult | Promise<ExecutionResult>;

/** One operation of a valid document. */
export interface ExecutableOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** graphql-js, for which correctness comes first: it answers whatever the compiled executor does not. */
export function referenceExecutor({ schema, document, operation }: ExecutableOperation): Executor {
  const operationName = operation.name?.value ?? null;
  return (contextValue, { given }) => execute({ schema, document, operationName, contextValue, variableValues: given });
}

const coercedScalar = 'CoercedVariable';

/** The schema to compile against: it has one more scalar, the type of variables that are coerced already. */
export function schemaForCompiling(schema: GraphQLSchema): GraphQLSchema {
  return extendSchema(schema, parse(`scalar ${coercedScalar}`));
}

/**
 * graphql-jit; undefined for an operation that it cannot answer as the reference executor does. Its own compilation of variables
 * writes recursive input types out: a document with one `DatasetWhere` took 7 s, instead of 20 ms. We coerce variables before
 * anyway, so the compiler is told that they are of a scalar that takes what it is given.
 * @param schema - made by {@link schemaForCompiling}
 */
export function compiledExecutor({ schema, document, operation }: ExecutableOperation): Executor | undefined {
  if (!isCompilable(document, operation)) return undefined;
  const untyped = visit(document, {
    VariableDefinition: (definition) => {
      // The conditions of @skip and @include have to stay Boolean; a built-in scalar that is coerced again stays as it is.
      const type = typeFromAST(schema, namedType(definition.type));
      if (type !== undefined && isSpecifiedScalarType(type)) return undefined;
      return { kind: Kind.VARIABLE_DEFINITION, variable: definition.variable, type: coercedType };
    },
  });
  const compiled = compileQuery<Record<string, unknown>>(schema, untyped, operation.name?.value ?? '', {
    // A stack for each field error costs more than the field; what a resolver threw keeps its own.
    disablingCapturingStackErrors: true,
  });
  if (!isCompiledQuery(compiled)) return undefined;
  return (context, { coerced }) => {
    const result = compiled.query(undefined, context, coerced);
    return result instanceof Promise ? result.then(withOwnErrors) : withOwnErrors(result);
  };
}

const coercedType: NamedTypeNode = {
  kind: Kind.NAMED_TYPE,
  name: { kind: Kind.NAME, value: coercedScalar },
};

function namedType(type: TypeNode): NamedTypeNode {
  return type.kind === Kind.NAMED_TYPE ? type : namedType(type.type);
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
