import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { type Application, openApplication } from '../../src/compose.ts';
import { readConfig, type XnatConfig } from '../../src/config.ts';
import { type HarvestOptions, type HarvestReport, leaseMs } from '../../src/harvest/index.ts';
import { ConflictError, messageOf, StartupError } from '../../src/kernel/errors.ts';
import { loadShippedVocabulary } from '../load-shipped.ts';
import { type AskedSource, type MirrorRun, mappingOf, mirrorNow, registerXnatSource } from '../mirror-xnat.ts';
import { keepHeapModest } from '../modest-heap.ts';
import { createLogger, createOutput, type Output } from '../output.ts';
import { terminationSignal } from '../termination-signal.ts';

interface XnatOptions {
  readonly server?: string;
  readonly full: boolean;
  readonly digests: boolean;
  readonly watch: boolean;
  readonly intervalS?: number;
  readonly resources: boolean;
  readonly mapping?: string;
  readonly json?: boolean;
}

/** Most rejections that are listed one by one. */
const listedRejections = 20;

/** `mia ingest xnat`: mirrors an XNAT server. */
export function registerIngestXnat(ingest: Command): void {
  ingest
    .command('xnat')
    .description('mirror the XNAT server of XNAT_URL: what is new, changed or gone there since the last run')
    .option('--server <name>', 'name of the server here; the one it has, or XNAT_NAME, or "xnat" without', parseName)
    .option('--full', 'read everything again, whatever the stamps say', false)
    .option('--digests', 'read the digest of every file, not only where a resource changed', false)
    .option('--no-resources', 'do not count files: no request for each session')
    .option('--mapping <file>', 'YAML that says which project feeds which dataset')
    .option('--watch', 'go on until interrupted', false)
    .option('--interval-s <seconds>', 'pause between two runs of --watch; XNAT_INTERVAL_S or 900 without', parseSeconds)
    .option('--json', 'end with one JSON object')
    .action(async (options: XnatOptions) => {
      keepHeapModest();
      const config = readConfig();
      const { xnat } = config;
      if (xnat === null)
        throw new StartupError(
          'No XNAT is configured: set XNAT_URL, XNAT_USER and XNAT_PASSWORD (and XNAT_ALLOW_PRIVATE=1 for a server in a private network).',
        );
      const mapping = mappingOf(options.mapping ?? xnat.mappingFile);
      const output = createOutput(options.json);
      const signal = terminationSignal();
      const logger = createLogger('warn');
      const app = await openApplication(config, 'cli', logger);
      try {
        await loadShippedVocabulary(app);
        const source = await registerXnatSource(app, xnat, options.server);
        if (source.asked !== source.source.name)
          output.event(
            'warning',
            { warning: `This server is known as ${source.source.name}.` },
            `Note: this server is known as ${source.source.name}; it keeps that name.`,
          );
        const how: MirrorRun = {
          xnat,
          mapping,
          resources: options.resources,
          signal,
          logger,
          onProgress: ({ step, done, total }) =>
            output.event('progress', { step, done, total }, `${step}: ${done} of ${total}`),
        };
        if (options.watch) await watch(app, source, { options, xnat, how, output });
        else await once(app, source, options, how, output);
      } finally {
        await app.close();
      }
    });
}

async function once(
  app: Application,
  source: AskedSource,
  options: XnatOptions,
  how: MirrorRun,
  output: Output,
): Promise<void> {
  const began = performance.now();
  const { full, digests } = options;
  const report = await mirrorInTurn(app, source, { full, digests }, how);
  announce(report, performance.now() - began, output);
}

/** A process that was killed leaves its lease: after one length of it, only a living one still holds it. */
async function mirrorInTurn(
  app: Application,
  source: AskedSource,
  options: HarvestOptions,
  how: MirrorRun,
): Promise<HarvestReport> {
  try {
    return await mirrorNow(app, source, options, how);
  } catch (error) {
    if (!(error instanceof ConflictError) || error.details['leasedUntil'] === undefined) throw error;
    await delay(leaseMs, undefined, { signal: how.signal });
    return await mirrorNow(app, source, options, how);
  }
}

/** Runs again and again; a run that fails is told and the next one tried. */
async function watch(
  app: Application,
  source: AskedSource,
  {
    options,
    xnat,
    how,
    output,
  }: { readonly options: XnatOptions; readonly xnat: XnatConfig; readonly how: MirrorRun; readonly output: Output },
): Promise<void> {
  const intervalMs = (options.intervalS ?? xnat.intervalS) * 1_000;
  let current = source;
  for (;;) {
    try {
      await once(app, current, options, how, output);
      current = await registerXnatSource(app, xnat, options.server);
    } catch (error) {
      // Stopped by whoever ran it: the pause below ends at once.
      output.event('failed', { error: messageOf(error) }, `Failed: ${messageOf(error)}`);
    }
    const waited = await delay(intervalMs, true, { signal: how.signal }).catch(() => false);
    if (!waited) return;
  }
}

function announce(report: HarvestReport, elapsedMs: number, output: Output): void {
  const { rejected, warnings, ...counts } = report;
  for (const rejection of rejected.slice(0, listedRejections))
    output.event('rejected', { ...rejection }, `rejected ${rejection.sourceId}: ${rejection.error}`);
  for (const warning of warnings) output.event('warning', { warning }, `Note: ${warning}`);
  const durationMs = Math.round(elapsedMs);
  output.event(
    'done',
    { ...counts, rejected: rejected.length, durationMs },
    `Done: ${counts.added} added, ${counts.changed} changed, ${counts.removed} removed, ${counts.unchanged} unchanged, ${rejected.length} rejected; ${counts.requests} requests in ${(durationMs / 1_000).toFixed(1)} s.`,
  );
  if (rejected.length > 0) process.exitCode = 3;
}

function parseName(text: string): string {
  if (!/^[\w.-]{1,60}$/.test(text))
    throw new InvalidArgumentError('It must be 1 to 60 letters, digits or one of . _ -');
  return text;
}

function parseSeconds(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of seconds.');
  return Number(text);
}
