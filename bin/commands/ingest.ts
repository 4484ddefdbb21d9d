import type { Command } from 'commander';
import { ingestIdc } from '../../ingest/idc/ingest-idc.ts';
import { ingestRecords } from '../../ingest/records/ingest-records.ts';
import type { IntakeReport } from '../../src/catalog/index.ts';
import { type Application, openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { idcLanes } from '../idc-lane.ts';
import { loadShippedDatasets, loadShippedVocabulary } from '../load-shipped.ts';
import { createLogger, createOutput, type Output } from '../output.ts';
import { createProgress } from '../progress.ts';
import { terminationSignal } from '../termination-signal.ts';
import { registerIngestBids } from './ingest-bids.ts';
import { registerIngestLiterature } from './ingest-literature.ts';
import { registerIngestMesh } from './ingest-mesh.ts';
import { registerIngestTable } from './ingest-table.ts';
import { registerIngestXnat } from './ingest-xnat.ts';

/** Most rejections that are listed one by one. */
const listedRejections = 20;

interface IngestOptions {
  readonly json?: boolean;
}

/** `mia ingest SOURCE …`: takes datasets and rows in. */
export function registerIngest(program: Command): void {
  const ingest = program.command('ingest').description('take datasets and rows in from a source');
  ingest
    .command('records')
    .description('dataset records from JSON Lines, one record a line')
    .argument('<file>', 'JSON Lines file, or - for standard input')
    .requiredOption('--source <name>', 'whose records these are')
    .option('--publish', 'publish them at once', false)
    .option('--json', 'end with one JSON object')
    .action(async (file: string, options: IngestOptions & { readonly source: string; readonly publish: boolean }) => {
      await run(
        options,
        async (app, signal) =>
          await ingestRecords({ file, sourceName: options.source, publish: options.publish, signal }, app.records),
      );
    });
  ingest
    .command('idc')
    .description('subjects, sessions and scans from the Imaging Data Commons index')
    .requiredOption('--index <file...>', 'Parquet or CSV (also .csv.gz) files of the index')
    .option('--prior <file>', 'table of series of earlier releases: those that are gone are kept as tombstones')
    .option('--collections <ids>', 'only these collections, joined by commas')
    .option('--json', 'end with one JSON object')
    .action(
      async (
        options: IngestOptions & {
          readonly index: readonly string[];
          readonly prior?: string;
          readonly collections?: string;
        },
      ) => {
        const collections = options.collections?.split(',').map((id) => id.trim());
        await run(options, async (app, signal, output) => {
          const onProgress = createProgress(output, 'series');
          return await ingestIdc(
            {
              files: options.index,
              signal,
              onProgress,
              lane: idcLanes(app),
              ...(collections && { collections }),
              ...(options.prior !== undefined && { prior: options.prior }),
            },
            app,
          );
        });
      },
    );
  registerIngestTable(ingest, run);
  registerIngestBids(ingest, run);
  registerIngestXnat(ingest);
  registerIngestLiterature(ingest);
  registerIngestMesh(ingest, run);
  ingest
    .command('shipped')
    .description('the dataset records and extracts that come with this version')
    .option('--json', 'end with one JSON object')
    .action(async (options: IngestOptions) => {
      await run(options, async (app, signal) => await loadShippedDatasets(app, signal));
    });
}

/** Opens the catalog, runs one ingest, says what it did, and sets the exit code: 3 when something was rejected. */
async function run(
  options: IngestOptions,
  work: (app: Application, signal: AbortSignal, output: Output) => Promise<IntakeReport>,
): Promise<void> {
  const output = createOutput(options.json);
  const signal = terminationSignal();
  const began = performance.now();
  const app = await openApplication(readConfig(), 'cli', createLogger('warn'));
  try {
    await loadShippedVocabulary(app);
    const report = await work(app, signal, output);
    for (const rejection of report.rejected.slice(0, listedRejections)) {
      output.event('rejected', { ...rejection }, `rejected ${rejection.sourceId}: ${rejection.error}`);
    }
    const { rejected, ...counts } = report;
    const durationMs = Math.round(performance.now() - began);
    output.event(
      'done',
      { ...counts, rejected: rejected.length, durationMs },
      `Done: ${report.accepted} accepted, ${report.unchanged} unchanged, ${rejected.length} rejected, in ${(durationMs / 1_000).toFixed(1)} s.`,
    );
    if (rejected.length > 0) process.exitCode = 3;
  } finally {
    await app.close();
  }
}
