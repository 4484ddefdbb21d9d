import { dataTrigger } from './data-nouns.ts';
import type { Abbreviation } from './find-abbreviations.ts';
import { isName } from './find-cued-names.ts';
import type { Finding } from './finding.ts';
import { bareName, nameKey } from './name-forms.ts';
import type { NameModel } from './ports.ts';
import type { PreparedText } from './prepare-text.ts';
import { tagNames } from './tag-names.ts';
import { type Token, tokenize } from './tokenize.ts';

/** A margin in hundredths of an update; learned marks below it are as often wrong as right outside the sentences they were learned from. */
const sureMargin = 400;

/** "ADNI, OASIS and SALD datasets" are three: parts of a coordination whose noun is in the plural, the noun with the last one. */
function coordinated(tokens: readonly Token[]): Token[][] {
  while (tokens.length > 0 && !/[\p{L}\p{N}]/u.test(tokens[0]?.text ?? '')) tokens = tokens.slice(1);
  if (!/^(?:datasets|sets|databases|corpora|cohorts|benchmarks|collections)$/.test(tokens.at(-1)?.lower ?? ''))
    return [[...tokens]];
  const parts: Token[][] = [[]];
  for (const token of tokens)
    if (/^(?:,|and|or|&)$/.test(token.lower)) parts.push([]);
    else parts.at(-1)?.push(token);
  return parts.every((part) => part.some(({ text }) => /\p{Lu}|\d/u.test(text))) ? parts : [[...tokens]];
}

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
      const parts = coordinated(tokens.slice(first, last + 1));
      return parts.flatMap((part) => {
        const [from, to] = [part[0], part.at(-1)];
        if (from === undefined || to === undefined) return [];
        const name = bareName(prepared.text.slice(from.start, to.end).replace(/ ?\([^()]*\)/g, ''));
        if (!isName(name)) return [];
        const full = long.get(name) ?? name;
        if (!isName(full)) return [];
        const bracketed = /\(([\w.&/+-]{2,12})\)/.exec(prepared.text.slice(from.start, to.end))?.[1];
        const short = full === name ? bracketed : name;
        const acronym = short === undefined ? {} : { acronym: short };
        // A noun of data in the name, or a wide margin: programs and methods look like datasets to the tagger, too.
        const sure = margin >= sureMargin && part.some(({ lower }) => dataTrigger.test(lower));
        const confidence = sure ? 0.75 : 0.6;
        return [
          {
            start: from.start,
            end: to.end,
            kind: 'NAME',
            key: nameKey(full),
            name: full,
            ...acronym,
            rule: 'tagger',
            confidence,
          },
        ];
      });
    });
  });
}
