import { InvalidInputError } from '../kernel/errors.ts';
import type { ProposedField, ProposedFieldName } from './discovery-model.ts';
import type { Article } from './stored-article.ts';

/** Fields as a dataset record has them (`mia ingest records`); a count says which paper counted. */
export function proposedRecord(
  fields: readonly ProposedField[],
  articles: ReadonlyMap<string, Article>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    fields.flatMap(({ name, value, evidence }) => {
      if (name === 'url') return [['url', value]];
      if (name !== 'subjectCount') return recordValue(name, value);
      const article = articles.get(evidence[0]?.articleId ?? '');
      const count = {
        measure: 'SUBJECTS',
        value,
        source: sourceName(article),
        confirmed: false,
        note: evidence[0]?.text.slice(0, 2_000),
      };
      return [['counts', [count]]];
    }),
  );
}

/**
 * A field of a candidate as the field of a record that it is.
 * @throws InvalidInputError where the value is not what the field takes
 */
export function recordValue(name: ProposedFieldName, value: unknown): readonly (readonly [string, unknown])[] {
  switch (name) {
    case 'identifiers':
      return [['identifiers', listOf(name, value).map(identifierOf)]];
    case 'modalities':
    case 'conditions':
      return [[name, listOf(name, value)]];
    case 'subjectCount': {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) return refuse(name, 'a whole number');
      return [['counts', [{ measure: 'SUBJECTS', value, source: 'steward' }]]];
    }
    case 'url':
      return [['landingPage', textOf(name, value)]];
    default:
      return [[name, textOf(name, value)]];
  }
}

function sourceName(article: Article | undefined): string {
  if (article?.doi !== undefined) return `doi:${article.doi}`.slice(0, 500);
  return article?.pmid === undefined ? (article?.pmcid ?? 'paper') : `PMID ${article.pmid}`;
}

function textOf(name: string, value: unknown): string {
  return typeof value === 'string' && value.trim() !== '' ? value : refuse(name, 'a text');
}

function listOf(name: string, value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(name, 'a list');
}

function refuse(name: string, wanted: string): never {
  throw new InvalidInputError(`fields: the value of ${name} must be ${wanted}.`, { fields: ['fields'] });
}

/** `doi:10.1/x` and `geo:GSE1` as scheme and value. */
function identifierOf(identifier: unknown): unknown {
  if (typeof identifier !== 'string') return identifier;
  const [, scheme = '', value = ''] = /^([A-Za-z][\w-]*):(?!\/\/)(.+)$/.exec(identifier) ?? [];
  if (scheme === '') return identifier;
  if (scheme.toLowerCase() === 'doi') return { scheme: 'DOI', value, iri: `https://doi.org/${value}` };
  return { scheme: scheme.toUpperCase(), value };
}
