import type { Vocabulary } from '../catalog/index.ts';
import { InvalidInputError } from '../kernel/errors.ts';
import type { FieldValue, Filter } from '../retrieval/index.ts';
import { expandHeadings, type MeshTree } from './mesh-tree.ts';

/** Tests on the headings of an article. */
export interface MeshFilter {
  readonly anyOf?: readonly string[];
  readonly allOf?: readonly string[];
  /** True unless said otherwise. */
  readonly includeNarrower?: boolean;
}

/** Tests on a text, as the API has them. */
export interface TextTest {
  readonly eq?: string;
  readonly in?: readonly string[];
  readonly contains?: string;
}

/** What articles are wanted; all that is given must hold. */
export interface ArticleWhere {
  readonly and?: readonly ArticleWhere[];
  readonly or?: readonly ArticleWhere[];
  readonly not?: ArticleWhere;
  readonly mesh?: MeshFilter;
  readonly year?: { readonly eq?: number; readonly gte?: number; readonly lte?: number };
  readonly journal?: TextTest;
  readonly publicationType?: TextTest;
  readonly language?: TextTest;
  readonly hasFullText?: boolean;
  readonly mentionsDataset?: boolean;
  readonly retracted?: boolean;
}

/** A filter of the index, and what the caller should know of it. */
export interface ReadWhere {
  readonly filter: Filter;
  readonly warnings: readonly string[];
}

/** Where the names of headings come from. */
export interface HeadingNames {
  readonly tree: MeshTree;
  readonly vocabulary: Vocabulary;
}

/** Tests in one filter at most, each heading being one: an engine refuses a condition of thousands, and takes seconds over hundreds. */
const mostTests = 100;

/**
 * A filter of the API as one of the index.
 * @throws InvalidInputError as checkWhere does
 */
export function readWhere(where: ArticleWhere, names: HeadingNames): ReadWhere {
  checkWhere(where);
  const warnings: string[] = [];
  return { filter: filterOf(where, names, warnings), warnings };
}

/**
 * Refuses a filter that no index should be asked to test, before it is used or kept.
 * @throws InvalidInputError for more tests than one filter may have
 */
export function checkWhere(where: ArticleWhere): void {
  const found = testsIn(where);
  if (found > mostTests)
    throw new InvalidInputError(
      `\`where\` has ${found} tests, each MeSH heading being one: at most ${mostTests} are allowed. Many values of one field go into its \`in\`.`,
      { fields: ['where'] },
    );
}

/** An empty filter counts as well: it is a condition like any other to the index. */
function testsIn({ and = [], or = [], not, mesh, ...fields }: ArticleWhere): number {
  const inner = [...and, ...or, ...(not === undefined ? [] : [not])].reduce((sum, each) => sum + testsIn(each), 0);
  const headings = (mesh?.anyOf?.length ?? 0) + (mesh?.allOf?.length ?? 0);
  const others = Object.keys(fields).length;
  return Math.max(1, inner + headings + others);
}

function filterOf(where: ArticleWhere, names: HeadingNames, warnings: string[]): Filter {
  const of: Filter[] = [];
  for (const each of where.and ?? []) of.push(filterOf(each, names, warnings));
  if (where.or !== undefined) of.push({ kind: 'any', of: where.or.map((each) => filterOf(each, names, warnings)) });
  if (where.not !== undefined) of.push({ kind: 'not', of: filterOf(where.not, names, warnings) });
  if (where.mesh !== undefined) of.push(meshFilter(where.mesh, names, warnings));
  if (where.year !== undefined) of.push(yearFilter(where.year));
  for (const field of ['journal', 'publicationType', 'language'] as const) {
    const test = where[field];
    if (test !== undefined) of.push(textFilter(field, field === 'language' ? lowerCase(test) : test));
  }
  for (const field of ['hasFullText', 'mentionsDataset', 'retracted'] as const) {
    const wanted = where[field];
    if (wanted !== undefined) of.push(anyOf(field, [wanted]));
  }
  return { kind: 'all', of };
}

function meshFilter(
  { anyOf: any, allOf: all = [], includeNarrower = true }: MeshFilter,
  names: HeadingNames,
  warnings: string[],
): Filter {
  const expand = (list: readonly string[]): readonly Filter[] => {
    const { uis, unknown } = expandHeadings(list, includeNarrower, names);
    for (const name of unknown)
      warnings.push(`No article, and no term of the vocabulary, has a heading called "${name.slice(0, 80)}".`);
    return uis.map((values) => anyOf('mesh', values));
  };
  return {
    kind: 'all',
    of: [...(any === undefined ? [] : [{ kind: 'any', of: expand(any) } as const]), ...expand(all)],
  };
}

function yearFilter({ eq, gte, lte }: NonNullable<ArticleWhere['year']>): Filter {
  const bounds = { ...(gte !== undefined && { gte }), ...(lte !== undefined && { lte }) };
  const of: Filter[] = [{ kind: 'exists', field: 'year' }];
  if (eq !== undefined) of.push(anyOf('year', [eq]));
  if (gte !== undefined || lte !== undefined) of.push({ kind: 'range', field: 'year', ...bounds });
  return { kind: 'all', of };
}

/** Codes of languages are kept as they came, which is in lower case. */
function lowerCase(test: TextTest): TextTest {
  return {
    ...(test.eq !== undefined && { eq: test.eq.toLowerCase() }),
    ...(test.in !== undefined && { in: test.in.map((code) => code.toLowerCase()) }),
    ...(test.contains !== undefined && { contains: test.contains.toLowerCase() }),
  };
}

function textFilter(field: string, test: TextTest): Filter {
  const of: Filter[] = [];
  if (test.eq !== undefined) of.push(anyOf(field, [test.eq]));
  if (test.in !== undefined) of.push(anyOf(field, test.in));
  if (test.contains !== undefined) of.push({ kind: 'contains', field, text: test.contains });
  return { kind: 'all', of };
}

function anyOf(field: string, values: readonly FieldValue[]): Filter {
  return values.length === 0 ? { kind: 'any', of: [] } : { kind: 'anyOf', field, values };
}
