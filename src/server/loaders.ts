import DataLoader from 'dataloader';
import type { ReadScope } from '../access/index.ts';
import type {
  CatalogReader,
  Concept,
  DatasetParts,
  License,
  Modality,
  Properties,
  RowKind,
  RowOf,
  RowParent,
  RowQuery,
  SourcedStatement,
  VariableSummary,
  Vocabulary,
} from '../catalog/index.ts';
import type { Loaders, Terms } from '../graphql/context.ts';
import { canonicalJson } from '../kernel/canonical-json.ts';
import { emptyPage, type PageRequest } from '../kernel/page.ts';

/** Batched reads for one request: each loader turns the ids asked for in one tick into one statement. */
export function createLoaders(reader: CatalogReader, scope: ReadScope): Loaders {
  const byArguments = new Map<string, unknown>();
  // Arguments are part of the name, so a loader found under a name has the type it was made with.
  const once = <L>(name: string, make: () => L): L => {
    const found = byArguments.get(name) as L | undefined;
    if (found !== undefined) return found;
    const made = make();
    byArguments.set(name, made);
    return made;
  };
  const one = <T extends { readonly id: string }>(
    read: (ids: readonly string[]) => Promise<readonly T[]>,
  ): DataLoader<string, T | null> => new DataLoader(async (ids) => alignBy(ids, await read(ids), (item) => item.id));
  return {
    dataset: one((ids) => reader.datasetsByIds(ids, scope)),
    datasetBySlug: new DataLoader(async (slugs) =>
      alignBy(slugs, await reader.datasetsBySlugs(slugs, scope), (item) => item.slug),
    ),
    agent: one((ids) => reader.agentsByIds(ids)),
    version: one((ids) => reader.versionsByIds(ids, scope)),
    part: <K extends keyof DatasetParts>(kind: K, properties?: Properties) =>
      once(`part:${kind}:${properties?.key ?? ''}`, () =>
        grouped<readonly DatasetParts[K][]>((ids) => reader.parts(kind, ids, properties), []),
      ),
    versions: (page: PageRequest) =>
      once(`versions:${canonicalJson(page)}`, () => grouped((ids) => reader.versions(ids, page, scope), emptyPage)),
    rowPage: <K extends RowKind>(query: RowQuery<K>, page: PageRequest, parent: RowParent['kind']) =>
      once(
        `rows:${parent}:${queryKey(query)}:${query.properties?.key ?? ''}:${page.first}:${page.after === undefined ? '' : canonicalJson(page.after)}`,
        () => grouped((ids) => reader.rows({ ...query, page }, { kind: parent, ids }, scope), emptyPage),
      ),
    rowCount: <K extends RowKind>(query: RowQuery<K>, parent: RowParent['kind']) =>
      once(`count:${parent}:${queryKey(query)}`, () =>
        grouped((ids) => reader.countRows(query, { kind: parent, ids }, scope), 0),
      ),
    row: <K extends RowKind>(kind: K) =>
      once(`row:${kind}`, () => one<RowOf<K>>((ids) => reader.rowsByIds(kind, ids, scope))),
    values: (kind, names) =>
      once(`values:${kind}:${canonicalJson(names ?? null)}`, () =>
        grouped((ids) => reader.values({ kind, ids }, names, scope), []),
      ),
    statements: grouped<readonly SourcedStatement[]>((ids) => reader.statements(ids, scope), []),
    shares: (kind) => once(`shares:${kind}`, () => grouped((ids) => reader.shares(kind, ids, scope), [])),
    variableSummary: grouped<VariableSummary | null>((ids) => reader.variableSummaries(ids, scope), null),
    sessionModalities: grouped<readonly string[]>((ids) => reader.sessionModalities(ids, scope), []),
  };
}

/** Most lists of rows have no filter, and one answer holds hundreds of them. */
function queryKey({ kind, where }: { readonly kind: RowKind; readonly where: object }): string {
  return Object.keys(where).length === 0 ? kind : `${kind}:${canonicalJson(where)}`;
}

function grouped<T>(read: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>, none: T): DataLoader<string, T> {
  return new DataLoader(async (ids) => {
    const found = await read(ids);
    return ids.map((id) => found.get(id) ?? none);
  });
}

function alignBy<T>(keys: readonly string[], items: readonly T[], key: (item: T) => string): (T | null)[] {
  const byKey = new Map(items.map((item) => [key(item), item]));
  return keys.map((wanted) => byKey.get(wanted) ?? null);
}

/** Maps of a vocabulary, made once for as long as the reader hands out the same one. */
const mapsOfVocabulary = new WeakMap<Vocabulary, Terms>();

/** A vocabulary by key. */
export function termsOf(vocabulary: Vocabulary): Terms {
  const found = mapsOfVocabulary.get(vocabulary);
  if (found !== undefined) return found;
  const made: Terms = {
    conceptsById: new Map(vocabulary.concepts.map((concept): [string, Concept] => [concept.id, concept])),
    conceptsByIri: new Map(vocabulary.concepts.map((concept): [string, Concept] => [concept.iri, concept])),
    modalities: new Map(vocabulary.modalities.map((modality): [string, Modality] => [modality.code, modality])),
    licenses: new Map(vocabulary.licenses.map((license): [string, License] => [license.id, license])),
  };
  mapsOfVocabulary.set(vocabulary, made);
  return made;
}
