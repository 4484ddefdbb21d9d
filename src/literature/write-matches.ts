import { csvCell } from '../kernel/csv-cell.ts';
import type { ArticleRecord } from './model.ts';
import type { QuestionMatch } from './question.ts';
import type { Article } from './stored-article.ts';

/** A match with its article. */
export interface MatchRow {
  readonly match: QuestionMatch;
  readonly article: Article;
}

const head = ['pmid', 'pmcid', 'doi', 'title', 'journal', 'year', 'score', 'verdict', 'matchedAt'];

/** Matches as comma-separated values (RFC 4180) with a head line. */
export function writeMatchesCsv(rows: readonly MatchRow[]): string {
  const lines = rows.map(({ match, article }) => [
    article.pmid ?? '',
    article.pmcid ?? '',
    article.doi ?? '',
    article.title,
    article.journal ?? '',
    article.year === undefined ? '' : String(article.year),
    match.score.toFixed(3),
    match.verdict ?? '',
    match.matchedAt.toISOString(),
  ]);
  return [head, ...lines].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

/** Matches in RIS, which reference managers read: a line per field, `TAG  - value`, and `ER  - ` at the end of each record. */
export function writeMatchesRis(rows: readonly (MatchRow & { readonly record: ArticleRecord | undefined })[]): string {
  return rows
    .map(({ article, record }) => `${risFields(article, record).map(risLine).join('')}ER  - \r\n`)
    .join('\r\n');
}

function risFields(
  article: Article,
  record: ArticleRecord | undefined,
): readonly (readonly [string, string | undefined])[] {
  const [year, month, day] = (article.published ?? '').split('-');
  const authors = (record?.authors ?? []).map(({ family, given }) =>
    given === undefined ? family : `${family}, ${given}`,
  );
  return [
    ['TY', 'JOUR'],
    ...authors.map((name) => ['AU', name] as const),
    ['TI', article.title],
    ['T2', article.journal],
    ['PY', article.year === undefined ? undefined : String(article.year)],
    ['DA', year === '' ? undefined : [year, month, day].filter((part) => part !== undefined).join('/')],
    ['AB', article.abstract],
    ['DO', article.doi],
    ['AN', article.pmid],
    ['C2', article.pmcid],
    ...article.keywords.map((word) => ['KW', word] as const),
    ...article.languages.slice(0, 1).map((language) => ['LA', language] as const),
    ['UR', article.pmid === undefined ? undefined : `https://pubmed.ncbi.nlm.nih.gov/${article.pmid}/`],
  ];
}

/** A value is one line: a break in it would begin another field. */
function risLine([tag, value]: readonly [string, string | undefined]): string {
  return value === undefined ? '' : `${tag}  - ${value.replaceAll(/\s+/g, ' ').trim()}\r\n`;
}
