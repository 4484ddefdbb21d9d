const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Ends that are no end of a sentence: "et al.", "vs.", "Fig.", an initial. */
const abbreviation =
  /(?:\b(?:et al|vs|cf|e\.g|i\.e|approx|ca|no|fig|figs|dr|prof|resp|eq|ref|refs|st)|\b\p{Lu})\.\s*$/iu;

/**
 * Sentences of an English text, trimmed, in order; they concatenate to the text but for space between them. Used as passages:
 * a question is often answered by one sentence of a text whose whole is about more.
 * @param minLength - shorter ones are joined to the one before
 */
export function splitSentences(text: string, minLength = 20): readonly string[] {
  const sentences: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    const last = sentences.at(-1);
    if (last !== undefined && (segment.trim().length < minLength || abbreviation.test(last)))
      sentences[sentences.length - 1] = last + segment;
    else sentences.push(segment);
  }
  return sentences.map((sentence) => sentence.trim()).filter((sentence) => sentence !== '');
}
