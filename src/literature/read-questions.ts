import { setTimeout as delay } from 'node:timers/promises';
import { requireSignedIn } from '../access/index.ts';
import { type Connection, toConnection } from '../kernel/connection.ts';
import { exactly } from '../kernel/count.ts';
import { NotFoundError } from '../kernel/errors.ts';
import type { QuestionId } from '../kernel/ids.ts';
import { decodeCursor, pageSize } from '../kernel/page.ts';
import { type QuestionKeeper, questionIdIn, questionScopeOf } from './keep-questions.ts';
import type { ArticleReader, MatchQuery, QuestionStore } from './ports.ts';
import type { Question, QuestionMatch } from './question.ts';
import type { Article } from './stored-article.ts';
import { writeMatchesCsv, writeMatchesRis } from './write-matches.ts';

/** Any process may link, so matches are read from the database, this often. */
const pollMs = 500;
const matchesAtATime = 100;
const matchOrder = 'question-matches';

/** Questions that the caller sees, the newest first; none of a guest. */
export async function listQuestions({ principal, questions }: QuestionKeeper): Promise<readonly Question[]> {
  return principal.id === undefined ? [] : await questions.list(questionScopeOf(principal));
}

/**
 * Articles that answer a question the caller was given, best first.
 * @throws InvalidInputError for a page size or cursor that is none
 */
export async function listMatches(
  id: QuestionId,
  asked: MatchQuery & { readonly first: number; readonly after: string | undefined },
  questions: QuestionStore,
): Promise<Connection<QuestionMatch>> {
  const after = asked.after === undefined ? undefined : decodeCursor(matchOrder, ['number', 'uuid'], asked.after);
  const page = await questions.matches(id, asked, { first: pageSize(asked.first), ...(after && { after }) });
  return toConnection(matchOrder, page, async () => exactly(await questions.countMatches(id, asked), 'articles'));
}

/** Matches of a question as a file: comma-separated values, or RIS for a reference manager. */
export async function exportMatches(
  id: QuestionId,
  { format, first }: { readonly format: 'csv' | 'ris'; readonly first: number },
  { questions, articles }: { readonly questions: QuestionStore; readonly articles: ArticleReader },
): Promise<string> {
  const { items } = await questions.matches(id, { newSince: undefined, refused: false }, { first: pageSize(first) });
  const heads = await articles.byIds(items.map(({ articleId }) => articleId));
  const rows = items.flatMap((match) => {
    const article = heads.get(match.articleId);
    return article === undefined ? [] : [{ match, article }];
  });
  if (format === 'csv') return writeMatchesCsv(rows);
  const records = await articles.records(rows.map(({ article }) => article.id));
  return writeMatchesRis(rows.map((row) => ({ ...row, record: records.get(row.article.id) })));
}

/**
 * Articles that answer a question, as they are found from now on.
 * @throws UnauthenticatedError for guests, NotFoundError for a question the caller does not see, also when that comes about later
 */
export async function* followMatches(
  nodeId: string,
  keeper: QuestionKeeper & { readonly articles: ArticleReader; readonly signal: AbortSignal },
): AsyncGenerator<Article> {
  const { principal, questions, articles, signal } = keeper;
  requireSignedIn(principal);
  const id = questionIdIn(nodeId);
  const scope = questionScopeOf(principal);
  const look = async (): Promise<QuestionId> => {
    if (id === undefined || !(await questions.byIds([id], scope)).has(id))
      throw new NotFoundError('There is no such question, or it is not yours to read.', { fields: ['id'] });
    return id;
  };
  let seen = await questions.newestMatch(await look());
  while (!signal.aborted) {
    const matches = await questions.matchesAfter(await look(), seen, matchesAtATime);
    const heads = await articles.byIds(matches.map(({ articleId }) => articleId));
    for (const { articleId, number } of matches) {
      seen = number;
      const article = heads.get(articleId);
      if (article !== undefined) yield article;
    }
    if (matches.length < matchesAtATime) await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
}
