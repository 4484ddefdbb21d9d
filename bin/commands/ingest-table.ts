import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { describeTable } from '../../ingest/table/describe-table.ts';
import { ingestTable } from '../../ingest/table/ingest-table.ts';
import { InvalidInputError } from '../../src/kernel/errors.ts';
import { createOutput } from '../output.ts';
import { createProgress } from '../progress.ts';
import type { RunIngest } from './run-ingest.ts';

interface TableOptions {
  readonly json?: boolean;
  readonly describe?: boolean;
  readonly out?: string;
  readonly sheet?: string;
  readonly dataset?: string;
  readonly mapping?: string;
  readonly source?: string;
}

/** `mia ingest table FILE`: a clinical table, or a proposal of what it means. */
export function registerIngestTable(ingest: Command, run: RunIngest): void {
  ingest
    .command('table')
    .description('a clinical table (CSV, TSV, Excel) by a mapping, or a mapping proposed for it')
    .argument('<file>', 'the table')
    .option('--describe', 'read the table and propose a mapping to edit; stores nothing')
    .option('--out <file>', 'with --describe: write the mapping there instead of to standard output')
    .option('--sheet <name>', 'with --describe: the worksheet of an Excel file')
    .option('--dataset <slug>', 'the dataset that the subjects belong to')
    .option('--mapping <file>', 'YAML file that says what the columns mean (docs/tables.md)')
    .option('--source <name>', 'name of the source; `table:` and the name of the mapping when left out')
    .option('--json', 'end with one JSON object')
    .action(async (file: string, options: TableOptions, command: Command) => {
      if (options.describe === true) {
        await describe(file, options);
        return;
      }
      const { dataset, mapping } = options;
      if (dataset === undefined || mapping === undefined) {
        command.error('Give --dataset and --mapping, or --describe.', { exitCode: 2 });
      }
      await run(options, async (app, signal, output) => {
        const onProgress = createProgress(output, 'lines');
        const report = await ingestTable(
          {
            file,
            dataset,
            mapping,
            signal,
            onProgress,
            ...(options.source !== undefined && { sourceName: options.source }),
          },
          app,
        );
        if (report.unmapped.length > 0) {
          const columns = report.unmapped.join(', ');
          output.event('unmapped', { columns: report.unmapped }, `Neither used nor skipped by the mapping: ${columns}`);
        }
        return report;
      });
    });
}

async function describe(file: string, options: TableOptions): Promise<void> {
  const description = await describeTable(file, options.sheet === undefined ? {} : { sheet: options.sheet });
  if (options.out !== undefined) {
    await writeFile(options.out, description.yaml, { flag: 'wx' }).catch((error: unknown) => {
      throw new InvalidInputError(`${options.out ?? ''} cannot be written, or is there already.`, {}, { cause: error });
    });
  }
  // The mapping itself goes to standard output, so that it can be redirected to a file, unless JSON is asked for.
  if (options.json === true) createOutput(true).event('done', { ...description });
  else if (options.out === undefined) process.stdout.write(description.yaml);
}
