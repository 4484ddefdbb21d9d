import type { Command } from 'commander';
import { guest, readScopeOf } from '../../src/access/index.ts';
import { headlineSubjects } from '../../src/catalog/index.ts';
import { type Application, openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { RebuildReport } from '../../src/retrieval/index.ts';
import { type DatasetSearch, searchDatasets, writeCsv } from '../../src/search/index.ts';
import { createLogger, createOutput } from '../output.ts';
import { renderSearchTable, type TableHit } from '../search-table.ts';
import { terminationSignal } from '../termination-signal.ts';

interface SearchOptions {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly literal?: boolean;
  readonly first: string;
}

/** `mia search …`: look for datasets, compare the index with the catalog, build it anew. */
export function registerSearch(program: Command): void {
  program
    .command('search')
    .description(
      'find published datasets by words and meaning; `verify`, `rebuild` and `reembed` alone are about the index',
    )
    .argument('<text...>', 'what to look for, or verify, or rebuild, or reembed')
    .option('--first <n>', 'hits at most, up to 1,000', '20')
    .option('--literal', 'take words for words: no filters, no terms, no corrections')
    .option('--csv', 'write the hits as comma-separated values')
    .option('--json', 'end with one JSON object')
    .action(async (words: string[], options: SearchOptions) => {
      const text = words.join(' ');
      const app = await openApplication(readConfig(), 'cli', createLogger('error'));
      try {
        if (text === 'verify') await verify(app, options.json);
        else if (text === 'rebuild') await rebuild(app, options.json);
        else if (text === 'reembed') await reembed(app, options.json);
        else await search(app, text, options);
      } finally {
        await app.close();
      }
    });
}

async function search(app: Application, text: string, options: SearchOptions): Promise<void> {
  const scope = readScopeOf(guest);
  const { search: index, reader, logger } = app;
  await index.warm();
  const answer = await searchDatasets(
    {
      text,
      where: {},
      facets: [],
      first: Number(options.first),
      after: undefined,
      literal: options.literal ?? false,
    },
    { index, reader, scope, logger, signal: terminationSignal() },
  );
  if (options.csv === true) {
    process.stdout.write(await writeCsv(answer.found.slice(0, Number(options.first)), { reader, scope }));
    return;
  }
  const ids = answer.edges.map(({ id }) => id);
  const datasets = new Map((await reader.datasetsByIds(ids, scope)).map((dataset) => [String(dataset.id), dataset]));
  const counts = await reader.parts('counts', [...datasets.keys()]);
  const hits = answer.edges.flatMap(({ id, score, evidence }) => {
    const found = datasets.get(id);
    if (found === undefined) return [];
    const { slug, title, accessClass } = found;
    return [
      { slug, title, accessClass, subjects: statedOf(headlineSubjects(found, counts.get(id) ?? [])), score, evidence },
    ];
  });
  const rows = hits.map((hit): TableHit => ({ ...hit, because: hit.evidence[0]?.text ?? '' }));
  const total = answer.found.length;
  const sentence = [
    ...understood(answer),
    renderSearchTable(rows, process.stdout.columns),
    `${hits.length} of ${total} shown.`,
  ].join('\n');
  createOutput(options.json).event('done', { hits, total, meta: answer.meta }, sentence);
}

/** What the answer rests on, where that is not the bare words. */
function understood({ meta }: DatasetSearch): readonly string[] {
  const filters = meta.filters.map(({ field, test, words }) => `${field} ${test} ("${words ?? ''}")`);
  return [
    ...(filters.length > 0 ? [`Filtered by ${filters.join(', ')}; --literal takes words for words.`] : []),
    ...meta.warnings,
  ];
}

function statedOf(count: ReturnType<typeof headlineSubjects>): string {
  // A zero of nobody's is no number.
  if (count.__typename !== 'ExactCount' || count.source === undefined) return '';
  const sign = { EXACT: '', MORE_THAN: '>', ABOUT: '~' }[count.qualifier];
  return `${sign}${count.value}`;
}

/** Exit code 1 when index and catalog differ. */
async function verify(app: Application, json?: boolean): Promise<void> {
  const drift = await app.search.verify();
  const counts = {
    missing: drift.missing.length,
    stale: drift.stale.length,
    surplus: drift.surplus.length,
    forbidden: drift.forbidden.length,
  };
  const sentence = Object.entries(counts)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
  createOutput(json).event('done', counts, sentence);
  if (Object.values(counts).some((count) => count > 0)) process.exitCode = 1;
}

async function rebuild(app: Application, json?: boolean): Promise<void> {
  tellRebuilt(await app.search.rebuild(terminationSignal()), json);
}

/** Nothing is done where the index is of the configured encoder already. */
async function reembed(app: Application, json?: boolean): Promise<void> {
  const report = await app.search.reembed(terminationSignal());
  if (report !== undefined) tellRebuilt(report, json);
  else createOutput(json).event('done', { documents: 0 }, 'The index is of this encoder and schema already.');
}

function tellRebuilt(report: RebuildReport, json?: boolean): void {
  const sentence = `Built ${report.generation}: ${report.documents} datasets in ${report.durationMs} ms.`;
  createOutput(json).event('done', { ...report }, sentence);
}
