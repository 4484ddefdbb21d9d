import type { Figure } from '../figure.ts';
import { judged, round } from '../judge-figure.ts';
import { mean, ndcgAt10, pairedInterval, reciprocalRank } from '../retrieval/ranking-measures.ts';
import type { JudgedQuestion } from './judged-questions.ts';
import type { SystemAnswers } from './rank-systems.ts';

/** A question with what every system answered. */
export interface AskedQuestion {
  readonly question: JudgedQuestion;
  readonly answers: SystemAnswers;
}

const systems = [
  ['words', 'BM25 alone'],
  ['meaning', 'dense alone'],
  ['fused', 'fused'],
  ['whole', 'fused + concepts + filters'],
] as const;

/** nDCG@10 of each system on a half, over the questions that something answers. */
export function rankingFigures(engine: string, half: 'tuning' | 'report', asked: readonly AskedQuestion[]): Figure[] {
  const answerable = asked.filter(({ question }) => question.half === half && !question.unanswerable);
  const scores = (system: keyof SystemAnswers): number[] =>
    answerable.map(({ question, answers }) => ndcgAt10(answers[system], question.judgements));
  const figures = systems.map(([system, name]) => ({
    name: `${engine} ${half}: ${name} (${answerable.length} questions)`,
    value: round(mean(scores(system)), 4),
    unit: 'nDCG@10',
  }));
  const best = Math.max(mean(scores('words')), mean(scores('meaning')));
  const single = mean(scores('words')) > mean(scores('meaning')) ? scores('words') : scores('meaning');
  const gain = (a: number[], b: number[], name: string): Figure[] => {
    const [low, high] = pairedInterval(a, b);
    const value = round(mean(a) - mean(b), 4);
    return [
      judged({ name: `${engine} ${half}: ${name}`, value, unit: 'nDCG@10' }, { atLeast: 0 }),
      { name: `${engine} ${half}: ${name}, 95 % interval`, value: round(low, 4), unit: `to ${round(high, 4)}` },
    ];
  };
  return [
    ...figures,
    ...gain(scores('fused'), single, `fused minus best single (${round(best, 4)})`),
    ...gain(scores('whole'), scores('fused'), 'whole minus fused'),
    {
      name: `${engine} ${half}: whole, first relevant`,
      value: round(
        mean(answerable.map(({ question, answers }) => reciprocalRank(answers.whole, question.judgements))),
        4,
      ),
      unit: 'MRR',
    },
  ];
}

/** nDCG@10 of the catalog's search by shape of question. */
export function shapeFigures(engine: string, half: 'tuning' | 'report', asked: readonly AskedQuestion[]): Figure[] {
  const answerable = asked.filter(({ question }) => question.half === half && !question.unanswerable);
  return [...Map.groupBy(answerable, ({ question }) => question.shape)].map(([shape, group]) => ({
    name: `${engine} ${half}: whole, ${shape} (${group.length})`,
    value: round(mean(group.map(({ question, answers }) => ndcgAt10(answers.whole, question.judgements))), 4),
    unit: 'nDCG@10',
    rival: 'BM25 alone',
    rivalValue: round(mean(group.map(({ question, answers }) => ndcgAt10(answers.words, question.judgements))), 4),
  }));
}

/** How often an empty answer is right, and how many of the unanswerable get one. */
export function abstentionFigures(
  engine: string,
  half: 'tuning' | 'report',
  asked: readonly AskedQuestion[],
): Figure[] {
  const ofHalf = asked.filter(({ question }) => question.half === half);
  const empty = ofHalf.filter(({ answers }) => answers.whole.length === 0);
  const right = empty.filter(({ question }) => question.unanswerable);
  const unanswerable = ofHalf.filter(({ question }) => question.unanswerable);
  return [
    {
      name: `${engine} ${half}: abstention precision (${empty.length} empty answers)`,
      value: round(right.length / Math.max(1, empty.length), 3),
      unit: 'share',
    },
    {
      name: `${engine} ${half}: abstention recall (${unanswerable.length} unanswerable)`,
      value: round(right.length / Math.max(1, unanswerable.length), 3),
      unit: 'share',
    },
  ];
}
