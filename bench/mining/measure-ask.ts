import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadShippedDatasets, loadShippedVocabulary } from '../../bin/load-shipped.ts';
import { openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { startServer } from '../../src/server/create-server.ts';
import type { Figure } from '../figure.ts';
import { judged, round } from '../judge-figure.ts';

const slugs = z.array(z.string()).optional();
const questions = z.array(
  z.strictObject({
    id: z.string(),
    half: z.enum(['tune', 'report']),
    kind: z.enum(['plain', 'name', 'number', 'negation', 'access', 'unanswerable']),
    question: z.string(),
    answer: slugs,
    also: slugs,
  }),
);
type Question = z.infer<typeof questions>[number];

const asked = z.object({
  data: z.object({
    ask: z.object({
      abstained: z.boolean(),
      reason: z.string().nullable(),
      datasets: z.array(
        z.object({
          node: z.object({ slug: z.string(), title: z.string(), description: z.string() }),
          evidence: z.array(
            z.object({
              text: z.string(),
              source: z.string(),
              start: z.number().nullable(),
              end: z.number().nullable(),
            }),
          ),
        }),
      ),
    }),
    searchDatasets: z.object({ edges: z.array(z.object({ node: z.object({ slug: z.string() }) })) }),
  }),
});
type Told = z.infer<typeof asked>['data'];

const query = `query ($question: String!) {
  ask(question: $question, first: 5) { abstained reason datasets { node { slug title description } evidence { text source start end } } }
  searchDatasets(text: $question, first: 5) { edges { node { slug } } }
}`;

/** Asks the judged questions over the shipped records, as a guest over HTTP; a plain search for the same words is the rival. */
export async function measureAsk(): Promise<readonly Figure[]> {
  const home = join(import.meta.dirname, '../../node_modules/.cache/bench/ask');
  mkdirSync(home, { recursive: true });
  const app = await openApplication(
    readConfig({ MIA_HOME: home, MIA_RATE_REQUESTS: '1000000/1000000', MIA_RATE_GUEST: '1000000000/1000000000' }),
    'cli',
    silentLogger,
  );
  await loadShippedVocabulary(app);
  await loadShippedDatasets(app, new AbortController().signal);
  await app.search.rebuild();
  await app.search.warm();
  const server = await startServer(
    { ...app, ready: () => Promise.resolve(true), publicUrl: 'https://bench.test' },
    { host: '127.0.0.1', port: 0 },
  );
  try {
    const file = new URL('ask-questions.yaml', import.meta.url);
    const judgedQuestions = questions.parse(parse(readFileSync(file, 'utf8')));
    const answers: { readonly question: Question; readonly told: Told }[] = [];
    for (const question of judgedQuestions) {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: { question: question.question } }),
      });
      answers.push({ question, told: asked.parse(await response.json()).data });
    }
    for (const { question, told } of answers) if (question.half === 'tune') tellMiss(question, told);
    return [
      ...halfFigures('tune', answers),
      ...halfFigures('report', answers),
      verbatimFigure(answers.map(({ told }) => told)),
    ];
  } finally {
    await server.close();
    await app.close();
  }
}

function halfFigures(
  half: Question['half'],
  all: readonly { readonly question: Question; readonly told: Told }[],
): Figure[] {
  const own = all.filter(({ question }) => question.half === half);
  const answerable = own.filter(({ question }) => question.answer !== undefined);
  const others = own.filter(({ question }) => question.answer === undefined);
  const traps = own.filter(({ question }) => question.kind !== 'plain' && question.kind !== 'name');
  const given = ({ ask }: Told): string[] => ask.datasets.map(({ node }) => node.slug);
  const found = ({ searchDatasets }: Told): string[] => searchDatasets.edges.map(({ node }) => node.slug);
  const share = (list: typeof own, test: (item: (typeof own)[number]) => boolean): number =>
    round(list.filter(test).length / list.length, 3);
  const firstRight = (of: typeof given) =>
    share(answerable, ({ question, told }) => question.answer?.includes(of(told)[0] ?? '') ?? false);
  const none = (of: typeof given) => share(others, ({ told }) => of(told).length === 0);
  const clean = (of: typeof given) => share(traps, ({ question, told }) => isClean(question, of(told)));
  const unit = 'of 1';
  const rival = 'searchDatasets';
  return [
    judged(
      {
        name: `${half}: right dataset first (${answerable.length} answerable)`,
        value: firstRight(given),
        unit,
        rival,
        rivalValue: firstRight(found),
      },
      { atLeast: 0.8 },
    ),
    judged(
      {
        name: `${half}: abstained (${others.length} unanswerable)`,
        value: none(given),
        unit,
        rival,
        rivalValue: none(found),
      },
      { atLeast: 0.9 },
    ),
    judged(
      {
        name: `${half}: nothing wrong among the answers (${traps.length} with numbers, negations, access, or unanswerable)`,
        value: clean(given),
        unit,
        rival,
        rivalValue: clean(found),
      },
      { atLeast: 0.9 },
    ),
  ];
}

function isClean({ answer = [], also = [] }: Question, given: readonly string[]): boolean {
  return given.every((slug) => answer.includes(slug) || also.includes(slug));
}

/** Every sentence of a record stands at its offsets. */
function verbatimFigure(told: readonly Told[]): Figure {
  const pieces = told.flatMap(({ ask }) =>
    ask.datasets.flatMap(({ node, evidence }) => evidence.map((piece) => ({ node, piece }))),
  );
  const right = pieces.filter(({ node, piece: { text, source, start, end } }) => {
    const field = source === 'TITLE' ? node.title : node.description;
    return (
      Array.from(field)
        .slice(start ?? 0, end ?? 0)
        .join('') === text
    );
  });
  return judged(
    {
      name: `evidence that stands word for word at its offsets (${pieces.length})`,
      value: right.length / Math.max(1, pieces.length),
      unit: 'of 1',
    },
    { atLeast: 1 },
  );
}

/** What to look at while tuning: never the other half. */
function tellMiss(question: Question, { ask }: Told): void {
  const given = ask.datasets.map(({ node }) => node.slug);
  const right =
    question.answer === undefined
      ? given.length === 0
      : question.answer.includes(given[0] ?? '') && isClean(question, given);
  if (right) return;
  process.stderr.write(
    `${question.id} ${question.question}\n   wanted ${question.answer?.join(' ') ?? 'none'}; given ${given.join(' ')} ${ask.reason ?? ''}\n`,
  );
}
