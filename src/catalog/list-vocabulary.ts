import type { ReadScope } from '../access/index.ts';
import { type Connection, toConnection } from '../kernel/connection.ts';
import { exactly } from '../kernel/count.ts';
import { decodeCursor, pageSize } from '../kernel/page.ts';
import { type Concept, publicVocabulary } from './model/vocabulary.ts';
import type { CatalogReader } from './ports.ts';

/** Which terms are asked for. */
export interface VocabularyQuery {
  readonly scheme: string | undefined;
  /** What a name, code or IRI holds, whatever the case. */
  readonly search: string | undefined;
  readonly first: number;
  readonly after: string | undefined;
}

/**
 * Terms by label. What only hidden records have brought is told to those who see all records.
 * @throws InvalidInputError for a page size or cursor that is none
 */
export async function listVocabulary(
  { scheme, search, first, after }: VocabularyQuery,
  reader: CatalogReader,
  scope: ReadScope,
): Promise<Connection<Concept>> {
  const size = pageSize(first);
  const position = after === undefined ? undefined : decodeCursor('vocabulary', ['text', 'text'], after);
  const all = await reader.vocabulary();
  const { concepts } = scope.records.kind === 'all' ? all : publicVocabulary(all);
  const wanted = search?.trim().toLowerCase() ?? '';
  const found = concepts
    .filter((concept) => scheme === undefined || concept.scheme === scheme)
    .filter(
      ({ iri, code, label, synonyms }) =>
        wanted === '' || [iri, code ?? '', label, ...synonyms].some((name) => name.toLowerCase().includes(wanted)),
    )
    .map((concept) => ({ concept, key: [concept.label.toLowerCase(), concept.iri] as const }))
    .sort((a, b) => compare(a.key, b.key));
  const [label, iri] = position ?? [];
  const beyond =
    position === undefined ? found : found.filter(({ key }) => compare(key, [String(label), String(iri)]) > 0);
  const items = beyond.slice(0, size);
  return toConnection(
    'vocabulary',
    {
      items: items.map(({ concept }) => concept),
      keyAt: (index) => items[index]?.key ?? [],
      hasNextPage: beyond.length > items.length,
      hasPreviousPage: position !== undefined,
    },
    () => Promise.resolve(exactly(found.length, 'concepts')),
  );
}

type Key = readonly [label: string, iri: string];

function compare(a: Key, b: Key): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] < b[1] ? -1 : Number(a[1] > b[1]);
}
