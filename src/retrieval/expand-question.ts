import { analyzeText } from './analyze-text.ts';

/** A question as terms: any of them may match; phrases are runs of terms that stand side by side. */
export interface ExpandedQuestion {
  readonly terms: readonly string[];
  readonly phrases: readonly (readonly string[])[];
  /** What the synonyms added, as written in them; for engines that analyse for themselves. */
  readonly addedWords: readonly string[];
  readonly addedPhrases: readonly string[];
}

/**
 * Analyses a question and adds what the synonyms say: where one member of a group stands in the question, the others are looked
 * for too.
 */
export function expandQuestion(text: string, synonyms: readonly (readonly string[])[]): ExpandedQuestion {
  const asked = mainTerms(text);
  const terms = new Set(analyzeText(text).flatMap((word) => word.terms));
  const phrases = new Map<string, readonly string[]>();
  const addedWords = new Set<string>();
  const addedPhrases = new Set<string>();
  for (const group of synonyms) {
    const members = group.map((member) => ({ member, run: mainTerms(member) })).filter(({ run }) => run.length > 0);
    if (!members.some(({ run }) => containsRun(asked, run))) continue;
    for (const { member, run } of members) {
      const [only] = run;
      if (run.length === 1 && only !== undefined) {
        if (!terms.has(only)) addedWords.add(member);
        terms.add(only);
      } else {
        phrases.set(run.join(' '), run);
        addedPhrases.add(member);
      }
    }
  }
  return {
    terms: [...terms],
    phrases: [...phrases.values()],
    addedWords: [...addedWords],
    addedPhrases: [...addedPhrases],
  };
}

function mainTerms(text: string): readonly string[] {
  return analyzeText(text).map((word) => word.terms[0] ?? '');
}

function containsRun(words: readonly string[], run: readonly string[]): boolean {
  return words.some((_, at) => run.every((term, offset) => words[at + offset] === term));
}
