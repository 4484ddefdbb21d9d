import { setTimeout as delay } from 'node:timers/promises';
import type { Principal } from '../access/index.ts';
import { runOf } from './list-runs.ts';
import { isFinal, type PipelineRun } from './run-model.ts';
import type { RunStore } from './run-ports.ts';

/** Any process may work on a run, so it is read from the database, this often. */
const pollMs = 500;

/**
 * A run as it goes on: at once, then whenever its state or attempt changed, until it has ended.
 * @param nodeId - id of the run
 * @throws UnauthenticatedError for guests, NotFoundError for a run the caller may not see
 */
export async function* followRun(
  nodeId: string,
  { principal, runs, signal }: { readonly principal: Principal; readonly runs: RunStore; readonly signal: AbortSignal },
): AsyncGenerator<PipelineRun> {
  let last = '';
  while (!signal.aborted) {
    const run = await runOf(nodeId, principal, runs);
    const state = `${run.state} ${run.attempt}`;
    if (state !== last) yield run;
    last = state;
    if (isFinal(run.state)) return;
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
}
