import { readScopeOf } from '../access/index.ts';
import type { Curator, Dataset, Publication } from '../catalog/index.ts';
import { updateDataset } from '../catalog/index.ts';
import { ConflictError, NotFoundError } from '../kernel/errors.ts';
import { decodeNodeId, encodeNodeId } from '../kernel/ids.ts';
import { publicationOf } from './accept-candidate.ts';
import { type DecidedOn, type Deciding, decideCandidate } from './decide-candidate.ts';
import type { Candidate } from './discovery-model.ts';
import type { ArticleReader } from './ports.ts';

/** What merging needs. */
export interface Merging extends Deciding {
  readonly articles: ArticleReader;
  readonly curator: Curator;
  readonly publications: (dataset: Dataset) => Promise<readonly Publication[]>;
}

/** Papers of the candidate that the record gets: those that its fields rest on. */
const mostPublications = 5;

/**
 * Says that a candidate is a dataset of the catalog: its names become further names of that one, its papers publications, and whatever
 * papers call so from now on is that dataset.
 * @throws NotFoundError when there is no such candidate, or no such dataset that the caller may see
 * @throws ConflictError when the candidate was decided already, or the dataset was withdrawn
 */
export async function mergeCandidate(
  input: DecidedOn & { readonly dataset: string },
  merging: Merging,
): Promise<{ readonly dataset: Dataset }> {
  const { curator, requestId } = merging;
  const dataset = await decideCandidate(input, merging, async ({ candidate, records, decide, audit }, decidedBy) => {
    const target = await targetOf(input.dataset, curator);
    const patch = await patchOf(candidate, target, merging);
    const slots = { id: encodeNodeId('Dataset', target.id), expectedVersion: target.version, patch };
    if (Object.keys(patch).length > 0) await updateDataset(slots, { ...curator, records });
    const detail = { title: candidate.title, into: target.slug, added: patch };
    await decide({ state: 'MERGED', datasetId: target.id, reason: undefined, decidedBy, detail });
    await audit({
      actor: decidedBy,
      action: 'candidate.merge',
      object: { kind: 'DatasetCandidate', id: candidate.id },
      outcome: 'DONE',
      requestId,
      facts: { dataset: target.id, slug: target.slug, added: Object.keys(patch) },
    });
    return target.id;
  });
  const [merged] = await curator.reader.datasetsByIds([dataset], readScopeOf(curator.principal));
  if (merged === undefined) throw new NotFoundError('This dataset is gone.');
  return { dataset: merged };
}

async function targetOf(id: string, { reader, principal }: Curator): Promise<Dataset> {
  const decoded = decodeNodeId(id);
  const ids = decoded?.type === 'Dataset' ? [decoded.uuid] : [];
  const [dataset] = await reader.datasetsByIds(ids, readScopeOf(principal));
  if (dataset === undefined)
    throw new NotFoundError('No dataset has this id, or you may not see it: give the `id` of a dataset.', {
      fields: ['dataset'],
    });
  if (dataset.status === 'WITHDRAWN')
    throw new ConflictError(`The dataset "${dataset.slug}" was withdrawn: nothing is merged into a tombstone.`, {
      status: dataset.status,
    });
  return dataset;
}

/** Names and papers that the record does not have yet. */
async function patchOf(
  candidate: Candidate,
  dataset: Dataset,
  { articles, publications }: Merging,
): Promise<Readonly<Record<string, unknown>>> {
  const names = [dataset.title, dataset.acronym ?? '', ...dataset.alternativeTitles].map(folded);
  const fresh = [candidate.title, candidate.acronym ?? ''].filter(
    (name) => name !== '' && !names.includes(folded(name)),
  );
  const known = await publications(dataset);
  const ids = [...new Set(candidate.fields.flatMap(({ evidence }) => evidence.map(({ articleId }) => articleId)))];
  const papers = [...(await articles.byIds(ids)).values()]
    .filter(({ doi, pmid }) => !known.some((one) => isOne(one.doi, doi) || isOne(one.pmid, pmid)))
    .slice(0, mostPublications);
  return {
    ...(fresh.length > 0 && { alternativeTitles: [...dataset.alternativeTitles, ...new Set(fresh)] }),
    ...(papers.length > 0 && {
      publications: [...known.map(listed), ...papers.map((article) => publicationOf(article, 'USES'))],
    }),
  };
}

function isOne(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();
}

function folded(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** A publication as an edit takes it: what is absent is left out. */
function listed({ role, title, citation, doi, pmid, url, year }: Publication): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries({ role, title, citation, doi, pmid, url, year }).filter(([, value]) => value !== undefined),
  );
}
