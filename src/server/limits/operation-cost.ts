import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';
import { InvalidInputError } from '../../kernel/errors.ts';

/** Items that a list without a page size is taken to have, by field coordinate; ten where nothing is said. */
const assumedLengths: ReadonlyMap<string, number> = new Map([
  ['Catalog.modalities', 50],
  ['Concept.broader', 3],
  ['DatasetSearch.facets', 8],
  ['DatasetSearch.histograms', 2],
  ['Histogram.buckets', 20],
  // Each of them asks a whole search for what is new.
  ['Query.savedSearches', 50],
  ['Facet.buckets', 20],
  ['DatasetHit.evidence', 4],
  ['Scan.resources', 2],
  ['ImagingSession.resources', 2],
  ['Subject.resources', 2],
  ['ImagingSession.modalities', 4],
]);
const assumedLength = 10;

/** Extra cost of fields that need a statement of their own for each parent, by the last part of their coordinate. */
const countCost = 2;

type Size = number | { readonly variable: string; readonly fallback: number };

/** What one field adds: itself, times its list's length, and all that is below it. */
interface CostNode {
  readonly weight: number;
  /** The `first` of this field, which its lists or the lists of the connection it gives have as length. */
  readonly first?: Size;
  readonly length: 'one' | 'first' | 'ofParent' | number;
  readonly below: readonly CostNode[];
}

/** The cost of an operation as a function of its variables. */
export type CostOf = (variables: Readonly<Record<string, unknown>>) => number;

/**
 * Prepares the cost of a valid operation: the number of objects its answer could hold. A page counts with its `first`, any other list with an
 * assumed length, and each is multiplied by what it hangs on. Leaves are free: the limit on fields bounds them.
 * @param maxPageSize - a page size beyond it is refused when the cost is asked for
 */
export function prepareCost(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  maxPageSize: number,
): CostOf {
  const root = schema.getRootType(operation.operation);
  const nodes = root == null ? [] : nodesOf({ schema, fragments }, operation.selectionSet, root);
  const defaults = new Map(
    (operation.variableDefinitions ?? []).map((definition) => [
      definition.variable.name.value,
      definition.defaultValue?.kind === Kind.INT ? Number(definition.defaultValue.value) : undefined,
    ]),
  );
  return (variables) => {
    const sizeOf = (size: Size): number => {
      if (typeof size === 'number') return checked(size, maxPageSize);
      const given = variables[size.variable] ?? defaults.get(size.variable);
      return checked(typeof given === 'number' ? given : size.fallback, maxPageSize);
    };
    const total = (below: readonly CostNode[], pageLength: number): number => {
      let sum = 0;
      for (const node of below) {
        const first = node.first === undefined ? assumedLength : sizeOf(node.first);
        const length = lengthOf(node, first, pageLength);
        sum += length * (node.weight + total(node.below, first));
      }
      return sum;
    };
    return total(nodes, assumedLength);
  };
}

function lengthOf(node: CostNode, first: number, pageLength: number): number {
  if (typeof node.length === 'number') return node.length;
  return node.length === 'one' ? 1 : node.length === 'first' ? first : pageLength;
}

function checked(size: number, maxPageSize: number): number {
  if (size > maxPageSize) {
    throw new InvalidInputError(`\`first\` must be a whole number from 0 to ${maxPageSize}, not ${size}.`, {
      fields: ['first'],
      limit: 'pageSize',
      allowed: maxPageSize,
      found: size,
    });
  }
  return Math.max(0, size);
}

interface Source {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

function nodesOf(source: Source, set: SelectionSetNode, parent: GraphQLCompositeType): CostNode[] {
  return set.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return nodeOf(source, selection, parent);
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? source.fragments.get(selection.name.value) : selection;
    if (fragment === undefined) return [];
    const condition = fragment.typeCondition && source.schema.getType(fragment.typeCondition.name.value);
    return nodesOf(source, fragment.selectionSet, isCompositeType(condition) ? condition : parent);
  });
}

function nodeOf(source: Source, node: FieldNode, parent: GraphQLCompositeType): CostNode[] {
  const field = fieldOf(parent, node.name.value);
  const type = field === undefined ? undefined : getNamedType(field.type);
  if (field === undefined || !isCompositeType(type) || node.selectionSet === undefined) return [];
  const first = firstOf(field, node);
  const coordinate = `${parent.name}.${node.name.value}`;
  const connectionList = parent.name.endsWith('Connection') || parent.name.endsWith('Search');
  const length = !isListType(getNullableType(field.type))
    ? 'one'
    : first !== undefined
      ? 'first'
      : connectionList && (field.name === 'edges' || field.name === 'nodes')
        ? 'ofParent'
        : (assumedLengths.get(coordinate) ?? assumedLength);
  return [
    {
      weight: field.name === 'totalCount' ? 1 + countCost : 1,
      ...(first !== undefined && { first }),
      length,
      below: nodesOf(source, node.selectionSet, type),
    },
  ];
}

function fieldOf(parent: GraphQLCompositeType, name: string): GraphQLField<unknown, unknown> | undefined {
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
  if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
}

function firstOf(field: GraphQLField<unknown, unknown>, node: FieldNode): Size | undefined {
  const argument = field.args.find((candidate) => candidate.name === 'first');
  if (argument === undefined) return undefined;
  const fallback = typeof argument.defaultValue === 'number' ? argument.defaultValue : 20;
  const given = node.arguments?.find((candidate) => candidate.name.value === 'first')?.value;
  if (given?.kind === Kind.INT) return Number(given.value);
  if (given?.kind === Kind.VARIABLE) return { variable: given.name.value, fallback };
  return fallback;
}
