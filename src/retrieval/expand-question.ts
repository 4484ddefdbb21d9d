import { analyzeText, indexedTerms } from './analyze-text.ts';

/** A question as terms: any of them may match; phrases are runs of terms that stand side by side. */
export interface ExpandedQuestion {
  readonly terms: readonly string[];
  readonly phrases: readonly (readonly string[])[];
}

/**
 * Analyses a question and adds what the synonyms say: where one member of a group stands in the question, the others are looked
 * for too.
 */
export function expandQuestion(text: string, synonyms: readonly (readonly string[])[]): ExpandedQuestion {
  const asked = mainTerms(text);
  const terms = new Set(analyzeText(text).flatMap((word) => word.terms));
  const phrases = new Map<string, readonly string[]>();
  for (const group of synonyms) {
    const members = group.map((member) => ({ member, run: mainTerms(member) })).filter(({ run }) => run.length > 0);
    if (!members.some(({ run }) => containsRun(asked, run))) continue;
    for (const { member, run } of members) {
      const [only] = run;
      if (run.length === 1 && only !== undefined) terms.add(only);
      // All terms of a compound stand in the index, so they belong to its phrase too.
      else phrases.set(run.join(' '), indexedTerms(member).split(' '));
    }
  }
  return { terms: [...terms], phrases: [...phrases.values()] };
}

function mainTerms(text: string): readonly string[] {
  return analyzeText(text).map((word) => word.terms[0] ?? '');
}

function containsRun(words: readonly string[], run: readonly string[]): boolean {
  return words.some((_, at) => run.every((term, offset) => words[at + offset] === term));
}
