import { analyzeText } from '../retrieval/index.ts';
import type { ArticleScores } from './ports.ts';

/**
 * How likely an article answers a question, from the similarity of its nearest passage and BM25 per word of the question (in units of the
 * rarest word): a logistic regression on the even half of PubMedQA's questions among its abstracts and SciFact's,
 * `bench/mining/calibrate-questions.ts`.
 * docs/literature.md has precision and recall on the odd half.
 */
export const calibration = { bias: -19.41, meaning: 22.24, words: 9.27, threshold: 0.5 } as const;

/** Rocchio's weights (Rocchio 1971; those of Salton and Buckley 1990): what the expert accepts draws, what they refuse repels. */
const rocchio = { accepted: 0.75, refused: 0.25 } as const;
/** Share of a question's words that terms of judged articles count. */
const termWeight = 0.3;
/** Terms taken from judged articles. */
const mostTerms = 12;

/** A judged article: the text and the vector of its whole. */
export interface JudgedArticle {
  readonly text: string;
  readonly vector: Float32Array | undefined;
}

/** A question with what its expert said of articles. */
export interface QuestionModel {
  /** Compared by meaning: not of unit length, since likeness to it is a weighted sum; undefined without an encoder. */
  readonly vector: Float32Array | undefined;
  /** Length of the vector: a cosine times it is the weighted sum. */
  readonly length: number;
  readonly text: string;
  /** Different words of the text. */
  readonly wordCount: number;
  /** Articles in the index: BM25 of a word grows with the logarithm of it. */
  readonly corpusSize: number;
  /** Terms that accepted articles share and refused ones lack, and the other way round. */
  readonly towards: string;
  readonly away: string;
}

/** Turns a question and the expert's word into what articles are compared with. */
export function modelQuestion(
  text: string,
  vector: Float32Array | undefined,
  {
    accepted,
    refused,
    corpusSize,
  }: {
    readonly accepted: readonly JudgedArticle[];
    readonly refused: readonly JudgedArticle[];
    readonly corpusSize: number;
  },
): QuestionModel {
  const own = new Set(termsOf(text));
  const moved = vector && moveVector(vector, vectorsOf(accepted), vectorsOf(refused));
  return {
    vector: moved,
    length: moved === undefined ? 1 : Math.hypot(...moved),
    text,
    wordCount: Math.max(1, own.size),
    corpusSize,
    towards: tellingTerms(accepted, refused, own),
    away: tellingTerms(refused, accepted, own),
  };
}

/** What an article scores against the question, and against the terms of judged articles. */
export interface ComparedArticle {
  readonly own: ArticleScores;
  /** BM25 of the terms that draw and of those that repel. */
  readonly towards: number;
  readonly away: number;
}

/** How likely an article answers, from 0 to 1; undefined while its meaning is not known. */
export function likelihood(model: QuestionModel, { own, towards, away }: ComparedArticle): number | undefined {
  if (own.meaning === undefined) return undefined;
  const perWord = (score: number, terms: string): number => (terms === '' ? 0 : score / terms.split(' ').length);
  const words =
    wordsPerWord(own.words, model) +
    (termWeight * (perWord(towards, model.towards) - perWord(away, model.away))) / rarest(model);
  const { bias, meaning, words: weight } = calibration;
  return 1 / (1 + Math.exp(-(bias + meaning * own.meaning * model.length + weight * words)));
}

/** BM25 a word, as a share of what a word that one article has can come to: the same in a small corpus and a large one. */
export function wordsPerWord(
  words: number | undefined,
  model: Pick<QuestionModel, 'wordCount' | 'corpusSize'>,
): number {
  return (words ?? 0) / model.wordCount / rarest(model);
}

function rarest({ corpusSize }: Pick<QuestionModel, 'corpusSize'>): number {
  return Math.log(1 + Math.max(1, corpusSize));
}

function moveVector(
  question: Float32Array,
  accepted: readonly Float32Array[],
  refused: readonly Float32Array[],
): Float32Array {
  const towards = accepted.length === 0 ? 0 : rocchio.accepted;
  const away = refused.length === 0 ? 0 : rocchio.refused;
  const unit = toUnit(question);
  const [drawn, repelled] = [centre(accepted, unit.length), centre(refused, unit.length)];
  // Weights of 1 in all: what is as near as the question was keeps its likelihood.
  const sum = 1 + towards - away;
  return unit.map((value, at) => (value + towards * (drawn[at] ?? 0) - away * (repelled[at] ?? 0)) / sum);
}

function centre(vectors: readonly Float32Array[], length: number): Float32Array {
  const sum = new Float32Array(length);
  for (const vector of vectors.map(toUnit))
    for (const [at, value] of vector.entries()) sum[at] = (sum[at] ?? 0) + value;
  return sum.map((value) => value / Math.max(1, vectors.length));
}

function toUnit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

function vectorsOf(articles: readonly JudgedArticle[]): readonly Float32Array[] {
  return articles.flatMap(({ vector }) => vector ?? []);
}

/** Terms that at least half of some articles have and none of the others, the most frequent first, without those of the question. */
function tellingTerms(
  these: readonly JudgedArticle[],
  others: readonly JudgedArticle[],
  own: ReadonlySet<string>,
): string {
  const elsewhere = new Set(others.flatMap(({ text }) => termsOf(text)));
  const counts = new Map<string, { articles: number; times: number }>();
  for (const { text } of these) {
    const terms = termsOf(text);
    for (const term of terms) {
      const known = counts.get(term) ?? { articles: 0, times: 0 };
      counts.set(term, { ...known, times: known.times + 1 });
    }
    for (const term of new Set(terms)) {
      const known = counts.get(term);
      if (known !== undefined) counts.set(term, { ...known, articles: known.articles + 1 });
    }
  }
  return [...counts]
    .filter(
      ([term, { articles, times }]) =>
        term.length > 3 && times > 1 && !own.has(term) && !elsewhere.has(term) && 2 * articles >= these.length,
    )
    .sort(([a, x], [b, y]) => y.articles - x.articles || y.times - x.times || (a < b ? -1 : 1))
    .slice(0, mostTerms)
    .map(([term]) => term)
    .join(' ');
}

function termsOf(text: string): readonly string[] {
  return analyzeText(text).flatMap(({ terms }) => terms.slice(0, 1));
}
