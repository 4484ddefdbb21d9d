import type { Abbreviation } from './find-abbreviations.ts';
import type { Finding } from './finding.ts';
import { dataTrigger } from './data-nouns.ts';
import { isName } from './find-cued-names.ts';
import { bareName, nameKey } from './name-forms.ts';
import type { NameModel } from './ports.ts';
import type { PreparedText } from './prepare-text.ts';
import { tagNames } from './tag-names.ts';
import { tokenize } from './tokenize.ts';

/** A margin in hundredths of an update; learned marks below it are as often wrong as right outside the sentences they were learned from. */
const sureMargin = 400;

/** Names that the trained tagger marks, in sentences that speak of data at all. */
export function findTaggedNames(
  prepared: PreparedText,
  abbreviations: readonly Abbreviation[],
  model: NameModel,
): Finding[] {
  const long = new Map(abbreviations.map((abbreviation) => [abbreviation.short, abbreviation.long]));
  return prepared.sentences.flatMap((sentence) => {
    const end = Math.min(sentence.end, sentence.start + 3000);
    if (!dataTrigger.test(prepared.text.slice(sentence.start, end))) return [];
    const tokens = tokenize(prepared.text, { start: sentence.start, end });
    return tagNames(tokens, model).flatMap(({ first, last, margin }): Finding[] => {
      const [from, to] = [tokens[first], tokens[last]];
      if (from === undefined || to === undefined) return [];
      const name = bareName(prepared.text.slice(from.start, to.end).replace(/ ?\([^()]*\)/g, ''));
      if (!isName(name)) return [];
      const full = long.get(name) ?? name;
      const acronym = full === name ? {} : { acronym: name };
      const confidence = margin >= sureMargin ? 0.75 : 0.6;
      return [{ start: from.start, end: to.end, kind: 'NAME', key: nameKey(full), name: full, ...acronym, rule: 'tagger', confidence }];
    });
  });
}
