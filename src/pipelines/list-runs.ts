import { includesRole, type Principal, type ReadScope, requireSignedIn } from '../access/index.ts';
import type { CatalogReader } from '../catalog/index.ts';
import { type Connection, toConnection } from '../kernel/connection.ts';
import { exactly } from '../kernel/count.ts';
import { InvalidInputError, NotFoundError } from '../kernel/errors.ts';
import { type DatasetId, decodeNodeId } from '../kernel/ids.ts';
import { type CursorKey, decodeCursor, emptyPage, pageSize } from '../kernel/page.ts';
import { isFinal, type PipelineRun, type RunWhere } from './run-model.ts';
import type { RunScope, RunStore } from './run-ports.ts';

const order = 'pipelineRun:requestedAt';

/**
 * Which runs exist for a principal: stewards and admins of the catalog see all, others their own; a token that is good for some datasets
 * only, those on them. Undefined for guests, for whom there is none.
 */
export function runScopeOf({ id, role, token }: Principal): RunScope | undefined {
  if (id === undefined) return undefined;
  return {
    ...(!includesRole(role, 'STEWARD') && { ownerId: id }),
    ...(token?.datasetIds && { datasetIds: token.datasetIds }),
  };
}

/** A run by its node id, as far as a principal may see it. */
export async function findRun(nodeId: string, principal: Principal, runs: RunStore): Promise<PipelineRun | undefined> {
  const scope = runScopeOf(principal);
  const node = decodeNodeId(nodeId);
  if (scope === undefined || node?.type !== 'PipelineRun') return undefined;
  return (await runs.runsByIds([node.uuid], scope))[0];
}

/**
 * A run by its node id.
 * @throws UnauthenticatedError for guests
 * @throws NotFoundError when there is none that the principal may see
 */
export async function runOf(nodeId: string, principal: Principal, runs: RunStore): Promise<PipelineRun> {
  requireSignedIn(principal);
  const run = await findRun(nodeId, principal, runs);
  if (run === undefined) throw new NotFoundError('No run has this id, or you may not see it.', { fields: ['id'] });
  return run;
}

/** Paging and filter of a list of runs. */
export interface RunListing {
  readonly where: RunWhere;
  readonly first: number;
  readonly after?: string;
}

/** Runs that a principal may see, latest first; none for guests. */
export async function listRuns(
  { where, first: wanted, after: cursor }: RunListing,
  principal: Principal,
  runs: RunStore,
): Promise<Connection<PipelineRun>> {
  const scope = runScopeOf(principal);
  const first = pageSize(wanted);
  const after = cursor === undefined ? undefined : position(cursor);
  if (scope === undefined) return toConnection(order, emptyPage, () => Promise.resolve(exactly(0, 'runs')));
  const page = await runs.runs(where, { first, ...(after && { after }) }, scope);
  return toConnection(order, page, async () => exactly(await runs.countRuns(where, scope), 'runs'));
}

/** The dataset that a filter names. @throws NotFoundError when there is none that the reader may see */
export async function datasetOfWhere(slug: string, reader: CatalogReader, scope: ReadScope): Promise<DatasetId> {
  const [dataset] = await reader.datasetsBySlugs([slug], scope);
  if (dataset !== undefined) return dataset.id;
  throw new NotFoundError('No dataset has this slug, or you may not see it.', { fields: ['where', 'dataset'] });
}

/**
 * Whether a reader may see what a run was given, wrote and made: whoever may see the rows of its input. That a run exists says less than
 * what is in it.
 */
export async function mayOpen(run: PipelineRun, reader: CatalogReader, scope: ReadScope): Promise<boolean> {
  const [dataset] = await reader.datasetsByIds([run.cohort.datasetId], scope);
  return dataset?.rowsVisible === true;
}

/** Whether a run's crate can be had. */
export function hasCrate(run: PipelineRun): boolean {
  return isFinal(run.state);
}

/** A cursor comes from outside: its instant must be one. */
function position(cursor: string): CursorKey {
  const key = decodeCursor(order, ['text', 'uuid'], cursor);
  if (!Number.isNaN(Date.parse(String(key[0])))) return key;
  throw new InvalidInputError('`after` is not a cursor of this list: pass `endCursor` of the page before.', {
    fields: ['after'],
  });
}
