import { setTimeout as delay } from 'node:timers/promises';
import type { ProjectMapping } from '../ingest/xnat/mapping.ts';
import type { Application } from '../src/compose.ts';
import type { XnatConfig } from '../src/config.ts';
import { ConflictError, messageOf } from '../src/kernel/errors.ts';
import { type MirrorRun, mappingOf, registerXnatSource, runMirror } from './mirror-xnat.ts';

/** How often waiting runs are looked for. */
const pollMs = 1_000;

/** An XNAT with the mapping of its projects. */
export interface ConfiguredXnat {
  readonly xnat: XnatConfig;
  readonly mapping: ProjectMapping;
}

/** The XNAT of the environment, if there is one. @throws InvalidInputError for a mapping that cannot be used */
export function configuredXnat(xnat: XnatConfig | null): ConfiguredXnat | undefined {
  return xnat === null ? undefined : { xnat, mapping: mappingOf(xnat.mappingFile) };
}

/**
 * The role `ingest`: runs what was asked for with `startHarvest`, and mirrors by itself at every interval. A run that fails is logged and
 * written down; the next one is made at its time. Where another process mirrors the source, this one stands by.
 */
export async function followHarvests(
  app: Application,
  { xnat, mapping }: ConfiguredXnat,
  signal: AbortSignal,
): Promise<void> {
  const how: MirrorRun = {
    xnat,
    mapping,
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
  const asked = await registerXnatSource(app, xnat);
  const { source } = asked;
  const waiting = await app.harvests.waitingRun(source.id);
  const run =
    waiting ??
    ((await isDue(app, source.name, xnat))
      ? await app.harvests.requestRun({ sourceId: source.id, options: { full: false, digests: false } })
      : undefined);
  if (run === undefined) return;
  app.logger.info('harvest.started', { source: source.name, run: run.id });
  const { rejected, warnings, items, ...counts } = await runMirror(app, asked, run, how);
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
