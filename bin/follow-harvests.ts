import { setTimeout as delay } from 'node:timers/promises';
import type { Application } from '../src/compose.ts';
import type { XnatConfig } from '../src/config.ts';
import { ConflictError, messageOf } from '../src/kernel/errors.ts';
import { type MirrorRun, mappingOf, registerXnatSource, runMirror } from './mirror-xnat.ts';

/** How often waiting runs are looked for. */
const pollMs = 1_000;

/**
 * The role `ingest`: runs what was asked for with `startHarvest`, and mirrors by itself at every interval. A run that fails is logged and
 * written down; the next one is made at its time. Where another process mirrors the source, this one stands by.
 */
export async function followHarvests(app: Application, xnat: XnatConfig | null, signal: AbortSignal): Promise<void> {
  if (xnat === null) return;
  const how: MirrorRun = {
    xnat,
    mapping: mappingOf(xnat.mappingFile),
    resources: true,
    signal,
    logger: app.logger,
  };
  for (;;) {
    try {
      await runDue(app, xnat, how);
    } catch (error) {
      // Another process is at it, and does what was asked for; or this one was told to stop.
      if (!(error instanceof ConflictError) && error !== signal.reason)
        app.logger.warn('harvest.failed', { reason: messageOf(error) });
    }
    const waited = await delay(pollMs, true, { signal }).catch(() => false);
    if (!waited) return;
  }
}

async function runDue(app: Application, xnat: XnatConfig, how: MirrorRun): Promise<void> {
  const source = await registerXnatSource(app, xnat);
  const waiting = await app.harvests.waitingRun(source.id);
  const run =
    waiting ??
    ((await isDue(app, source.name, xnat))
      ? await app.harvests.requestRun({ sourceId: source.id, options: { full: false, digests: false } })
      : undefined);
  if (run === undefined) return;
  app.logger.info('harvest.started', { source: source.name, run: run.id });
  const { rejected, warnings, items, ...counts } = await runMirror(app, source, run, how);
  app.logger.info('harvest.finished', {
    source: source.name,
    run: run.id,
    ...counts,
    rejected: rejected.length,
    warnings: warnings.length,
  });
}

/** Whether the last run, however it ended, is an interval ago. */
async function isDue(app: Application, source: string, { intervalS }: XnatConfig): Promise<boolean> {
  const [last] = (await app.harvests.runs({ source }, { first: 1 })).items;
  return last === undefined || Date.now() - last.requestedAt.getTime() >= intervalS * 1_000;
}
