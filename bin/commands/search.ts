import type { Command } from 'commander';
import { guest, readScopeOf } from '../../src/access/index.ts';
import { type Application, openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { RebuildReport } from '../../src/retrieval/index.ts';
import { searchDatasets } from '../../src/search/index.ts';
import { createLogger, createOutput } from '../output.ts';
import { terminationSignal } from '../termination-signal.ts';

interface SearchOptions {
  readonly json?: boolean;
}

/** `mia search …`: look for datasets, compare the index with the catalog, build it anew. */
export function registerSearch(program: Command): void {
  program
    .command('search')
    .description(
      'find published datasets by words and meaning; `verify`, `rebuild` and `reembed` alone are about the index',
    )
    .argument('<text...>', 'what to look for, or verify, or rebuild, or reembed')
    .option('--json', 'end with one JSON object')
    .action(async (words: string[], { json }: SearchOptions) => {
      const text = words.join(' ');
      const app = await openApplication(readConfig(), 'cli', createLogger('error'));
      try {
        if (text === 'verify') await verify(app, json);
        else if (text === 'rebuild') await rebuild(app, json);
        else if (text === 'reembed') await reembed(app, json);
        else await search(app, text, json);
      } finally {
        await app.close();
      }
    });
}

async function search(app: Application, text: string, json?: boolean): Promise<void> {
  const scope = readScopeOf(guest);
  const { search: index, reader, logger } = app;
  await index.warm();
  const answer = await searchDatasets(
    { text, where: {}, facets: [], first: 20, after: undefined },
    { index, reader, scope, logger, signal: terminationSignal() },
  );
  const datasets = await reader.datasetsByIds(
    answer.edges.map(({ id }) => id),
    scope,
  );
  const byId = new Map(datasets.map((dataset) => [dataset.id as string, dataset]));
  const hits = answer.edges.flatMap(({ id, score, evidence }) => {
    const found = byId.get(id);
    if (found === undefined) return [];
    return [{ slug: found.slug, title: found.title, accessClass: found.accessClass, score, evidence }];
  });
  const lines = hits.map(
    ({ slug, title, score, evidence }) =>
      `${score.toFixed(3)}  ${slug.padEnd(24)} ${title}\n       ${' '.repeat(24)} ${evidence[0]?.text.replaceAll(/\s+/g, ' ') ?? ''}`,
  );
  const sentence = [...lines, ...answer.meta.warnings, `${hits.length} shown.`].join('\n');
  createOutput(json).event('done', { hits, meta: answer.meta }, sentence);
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
