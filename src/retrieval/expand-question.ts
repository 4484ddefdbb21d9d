import { analyzeText } from './analyze-text.ts';

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
    const members = group.map(mainTerms).filter((member) => member.length > 0);
    if (!members.some((member) => containsRun(asked, member))) continue;
    for (const member of members) {
      if (member.length === 1) terms.add(member[0] ?? '');
      else phrases.set(member.join(' '), member);
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
