import type { DatasetWhere } from '../catalog/index.ts';
import type { Filter } from '../retrieval/index.ts';
import type { QuestionReading } from './understand-question.ts';

/** Something that an answer must be, with the words that ask for it. */
export interface Constraint {
  readonly field: string;
  readonly test: string;
  readonly words: string;
  /** The test by the database. */
  readonly where: DatasetWhere | undefined;
  /** The test by the index. */
  readonly narrow: Filter | undefined;
}

/**
 * All that a question asks of an answer. In a search a condition or a body part only ranks; an answer must have it: who asks for
 * thyroids is not answered with lungs.
 */
export function readConstraints({ filters, expansions }: QuestionReading): readonly Constraint[] {
  const byFilter = filters.map(
    ({ field, test, words, where, narrow }): Constraint => ({ field, test, words, where, narrow }),
  );
  const named = expansions.filter(({ term }) => term.kind !== 'MODALITY');
  const byTerm = [...Map.groupBy(named, ({ words }) => words)].map(
    ([words, same]): Constraint => ({
      field: same[0]?.term.kind === 'BODY_PART' ? 'bodyPart' : 'condition',
      test: `has ${[...new Set(same.map(({ term }) => term.label))].join(' or ')}`,
      words,
      where: undefined,
      narrow: { kind: 'anyOf', field: 'terms', values: same.map(({ term }) => term.key) },
    }),
  );
  return [...byFilter, ...byTerm];
}

/** The tests of the database among some constraints. */
export function wheresOf(constraints: readonly Constraint[]): readonly DatasetWhere[] {
  return constraints.flatMap(({ where }) => where ?? []);
}

/** The tests of the index among some constraints, as one. */
export function narrowOf(constraints: readonly Constraint[]): Filter {
  return { kind: 'all', of: constraints.flatMap(({ narrow }) => narrow ?? []) };
}

const dataNoun =
  '(?:cohort|data ?set|registry|study|collection|bio ?bank|database|data|trial|atlas|initiative|consortium|challenge)';

/** Words of a question that can only be somebody's name: mixed with capitals or digits, or said to be one. */
export function nameLikeWords(text: string, { filters, expansions }: QuestionReading): readonly string[] {
  const understood = [...filters, ...expansions].map(({ words }) => words.toLowerCase());
  const mixed = [
    ...text.matchAll(/(?<![\p{L}\p{N}/.-])[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*(?![\p{L}\p{N}/-]|\.\p{L})/gu),
  ].map(([word]) => word);
  const said = [
    ...text.matchAll(new RegExp(String.raw`(?<=\s)(\p{Lu}[\p{L}\p{N}-]{2,})(?=\s+${dataNoun}s?\b)`, 'gu')),
    ...text.matchAll(/\b(?:called|named)\s+["“]?([\p{L}\p{N}-]{3,})/giu),
  ].map(([, word = '']) => word);
  const isMixed = (word: string): boolean =>
    word.length > 3 && (/\p{Lu}.*\p{Lu}/u.test(word) || /\p{L}-?\d|\d\p{L}{2}/u.test(word));
  return [...new Set([...mixed.filter(isMixed), ...said])].filter(
    (word) =>
      !understood.some(
        (words) => words.split(/[\s,;]+/).includes(word.toLowerCase()) || words.includes(word.toLowerCase()),
      ),
  );
}
