import type { Command } from 'commander';
import { ingestBids } from '../../ingest/bids/ingest-bids.ts';
import { createProgress } from '../progress.ts';
import type { RunIngest } from './run-ingest.ts';

/** Most warnings that are shown one by one. */
const listedWarnings = 20;

interface BidsOptions {
  readonly json?: boolean;
  readonly dataset?: string;
  readonly source?: string;
  readonly publish: boolean;
}

/** `mia ingest bids DIR`: a folder in the Brain Imaging Data Structure. */
export function registerIngestBids(ingest: Command, run: RunIngest): void {
  ingest
    .command('bids')
    .description('a BIDS folder: its description, participants and files')
    .argument('<folder>', 'the folder with dataset_description.json')
    .option('--dataset <slug>', 'slug of the dataset; made from its name when left out')
    .option('--source <name>', 'name of the source; `bids:` and the slug when left out')
    .option('--publish', 'publish the record at once', false)
    .option('--json', 'end with one JSON object')
    .action(async (folder: string, options: BidsOptions) => {
      await run(options, async (app, signal, output) => {
        const { dataset, source, publish } = options;
        const onProgress = createProgress(output, 'subjects');
        const { warnings, ...report } = await ingestBids(
          {
            folder,
            publish,
            signal,
            onProgress,
            ...(dataset !== undefined && { dataset }),
            ...(source !== undefined && { sourceName: source }),
          },
          app,
        );
        for (const warning of warnings.slice(0, listedWarnings)) output.event('warning', { warning }, warning);
        return { ...report, warnings: warnings.length };
      });
    });
}
