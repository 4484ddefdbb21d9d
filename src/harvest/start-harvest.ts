import { type Principal, requireRole } from '../access/index.ts';
import { dataSourceNamed } from './list-harvest-runs.ts';
import type { HarvestOptions, HarvestRun } from './model.ts';
import type { HarvestStore } from './ports.ts';

/**
 * Asks for a reading of a source. The run waits until a process with the role `ingest` takes it; one that waits already is returned
 * instead of a second one.
 * @throws UnauthenticatedError for guests, ForbiddenError for who is no steward of the catalog
 * @throws NotFoundError when no source has this name
 */
export async function startHarvest(
  input: { readonly source: string } & Partial<HarvestOptions>,
  caller: { readonly principal: Principal; readonly requestId: string },
  store: HarvestStore,
): Promise<HarvestRun> {
  const requestedBy = requireRole(caller.principal, 'STEWARD');
  const source = await dataSourceNamed(input.source, store);
  const options = { full: input.full ?? false, digests: input.digests ?? false };
  return await store.requestRun({ sourceId: source.id, options, requestedBy, requestId: caller.requestId });
}
