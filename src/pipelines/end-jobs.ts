import { jobOf, launcherOf, limited } from './follow-job.ts';
import type { Step } from './reconcile-parts.ts';

/**
 * After a run has ended: ends what its engine still runs of it, in all attempts, and removes its folders once nothing lives there any more.
 * A request to start a job may still be on its way, so it is looked for again until the time for that is over.
 */
export const endJobs: Step = async ({ run, now, cleanupUntil }, parts, signal) => {
  const launcher = launcherOf(run, parts);
  let living = 0;
  for (let attempt = 1; attempt <= run.attempt; attempt += 1) {
    const job = jobOf({ ...run, attempt }, parts);
    const engineJobId = await launcher.findByRunId(job, limited(signal, parts));
    if (engineJobId === undefined) continue;
    const found = { ...job, engineJobId };
    const { state } = await launcher.status(found, limited(signal, parts));
    if (state !== 'QUEUED' && state !== 'RUNNING') continue;
    living += 1;
    await launcher.cancel(found, limited(signal, parts));
  }
  if (living > 0 || (cleanupUntil !== undefined && cleanupUntil > now)) {
    const left = cleanupUntil === undefined ? 0 : cleanupUntil.getTime() - now.getTime();
    const slow = Math.min(parts.times.slowestPollMs, left / 4);
    return { againInMs: living > 0 ? parts.times.pollMs : Math.max(parts.times.pollMs, slow) };
  }
  await parts.folders.remove(run.id);
  return { againInMs: 0, cleanupMs: null };
};
