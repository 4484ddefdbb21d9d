import type { Dataset } from '../catalog/index.ts';
import { analyzeText, splitSentences } from '../retrieval/index.ts';
import type { Evidence, PaperSentence, RankedDataset } from './ports.ts';

const mostSentences = 3;

/**
 * Sentences of a record that answer, best first, each word for word: offsets are code points of the description. What does not stand
 * there is not given.
 * @param asked - terms that a sentence should hold
 */
export function recordEvidence(
  { title, description }: Dataset,
  asked: ReadonlySet<string>,
  hit: Pick<RankedDataset, 'passage' | 'named'>,
): readonly Evidence[] {
  const shareOf = (text: string): number => {
    const held = new Set(analyzeText(text).flatMap(({ terms }) => terms));
    return asked.size === 0 ? 0 : [...asked].filter((term) => held.has(term)).length / Math.min(asked.size, 6);
  };
  const sentences: Evidence[] = [];
  let from = 0;
  for (const text of splitSentences(description)) {
    const at = description.indexOf(text, from);
    if (at < 0) continue;
    from = at + text.length;
    const near = hit.passage?.text === text ? hit.passage.score : 0;
    const start = codePoints(description.slice(0, at));
    sentences.push({
      text,
      source: 'DESCRIPTION',
      start,
      end: start + codePoints(text),
      score: Number(Math.min(1, Math.max(shareOf(text), near)).toFixed(3)),
    });
  }
  const titled: Evidence = {
    text: title,
    source: 'TITLE',
    start: 0,
    end: codePoints(title),
    score: Number(Math.min(1, hit.named ? 1 : shareOf(title)).toFixed(3)),
  };
  const found = [titled, ...sentences].filter(({ score }) => (score ?? 0) > 0);
  // A question that is all numbers and access has no words: what the dataset is says its first sentence.
  return (found.length === 0 ? sentences.slice(0, 1) : found)
    .sort((a, b) => (b.score ?? 0) - (a.score ?? 0) || (a.start ?? 0) - (b.start ?? 0))
    .slice(0, mostSentences);
}

/** A sentence of a paper as evidence. */
export function fromPaper({
  articleId,
  section,
  start,
  end,
  text,
  matchStart,
  matchEnd,
  score,
}: PaperSentence): Evidence {
  return { text, source: 'ARTICLE', start, end, score, articleId, section, matchStart, matchEnd };
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
