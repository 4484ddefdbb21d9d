import { setTimeout as delay } from 'node:timers/promises';
import { type Principal, requireRole } from '../access/index.ts';
import { NotFoundError } from '../kernel/errors.ts';
import { decodeNodeId } from '../kernel/ids.ts';
import type { HarvestRun } from './model.ts';
import type { HarvestStore } from './ports.ts';

/** Any process may run a harvest, so its progress is read from the database, this often. */
const pollMs = 500;

/**
 * A run as it goes on: at once, then whenever something about it changed, until it has ended.
 * @param id - node id of the run
 * @throws UnauthenticatedError, ForbiddenError, NotFoundError
 */
export async function* followHarvest(
  id: string,
  {
    principal,
    store,
    signal,
  }: { readonly principal: Principal; readonly store: HarvestStore; readonly signal: AbortSignal },
): AsyncGenerator<HarvestRun> {
  requireRole(principal, 'STEWARD');
  let last = '';
  while (!signal.aborted) {
    const run = await harvestRun(id, store);
    const state = JSON.stringify([run.state, run.progress]);
    if (state !== last) yield run;
    last = state;
    if (run.finishedAt !== undefined) return;
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

async function harvestRun(id: string, store: HarvestStore): Promise<HarvestRun> {
  const decoded = decodeNodeId(id);
  const runs = decoded?.type === 'HarvestRun' ? await store.runsByIds([decoded.uuid]) : [];
  const [run] = runs;
  if (run === undefined) throw new NotFoundError('No harvest run has this id.', { fields: ['id'] });
  return run;
}
