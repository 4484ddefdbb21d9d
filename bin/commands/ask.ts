import type { Command } from 'commander';
import { guest, readScopeOf } from '../../src/access/index.ts';
import { type Application, openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { Article } from '../../src/literature/index.ts';
import { type Answer, askDatasets } from '../../src/search/index.ts';
import { renderAnswer, type ToldDataset } from '../answer-text.ts';
import { createLogger, createOutput } from '../output.ts';
import { terminationSignal } from '../termination-signal.ts';

/** `mia ask TEXT`: datasets that answer, with the sentences that say so, or why none does. */
export function registerAsk(program: Command): void {
  program
    .command('ask')
    .description('ask for datasets in words; answers with sentences of records and papers, or abstains')
    .argument('<text...>', 'the question')
    .option('--first <n>', 'datasets at most, up to 1,000', '5')
    .option('--json', 'end with one JSON object')
    .action(async (words: string[], options: { readonly first: string; readonly json?: boolean }) => {
      const app = await openApplication(readConfig(), 'cli', createLogger('error'));
      try {
        await ask(app, words.join(' '), options);
      } finally {
        await app.close();
      }
    });
}

async function ask(
  app: Application,
  question: string,
  { first, json }: { readonly first: string; readonly json?: boolean },
): Promise<void> {
  const { search: index, reader, logger, literature } = app;
  await index.warm();
  const parts = { index, reader, logger, scope: readScopeOf(guest), signal: terminationSignal() };
  const answer = await askDatasets(
    { question, where: {}, first: Number(first) },
    { ...parts, papers: literature.discovery },
  );
  const datasets = await told(app, answer);
  const { abstained, reason, checks, notKnown } = answer;
  createOutput(json).event(
    'done',
    { question, abstained, reason, datasets, checks, notKnown },
    renderAnswer({ reason, notKnown, datasets }, process.stdout.columns),
  );
}

/** Datasets and papers by their names, as a person knows them. */
async function told({ reader, literature }: Application, { datasets }: Answer): Promise<readonly ToldDataset[]> {
  const records = await reader.datasetsByIds(
    datasets.map(({ id }) => id),
    readScopeOf(guest),
  );
  const byId = new Map(records.map((record) => [String(record.id), record]));
  const ids = [...new Set(datasets.flatMap(({ evidence }) => evidence.flatMap(({ articleId }) => articleId ?? [])))];
  const articles = await literature.articles.byIds(ids);
  return datasets.flatMap(({ id, score, evidence }): ToldDataset[] => {
    const record = byId.get(id);
    if (record === undefined) return [];
    const { slug, title } = record;
    return [
      {
        slug,
        title,
        score,
        evidence: evidence.map(({ text, source, section, start, end, articleId }) => {
          const article = articleId && articles.get(articleId);
          return { text, source, section, start, end, article: article && citation(article) };
        }),
      },
    ];
  });
}

function citation({ title, year, pmid, doi }: Article): string {
  const number = pmid === undefined ? (doi ?? '') : `PMID ${pmid}`;
  return [title, year, number].filter((part) => part !== undefined && part !== '').join(', ');
}
