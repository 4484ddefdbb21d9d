import { articleText } from '../../src/literature/index.ts';
import type { UsePair } from './role-examples.ts';
import type { TrainingTexts } from './train-models.ts';

/**
 * The rules that the miner is measured against: a dataset's title, alias or acronym stands in the text, whatever the text says of
 * it; and the same under a heading of methods, participants or data, or five times.
 */
export function plainMentions(
  texts: TrainingTexts,
  pairs: readonly UsePair[],
): { readonly any: ReadonlySet<UsePair>; readonly bySection: ReadonlySet<UsePair> } {
  const any = new Set<UsePair>();
  const bySection = new Set<UsePair>();
  const forms = new Map(
    texts.gazetteer.entries.map(({ key, title, aliases, acronyms }) => [
      key,
      [title.replace(/ \(.*\)/, ''), ...aliases, ...acronyms].map(
        (form) => new RegExp(`(?<![\\p{L}\\p{N}])${escaped(form)}(?![\\p{L}\\p{N}])`, 'gu'),
      ),
    ]),
  );
  const articles = new Map(texts.tracked.map(({ document }) => [document.id, articleText(document.article)]));
  for (const pair of pairs) {
    const text = articles.get(pair.paper) ?? '';
    const places = (forms.get(pair.entry) ?? []).flatMap((form) => [...text.matchAll(form)].map(({ index }) => index));
    if (places.length > 0) any.add(pair);
    if (places.length >= 5 || places.some((place) => /method|participant|data/i.test(headingBefore(text, place))))
      bySection.add(pair);
  }
  return { any, bySection };
}

function headingBefore(text: string, place: number): string {
  const start = text.lastIndexOf('\n#', place);
  return start < 0 ? '' : text.slice(start + 1, text.indexOf('\n', start + 1));
}

function escaped(form: string): string {
  return form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/['’]/g, "['’]");
}
