import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import type { LimitsConfig } from '../../config.ts';
import { LimitExceededError } from '../../kernel/errors.ts';

/** How large a document is once its fragments are spread out. */
export interface DocumentShape {
  readonly depth: number;
  readonly fields: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly directives: number;
  readonly inputDepth: number;
}

type Measure = Omit<DocumentShape, 'rootFields'> & { readonly topFields: number };
const nothing: Measure = { depth: 0, fields: 0, aliases: 0, directives: 0, inputDepth: 0, topFields: 0 };

/**
 * Measures the largest operation of a document. It needs no schema and no validity, so that it can come before validation, whose
 * rules are not all linear. Each fragment is measured once, however often it is spread; one that spreads itself counts as empty
 * there, as validation will refuse it.
 */
export function measureDocument(document: DocumentNode): DocumentShape {
  const walk = new ShapeWalk(document);
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const measures = operations.map((operation) => walk.operation(operation));
  const largest = (of: (measure: Measure) => number): number => Math.max(0, ...measures.map(of));
  return {
    depth: largest((measure) => measure.depth),
    fields: largest((measure) => measure.fields),
    aliases: largest((measure) => measure.aliases),
    rootFields: largest((measure) => measure.topFields),
    directives: largest((measure) => measure.directives),
    inputDepth: largest((measure) => measure.inputDepth),
  };
}

const sentences: { readonly [K in keyof DocumentShape]: (found: number, allowed: number) => string } = {
  depth: (found, allowed) => `The query nests fields ${found} deep; at most ${allowed} are allowed.`,
  fields: (found, allowed) =>
    `The query has ${found} fields, fragments spread out; at most ${allowed} are allowed: ask in several requests.`,
  aliases: (found, allowed) => `The query has ${found} aliases, fragments spread out; at most ${allowed} are allowed.`,
  rootFields: (found, allowed) => `The query has ${found} root fields; at most ${allowed} are allowed in one request.`,
  directives: (found, allowed) => `The query has ${found} directives; at most ${allowed} are allowed.`,
  inputDepth: (found, allowed) => `An argument nests values ${found} deep; at most ${allowed} are allowed.`,
};

/** @throws LimitExceededError naming the first limit that a document is beyond */
export function checkShape(shape: DocumentShape, limits: LimitsConfig): void {
  for (const limit of Object.keys(sentences) as (keyof DocumentShape)[]) {
    const found = shape[limit];
    const allowed = limits[limit];
    if (found > allowed)
      throw new LimitExceededError(sentences[limit](found, allowed), { limit, allowed, found: printable(found) });
  }
}

/** JSON has no infinity: nested fragments can reach it. */
export function printable(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}

/** How deep a value of a variable nests; walks without recursion, as the value can be nested as deep as a body is long. */
export function nestingOf(value: unknown): number {
  let level: unknown[] = [value];
  let depth = -1;
  while (level.length > 0) {
    depth += 1;
    level = level.flatMap((item): unknown[] => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return depth;
}

class ShapeWalk {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #measured = new Map<string, Measure>();

  constructor(document: DocumentNode) {
    this.#fragments = new Map(
      document.definitions
        .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
        .map((fragment) => [fragment.name.value, fragment]),
    );
  }

  operation(operation: OperationDefinitionNode): Measure {
    const inner = this.#selections(operation.selectionSet);
    const defaults = (operation.variableDefinitions ?? []).map((definition) =>
      definition.defaultValue === undefined ? 0 : literalDepth(definition.defaultValue),
    );
    return {
      ...inner,
      directives: inner.directives + (operation.directives?.length ?? 0),
      inputDepth: Math.max(inner.inputDepth, ...defaults),
    };
  }

  #selections(set: SelectionSetNode | undefined): Measure {
    return (set?.selections ?? []).map((selection) => this.#selection(selection)).reduce(add, nothing);
  }

  #selection(selection: SelectionNode): Measure {
    const directives = selection.directives?.length ?? 0;
    const inner =
      selection.kind === Kind.FRAGMENT_SPREAD
        ? this.#fragment(selection.name.value)
        : this.#selections(selection.selectionSet);
    if (selection.kind !== Kind.FIELD) return { ...inner, directives: inner.directives + directives };
    return {
      depth: inner.depth + 1,
      fields: inner.fields + 1,
      topFields: 1,
      aliases: inner.aliases + (selection.alias === undefined ? 0 : 1),
      directives: inner.directives + directives,
      inputDepth: Math.max(inner.inputDepth, ...(selection.arguments ?? []).map(({ value }) => literalDepth(value))),
    };
  }

  #fragment(name: string): Measure {
    const known = this.#measured.get(name);
    if (known !== undefined) return known;
    this.#measured.set(name, nothing);
    const measured = this.#selections(this.#fragments.get(name)?.selectionSet);
    this.#measured.set(name, measured);
    return measured;
  }
}

function add(a: Measure, b: Measure): Measure {
  return {
    depth: Math.max(a.depth, b.depth),
    fields: a.fields + b.fields,
    topFields: a.topFields + b.topFields,
    aliases: a.aliases + b.aliases,
    directives: a.directives + b.directives,
    inputDepth: Math.max(a.inputDepth, b.inputDepth),
  };
}

function literalDepth(value: ValueNode): number {
  if (value.kind === Kind.LIST) return 1 + Math.max(0, ...value.values.map(literalDepth));
  if (value.kind === Kind.OBJECT) return 1 + Math.max(0, ...value.fields.map((field) => literalDepth(field.value)));
  return 0;
}
