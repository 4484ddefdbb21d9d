import { pageSize } from '../kernel/page.ts';
import { passing, type SearchParts } from './find-datasets.ts';
import { type DatasetHit, toHit } from './search-datasets.ts';
import { plainQuestion } from './understand-question.ts';

/**
 * Datasets whose records are like one, the most alike first. The database decides here as in every search which of them the reader
 * may see now; of a dataset out of sight nothing is like it.
 * @throws InvalidInputError for a number of hits that is none
 * @throws UpstreamUnavailableError when the index is away or not built yet
 */
export async function similarDatasets(
  { slug, first }: { readonly slug: string; readonly first: number | null },
  parts: SearchParts,
): Promise<readonly DatasetHit[]> {
  const size = pageSize(first ?? 10);
  const [id] = await parts.reader.matchingIds({ slug: { eq: slug } }, parts.scope);
  if (id === undefined) return [];
  const ranking = await parts.index.similar(id, parts.scope, parts.signal);
  const like = { ranking, named: new Set<string>(), where: {}, reading: plainQuestion(slug) };
  const { ranked } = await passing(like, parts);
  return ranked.slice(0, size).map((hit, place) => toHit(hit, place, []));
}
