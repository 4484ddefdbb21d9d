import { ConflictError, messageOf } from '../kernel/errors.ts';
import type { DataSource, HarvestProgress, HarvestReport, HarvestRun } from './model.ts';
import type { HarvestStore, Lease, MirrorState } from './ports.ts';

/** How long a holder may be silent; renewed at a third of it. */
export const leaseMs = 20_000;
/** Progress is stored at most this often. */
const progressMs = 500;

/** What a harvester is given: a run, its memory, and who wants to know how far it is. */
export interface HarvestWork {
  readonly run: HarvestRun;
  readonly state: MirrorState;
  readonly onProgress: (progress: HarvestProgress) => void;
  /** Aborts when the caller gives up, and when the lease is lost. */
  readonly signal: AbortSignal;
}

/** Who runs it. */
export interface MirrorCaller {
  readonly store: HarvestStore;
  /** A UUID of this process and call. */
  readonly holder: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: HarvestProgress) => void;
}

/**
 * Runs a harvest as the only one for its source: takes the lease, keeps it while the work goes on, writes down how far it is and what
 * it did. A run that was cut off is marked as failed by the next one, which goes on where it was.
 * @returns the run as it ended
 * @throws ConflictError while another process mirrors the source
 * @throws what the work throws, after that was written down
 */
export async function mirrorSource(
  source: DataSource,
  run: HarvestRun,
  harvest: (work: HarvestWork) => Promise<HarvestReport>,
  caller: MirrorCaller,
): Promise<HarvestReport> {
  const { store, holder } = caller;
  const lease: Lease = { sourceId: source.id, holder };
  if (!(await store.lease(lease, leaseMs))) throw await busy(source, store);
  const ended = new AbortController();
  const signal = AbortSignal.any([caller.signal, ended.signal]);
  const renewing = setInterval(() => void renew(lease, store, ended), leaseMs / 3);
  try {
    await store.beginRun(lease, run.id);
    const began = new Date();
    const report = await harvest({
      run,
      state: store.mirror(lease),
      onProgress: throttled((progress) => {
        caller.onProgress?.(progress);
        void store.saveProgress(run.id, progress).catch(() => undefined);
      }),
      signal,
    });
    await store.endRun(run.id, { state: 'SUCCEEDED', report, freshAt: began, url: source.url });
    return report;
  } catch (error) {
    const cancelled = caller.signal.aborted;
    await store
      .endRun(run.id, {
        state: cancelled ? 'CANCELLED' : 'FAILED',
        error: messageOf(ended.signal.aborted ? ended.signal.reason : error),
      })
      // The database is away, too: the run stays RUNNING until the next one marks it.
      .catch(() => undefined);
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    clearInterval(renewing);
    await store.release(lease).catch(() => undefined);
  }
}

async function renew(lease: Lease, store: HarvestStore, ended: AbortController): Promise<void> {
  // The database may be away for a moment; whether the lease still holds is asked at every write anyway.
  const held = await store.lease(lease, leaseMs).catch(() => true);
  if (!held)
    ended.abort(
      new ConflictError('Another process mirrors this source now: this one was away for longer than its lease.'),
    );
}

async function busy(source: DataSource, store: HarvestStore): Promise<ConflictError> {
  const until = (await store.sources()).find(({ id }) => id === source.id)?.leasedUntil;
  return new ConflictError(
    `"${source.name}" is being mirrored by another process; its lease ends ${until === undefined ? 'now' : `at ${until.toISOString()}`} unless it is renewed. Wait, or look at \`harvestRuns\`.`,
    { source: source.name, leasedUntil: until?.toISOString() ?? null },
  );
}

function throttled(report: (progress: HarvestProgress) => void): (progress: HarvestProgress) => void {
  let last = 0;
  return (progress) => {
    const now = performance.now();
    if (now - last < progressMs && progress.done < progress.total) return;
    last = now;
    report(progress);
  };
}
