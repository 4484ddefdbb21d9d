import type { ArticleRecord } from './model.ts';

/** What one source says of an article. */
export interface SourcedArticle {
  /** `pubmed`, `europepmc`, `jats`, or a name of the caller's. */
  readonly source: string;
  readonly record: ArticleRecord;
}

/** Whose word on a field counts first: MEDLINE's are curated. */
const precedence = ['pubmed', 'europepmc', 'jats'];
/** Whose full text is the fullest. */
const textPrecedence = ['jats', 'europepmc', 'pubmed'];

/**
 * What all sources of an article say, as one record. Per field the first source that says something wins; full text is that of the source
 * with the most of it; keywords and notices are those of all.
 * @param statements - at least one
 */
export function mergeArticles(statements: readonly [SourcedArticle, ...SourcedArticle[]]): ArticleRecord {
  const ordered = sorted(statements, precedence);
  const [first = statements[0].record, ...others] = ordered;
  if (others.length === 0) return first;
  const pick = <K extends keyof ArticleRecord>(field: K): ArticleRecord[K] =>
    ordered.map((record) => record[field]).find(isSaid) ?? first[field];
  return {
    pmid: pick('pmid'),
    pmcid: pick('pmcid'),
    doi: pick('doi'),
    version: first.version,
    title: pick('title'),
    abstract: pick('abstract'),
    sections: fullest(statements),
    journal: pick('journal'),
    year: pick('year'),
    published: pick('published'),
    authors: pick('authors'),
    publicationTypes: pick('publicationTypes'),
    languages: pick('languages'),
    mesh: pick('mesh'),
    keywords: [...new Set(ordered.flatMap(({ keywords }) => keywords))],
    dataBanks: pick('dataBanks'),
    grants: pick('grants'),
    notices: uniqueBy(
      ordered.flatMap(({ notices }) => notices),
      ({ kind, pmid, citation }) => `${kind} ${pmid ?? citation ?? ''}`,
    ),
    references: ordered.map(({ references }) => references).reduce((a, b) => (b.length > a.length ? b : a), []),
    license: pick('license'),
  };
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
}

function fullest(statements: readonly SourcedArticle[]): ArticleRecord['sections'] {
  const length = ({ sections }: ArticleRecord): number => sections.reduce((sum, { text }) => sum + text.length, 0);
  const byFullness = sorted(statements, textPrecedence).toSorted((a, b) => length(b) - length(a));
  return byFullness[0]?.sections ?? [];
}

function sorted(statements: readonly SourcedArticle[], order: readonly string[]): readonly ArticleRecord[] {
  const rank = ({ source }: SourcedArticle): number => (order.includes(source) ? order.indexOf(source) : order.length);
  return statements.toSorted((a, b) => rank(a) - rank(b) || (a.source < b.source ? -1 : 1)).map(({ record }) => record);
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [key(item), item] as const)).values()];
}
