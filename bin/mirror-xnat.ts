import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { ingestXnat } from '../ingest/xnat/ingest-xnat.ts';
import { type ProjectMapping, readMapping } from '../ingest/xnat/mapping.ts';
import type { Application } from '../src/compose.ts';
import { connectConfiguredXnat } from '../src/compose-xnat.ts';
import type { XnatConfig } from '../src/config.ts';
import {
  type DataSource,
  type HarvestOptions,
  type HarvestProgress,
  type HarvestReport,
  type HarvestRun,
  mirrorSource,
} from '../src/harvest/index.ts';
import { messageOf } from '../src/kernel/errors.ts';
import type { Logger } from '../src/kernel/logger.ts';

/** How a run is made, besides what its request says. */
export interface MirrorRun {
  readonly xnat: XnatConfig;
  readonly mapping: ProjectMapping;
  /** Whether files are counted. */
  readonly resources: boolean;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly onProgress?: (progress: HarvestProgress) => void;
}

/** The mapping of the environment, else the one that comes with the product. @throws InvalidInputError */
export function mappingOf(file: string | null): ProjectMapping {
  return readMapping(file ?? fileURLToPath(new URL('../data/mappings/xnat.yaml', import.meta.url)));
}

/** A data source, and the name it was asked for by. */
export interface AskedSource {
  readonly source: DataSource;
  readonly asked: string;
}

/**
 * The data source that the environment's XNAT is known by: one server has one name, so its address counts first, then its name in any
 * case of letters.
 * @param name - what it is to be called; without, the name it has, else `xnat`
 */
export async function registerXnatSource(app: Application, xnat: XnatConfig, name?: string): Promise<AskedSource> {
  const sources = await app.harvests.sources();
  const wanted = name ?? xnat.name ?? undefined;
  const known =
    sources.find((source) => source.url === xnat.url) ??
    sources.find((source) => source.name.toLowerCase() === (wanted ?? 'xnat').toLowerCase());
  const registered = known?.name ?? wanted ?? 'xnat';
  const source = await app.harvests.registerSource({ name: registered, kind: 'XNAT', url: xnat.url });
  return { source, asked: wanted ?? registered };
}

/** Mirrors now, as a run of its own. @throws what mirrorSource throws */
export async function mirrorNow(
  app: Application,
  asked: AskedSource,
  options: HarvestOptions,
  how: MirrorRun,
): Promise<HarvestReport> {
  const run = await app.harvests.requestRun({ sourceId: asked.source.id, options });
  try {
    return await runMirror(app, asked, run, how);
  } catch (error) {
    // Nobody else waits for a run that was refused its turn.
    const [now] = await app.harvests.runsByIds([run.id]);
    if (now?.state === 'REQUESTED' && now.requestedBy === undefined)
      await app.harvests.endRun(run.id, { state: 'CANCELLED', error: messageOf(error) });
    throw error;
  }
}

/** Runs one that was asked for. The connection is its own: its token is withdrawn at the end. */
export async function runMirror(
  app: Application,
  { source: known, asked }: AskedSource,
  run: HarvestRun,
  how: MirrorRun,
): Promise<HarvestReport> {
  const source = { ...known, url: how.xnat.url };
  const server = connectConfiguredXnat(how.xnat, how.logger);
  try {
    return await mirrorSource(
      source,
      run,
      async ({ state, onProgress, signal }) =>
        await ingestXnat(
          {
            source,
            knownAs: { url: known.url, asked },
            server,
            mapping: how.mapping,
            options: run.options,
            resources: how.resources,
            state,
            onProgress,
            signal,
          },
          app,
        ),
      {
        store: app.harvests,
        holder: randomUUID(),
        signal: how.signal,
        ...(how.onProgress && { onProgress: how.onProgress }),
      },
    );
  } finally {
    // A server that is away cannot log us out; its token ends by itself.
    await server.close(AbortSignal.timeout(5_000)).catch(() => undefined);
  }
}
