import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import type { ApiConfig, LimitsConfig } from '../../config.ts';
import { checkShape, measureDocument } from '../limits/document-shape.ts';
import { type CostOf, prepareCost } from '../limits/operation-cost.ts';
import type { Metrics } from '../metrics.ts';
import { BoundedCache } from './bounded-cache.ts';
import {
  compiledExecutor,
  type ExecutableOperation,
  type Executor,
  referenceExecutor,
  schemaForCompiling,
} from './executors.ts';

/** Documents whose operations are kept ready. */
const keptDocuments = 500;

/** A document within the limits, with what validation found. */
export interface PreparedDocument {
  readonly problems: readonly GraphQLError[];
  readonly operations: readonly PreparedOperation[];
}

/** An operation of a valid document. */
export interface PreparedOperation {
  readonly name: string | undefined;
  readonly operation: OperationDefinitionNode;
  readonly costOf: CostOf;
  /** The executor to use this time. */
  executor(): Executor;
}

/** What validation finds; a rule of graphql-js 16 throws what it finds in the directives of a subscription. */
function problemsOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  rules: readonly ValidationRule[],
): readonly GraphQLError[] {
  try {
    return validate(schema, document, rules, { maxErrors: 20 });
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

/** Documents by hash: checked once, compiled when they come a second time, so that one-off documents never pay for it. */
export class PreparedDocuments {
  readonly #schema: GraphQLSchema;
  readonly #compileSchema: GraphQLSchema;
  readonly #limits: LimitsConfig;
  readonly #api: ApiConfig;
  readonly #metrics: Metrics;
  readonly #documents = new BoundedCache<PreparedDocument>(keptDocuments);

  constructor(schema: GraphQLSchema, limits: LimitsConfig, api: ApiConfig, metrics: Metrics) {
    this.#schema = schema;
    this.#compileSchema = schemaForCompiling(schema);
    this.#limits = limits;
    this.#api = api;
    this.#metrics = metrics;
    metrics.observePlans(() => this.#documents.size);
  }

  /**
   * Limits come before validation: not every rule of validation is linear.
   * @throws LimitExceededError
   */
  prepare(hash: string, document: DocumentNode): PreparedDocument {
    const known = this.#documents.get(hash);
    if (known !== undefined) return known;
    checkShape(measureDocument(document), this.#limits);
    const rules = this.#api.introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
    const problems = problemsOf(this.#schema, document, rules);
    if (problems.length > 0) return { problems, operations: [] };
    const prepared = { problems, operations: this.#operationsOf(document) };
    this.#documents.set(hash, prepared);
    return prepared;
  }

  #operationsOf(document: DocumentNode): PreparedOperation[] {
    const fragments = new Map(
      document.definitions
        .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
        .map((fragment) => [fragment.name.value, fragment]),
    );
    return document.definitions
      .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
      .map((operation) => ({
        name: operation.name?.value,
        operation,
        costOf: prepareCost(this.#schema, operation, fragments, this.#limits.pageSize),
        executor: this.#executorOf({ schema: this.#schema, document, operation }),
      }));
  }

  #executorOf(executable: ExecutableOperation): () => Executor {
    const reference = referenceExecutor(executable);
    if (!this.#api.compile) return () => reference;
    let asked = 0;
    let compiled: Executor | undefined;
    return () => {
      asked += 1;
      if (asked === 2) {
        const began = performance.now();
        compiled = compiledExecutor({ ...executable, schema: this.#compileSchema });
        this.#metrics.planCompiled(compiled !== undefined, (performance.now() - began) / 1_000);
      }
      this.#metrics.executed(compiled === undefined ? 'reference' : 'compiled');
      return compiled ?? reference;
    };
  }
}
