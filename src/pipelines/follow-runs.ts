import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../kernel/errors.ts';
import type { ReconcileParts } from './reconcile-parts.ts';
import { reconcileRun } from './reconcile-run.ts';
import type { Claim } from './run-ports.ts';

/** Runs this process works on at one time. */
const atOnce = 8;
/** Wait when nothing is due. */
const idleMs = 500;
/** Wait when the database does not answer. */
const troubledMs = 2_000;

/**
 * The role `worker` of runs: takes those that are due, any number of processes side by side, and does their next steps until it is told to
 * stop. What it was at is then given back.
 */
export async function followRuns(parts: ReconcileParts, signal: AbortSignal): Promise<void> {
  const holder = randomUUID();
  const working = new Set<Promise<void>>();
  while (!signal.aborted) {
    const claims = await claimSome(holder, atOnce - working.size, parts);
    for (const claim of claims ?? []) {
      const work = workOn(claim, parts, signal).finally(() => working.delete(work));
      working.add(work);
    }
    const waitMs = claims === undefined ? troubledMs : idleMs;
    if (claims !== undefined && working.size >= atOnce) await Promise.race(working);
    else if (claims === undefined || claims.length === 0)
      await Promise.race([...working, delay(waitMs, undefined, { signal }).catch(() => undefined)]);
  }
  await Promise.all(working);
}

async function claimSome(holder: string, most: number, parts: ReconcileParts): Promise<readonly Claim[] | undefined> {
  if (most <= 0) return [];
  try {
    return await parts.runs.claim(holder, most, parts.times.leaseMs);
  } catch (error) {
    parts.logger.warn('runs.notClaimed', { reason: messageOf(error) });
    return undefined;
  }
}

/** Does one step, and keeps the claim meanwhile; loses interest when it is lost. */
async function workOn(claim: Claim, parts: ReconcileParts, stop: AbortSignal): Promise<void> {
  const lost = new AbortController();
  const { leaseMs } = parts.times;
  const renewing = setInterval(() => {
    // The database may be away for a moment; whether the claim still holds is asked with the write anyway.
    void parts.runs.renew(claim, leaseMs).then(
      (held) => (held ? undefined : lost.abort()),
      () => undefined,
    );
  }, leaseMs / 3);
  try {
    const { run } = claim;
    const written = await reconcileRun(claim, parts, AbortSignal.any([stop, lost.signal]));
    if (!written) parts.logger.info('run.claimLost', { run: run.id, state: run.state });
  } catch (error) {
    // The database is away: the claim runs out, and whoever comes next does the step again.
    parts.logger.warn('run.notWritten', { run: claim.run.id, reason: messageOf(error) });
  } finally {
    clearInterval(renewing);
  }
}
