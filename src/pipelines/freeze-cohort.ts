import type { ReadScope } from '../access/index.ts';
import type { CatalogReader, Dataset, SubjectWhere, Variable } from '../catalog/index.ts';
import { canonicalSha256 } from '../kernel/canonical-json.ts';
import { LimitExceededError } from '../kernel/errors.ts';
import type { CursorKey } from '../kernel/page.ts';
import type { FrozenCohort } from './run-model.ts';

/** Most subjects one run works on. */
const mostMembers = 200_000;
const pageSize = 1_000;

/**
 * The subjects of a dataset that pass a filter at this moment, as a reader sees them.
 * @throws LimitExceededError for more than 200,000
 */
export async function freezeCohort(
  { id, slug, version }: Dataset,
  where: SubjectWhere,
  reader: CatalogReader,
  scope: ReadScope,
): Promise<FrozenCohort> {
  const memberIds: string[] = [];
  for (let after: CursorKey | undefined; ; ) {
    const pages = await reader.rows(
      { kind: 'subject', where, page: { first: pageSize, ...(after && { after }) } },
      { kind: 'dataset', ids: [id] },
      scope,
    );
    const page = pages.get(id);
    if (page === undefined) break;
    for (const subject of page.items) memberIds.push(subject.id);
    if (memberIds.length > mostMembers)
      throw new LimitExceededError(`A run works on at most ${mostMembers} subjects: choose fewer with \`where\`.`, {
        limit: 'members',
        allowed: mostMembers,
        found: memberIds.length,
      });
    if (!page.hasNextPage) break;
    after = page.keyAt(page.items.length - 1);
  }
  const members = memberIds.toSorted();
  return {
    datasetId: id,
    slug,
    datasetVersion: version,
    where,
    memberIds: members,
    sha256: canonicalSha256({ datasetId: id, datasetVersion: version, members }),
  };
}

/** Every variable of a dataset, in its order. */
export async function allVariables(
  datasetId: string,
  reader: CatalogReader,
  scope: ReadScope,
): Promise<readonly Variable[]> {
  const found: Variable[] = [];
  for (let after: CursorKey | undefined; ; ) {
    const pages = await reader.rows(
      { kind: 'variable', where: {}, page: { first: pageSize, ...(after && { after }) } },
      { kind: 'dataset', ids: [datasetId] },
      scope,
    );
    const page = pages.get(datasetId);
    if (page === undefined) return found;
    found.push(...page.items);
    if (!page.hasNextPage) return found;
    after = page.keyAt(page.items.length - 1);
  }
}
