import { type Principal, requireSignedIn } from '../access/index.ts';
import { runOf } from './list-runs.ts';
import type { PipelineRun } from './run-model.ts';
import type { RunStore } from './run-ports.ts';

/**
 * Ends a run at once, in whatever state and whether its engine answers or not: from then on nothing of it is registered. Its job is ended by
 * a worker, who looks for it for a while, as a request to start it may be on its way.
 * @param nodeId - id of the run; one that has ended stays as it is
 * @throws UnauthenticatedError for guests, NotFoundError for a run the caller may not see
 */
export async function cancelRun(
  nodeId: string,
  { principal, requestId }: { readonly principal: Principal; readonly requestId: string },
  { runs, settleMs }: { readonly runs: RunStore; readonly settleMs: number },
): Promise<PipelineRun> {
  const actor = requireSignedIn(principal, 'RESEARCHER');
  const run = await runOf(nodeId, principal, runs);
  return await runs.cancel(run.id, { actor, requestId }, settleMs);
}
