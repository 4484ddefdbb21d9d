import { sentencePairs } from './check-encoder.ts';
import type { Reranker } from './ports.ts';

/** What a cross-encoder did with known sentences. */
export interface RerankerCheck {
  readonly reranker: string;
  /** Seconds until the first score, loading included. */
  readonly loadS: number;
  /** Pairs of short sentences per second. */
  readonly pairsPerS: number;
  /** Sentences whose paraphrase scores highest among all paraphrases, of `sentences`. */
  readonly partnersFound: number;
  readonly sentences: number;
  /** False for scores that are no numbers, or fewer than half of the partners found. */
  readonly sound: boolean;
}

/**
 * Lets a cross-encoder find each sentence's paraphrase among all.
 * @param now - milliseconds that only rise
 */
export async function checkReranker(reranker: Reranker, now: () => number): Promise<RerankerCheck> {
  const answers = sentencePairs.map(([, answer]) => answer);
  const started = now();
  await reranker.score('probe', ['probe']);
  const loaded = now();
  const scores: (readonly number[])[] = [];
  for (const [question] of sentencePairs) scores.push(await reranker.score(question, answers));
  const seconds = (now() - loaded) / 1000;
  const partnersFound = scores.filter((row, index) => row.indexOf(Math.max(...row)) === index).length;
  return {
    reranker: reranker.name,
    loadS: (loaded - started) / 1000,
    pairsPerS: answers.length ** 2 / seconds,
    partnersFound,
    sentences: answers.length,
    sound: scores.flat().every(Number.isFinite) && partnersFound * 2 >= answers.length,
  };
}
