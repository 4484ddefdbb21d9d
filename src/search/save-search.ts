import { randomUUID } from 'node:crypto';
import { type Principal, requireSignedIn } from '../access/index.ts';
import type { DatasetWhere } from '../catalog/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { ConflictError, InvalidInputError, LimitExceededError, NotFoundError } from '../kernel/errors.ts';
import { decodeNodeId } from '../kernel/ids.ts';
import type { SearchParts } from './find-datasets.ts';
import type { SavedSearch, SavedSearchStore } from './ports.ts';
import { type DatasetHit, searchDatasets } from './search-datasets.ts';

/** Searches that one principal may keep. */
const mostSaved = 50;
const longestName = 200;

/** Who keeps searches, and where. */
export interface SearchKeeper {
  readonly principal: Principal;
  readonly saved: SavedSearchStore;
  readonly clock: Clock;
}

/** A search to keep. */
export interface NewSavedSearch {
  readonly name: string;
  readonly text: string;
  readonly where: DatasetWhere;
  readonly literal: boolean;
  readonly ignoreWords: readonly string[];
}

/**
 * Keeps a search for the caller alone; what is there now counts as seen.
 * @throws UnauthenticatedError for guests, InvalidInputError for a name or search that is none, ConflictError for a name the caller
 * has given already, LimitExceededError when the caller keeps as many as one may
 */
export async function createSavedSearch(
  input: NewSavedSearch,
  { principal, saved, clock }: SearchKeeper,
  parts: SearchParts,
): Promise<SavedSearch> {
  const owner = requireSignedIn(principal);
  const name = input.name
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim();
  if (name === '' || name.length > longestName)
    throw new InvalidInputError(`A name has from 1 to ${longestName} characters.`, { fields: ['name'] });
  // Asked once, so that what cannot be asked is not kept.
  await searchDatasets({ ...input, facets: [], first: 0, after: undefined }, parts);
  const now = clock();
  const text = input.text
    .slice(0, 1_000)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ');
  const search: SavedSearch = { ...input, id: randomUUID(), name, text, createdAt: now, seenAt: now };
  await saved.transaction(async (tx) => {
    const found = await tx.count(owner);
    if (found >= mostSaved)
      throw new LimitExceededError(`You keep ${found} searches: delete one to keep another.`, {
        limit: 'savedSearches',
        allowed: mostSaved,
        found,
      });
    if (!(await tx.add(owner, search)))
      throw new ConflictError('You keep a search of this name: give another, or delete that one.', {
        fields: ['name'],
      });
    const object = { kind: 'SavedSearch', id: search.id };
    await tx.audit({ actor: owner, action: 'savedSearch.create', object, outcome: 'DONE' });
  });
  return search;
}

/**
 * Forgets a search of the caller.
 * @throws UnauthenticatedError for guests, NotFoundError for one the caller does not keep
 */
export async function deleteSavedSearch(nodeId: string, { principal, saved }: SearchKeeper): Promise<void> {
  const owner = requireSignedIn(principal);
  const id = savedIdOf(nodeId);
  await saved.transaction(async (tx) => {
    if (!(await tx.remove(owner, id))) throw notKept();
    await tx.audit({
      actor: owner,
      action: 'savedSearch.delete',
      object: { kind: 'SavedSearch', id },
      outcome: 'DONE',
    });
  });
}

/**
 * Takes what a search of the caller finds now for seen.
 * @throws UnauthenticatedError for guests, NotFoundError for one the caller does not keep
 */
export async function markSavedSearch(nodeId: string, { principal, saved, clock }: SearchKeeper): Promise<SavedSearch> {
  const owner = requireSignedIn(principal);
  const id = savedIdOf(nodeId);
  await saved.transaction(async (tx) => {
    if (!(await tx.see(owner, id, clock()))) throw notKept();
    await tx.audit({ actor: owner, action: 'savedSearch.mark', object: { kind: 'SavedSearch', id }, outcome: 'DONE' });
  });
  const marked = (await saved.ofOwner(owner)).find((search) => search.id === id);
  if (marked === undefined) throw notKept();
  return marked;
}

/** Searches that the caller keeps, the oldest first; none of a guest. */
export async function listSavedSearches({ principal, saved }: SearchKeeper): Promise<readonly SavedSearch[]> {
  return principal.id === undefined ? [] : await saved.ofOwner(principal.id);
}

/** Hits of a kept search that were first published, or first there for the caller, after it was last seen; best first. */
export async function newHits(
  search: SavedSearch,
  { saved }: Pick<SearchKeeper, 'saved'>,
  parts: SearchParts,
): Promise<readonly DatasetHit[]> {
  const { text, where, literal, ignoreWords } = search;
  const answer = await searchDatasets(
    { text, where, literal, ignoreWords, facets: [], first: 1_000, after: undefined },
    parts,
  );
  const fresh = await saved.newSince(
    answer.edges.map(({ id }) => id),
    search.seenAt,
  );
  return answer.edges.filter(({ id }) => fresh.has(id));
}

function savedIdOf(nodeId: string): string {
  const node = decodeNodeId(nodeId);
  if (node?.type !== 'SavedSearch') throw notKept();
  return node.uuid;
}

function notKept(): NotFoundError {
  return new NotFoundError('You keep no such search: `id` is the `id` of one of your `savedSearches`.', {
    fields: ['id'],
  });
}
