import type { ArticleId } from '../../src/kernel/ids.ts';
import { modelQuestion, wordsPerWord } from '../../src/literature/question-model.ts';
import { round } from '../judge-figure.ts';
import { type OpenCollections, openCollections } from './open-collections.ts';

/** How a question and an article compare, and whether the article answers. */
export interface ComparedPair {
  readonly question: number;
  readonly meaning: number;
  readonly words: number;
  readonly answers: boolean;
}

/** Weights of the likelihood that an article answers. */
export interface Weights {
  readonly bias: number;
  readonly meaning: number;
  readonly words: number;
}

/** What a threshold comes to. */
export interface ThresholdQuality {
  readonly precision: number;
  readonly recall: number;
  readonly matches: number;
}

const all = { kind: 'all', of: [] } as const;
const depth = 30;
const steps = 20_000;
const rate = 2;

/** Every PubMedQA question beside its nearest articles, by the index that serves questions. */
export async function comparePairs({ app, pubmedqa, documentOf }: OpenCollections): Promise<readonly ComparedPair[]> {
  const { index, articles } = app.literature;
  const corpusSize = await index.size();
  const pairs: ComparedPair[] = [];
  for (const [question, { text, judgements }] of pubmedqa.questions.entries()) {
    const [vector] = (await index.encode([text], 'query')) ?? [];
    const model = modelQuestion(text, vector, { accepted: [], refused: [], corpusSize });
    const near = await index.score({ among: undefined, text, vector, narrow: all, depth });
    const among: ArticleId[] = [...near.keys()];
    const scores = await index.score({ among, text, vector, narrow: all, depth: among.length });
    const heads = await articles.byIds(among);
    for (const [id, { words, meaning }] of scores) {
      if (meaning === undefined) continue;
      const answers = judgements.has(documentOf(heads.get(id)?.doi ?? ''));
      pairs.push({ question, meaning, words: wordsPerWord(words, model), answers });
    }
  }
  return pairs;
}

/** Logistic regression by plain gradient descent: three numbers need no more. */
export function fitWeights(pairs: readonly ComparedPair[]): Weights {
  let [bias, meaning, words] = [0, 0, 0];
  for (let step = 0; step < steps; step += 1) {
    let [b, m, w] = [0, 0, 0];
    for (const pair of pairs) {
      const error = likelihoodOf(pair, { bias, meaning, words }) - (pair.answers ? 1 : 0);
      b += error;
      m += error * pair.meaning;
      w += error * pair.words;
    }
    const scale = (rate * 10) / pairs.length;
    bias -= scale * b;
    meaning -= scale * m;
    words -= scale * w;
  }
  return { bias, meaning, words };
}

/** Likelihood of one pair. */
export function likelihoodOf({ meaning, words }: ComparedPair, weights: Weights): number {
  return 1 / (1 + Math.exp(-(weights.bias + weights.meaning * meaning + weights.words * words)));
}

/** Precision and recall of all pairs at least as likely as a threshold. */
export function qualityAt(
  pairs: readonly ComparedPair[],
  weights: Weights,
  { threshold, questions }: { readonly threshold: number; readonly questions: number },
): ThresholdQuality {
  const matches = pairs.filter((pair) => likelihoodOf(pair, weights) >= threshold);
  const right = matches.filter(({ answers }) => answers).length;
  return { precision: right / Math.max(1, matches.length), recall: right / questions, matches: matches.length };
}

/**
 * Prints weights fitted on PubMedQA's even questions, and precision and recall of thresholds on that half and on the odd ones: how
 * `src/literature/question-model.ts` was calibrated.
 *
 *     node bench/mining/calibrate-questions.ts
 */
async function main(): Promise<void> {
  const open = await openCollections(!process.argv.includes('--without-distractors'));
  try {
    const pairs = await comparePairs(open);
    const half = (odd: number): readonly ComparedPair[] => pairs.filter(({ question }) => question % 2 === odd);
    const weights = fitWeights(half(0));
    const right = half(0).filter(({ answers }) => answers);
    const least = right.map(({ words }) => words).sort((a, b) => a - b)[Math.floor(right.length / 100)];
    process.stdout.write(`${JSON.stringify({ ...weights, pairs: pairs.length, wordsOfFirstPercent: least })}\n`);
    for (let threshold = 0.05; threshold < 1; threshold += 0.05) {
      const [fitted, held] = [0, 1].map((odd) =>
        qualityAt(half(odd), weights, { threshold, questions: open.pubmedqa.questions.length / 2 }),
      );
      const show = (quality: ThresholdQuality | undefined): string =>
        quality === undefined ? '' : `P ${round(quality.precision, 3)} R ${round(quality.recall, 3)}`;
      process.stdout.write(`${threshold.toFixed(2)}  fitted ${show(fitted)}  held out ${show(held)}\n`);
    }
  } finally {
    await open.close();
  }
}

if (import.meta.main) await main();
