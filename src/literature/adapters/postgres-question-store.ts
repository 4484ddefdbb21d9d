import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import type { AuditEntry } from '../../access/index.ts';
import type { ArticleId, PrincipalId, QuestionId } from '../../kernel/ids.ts';
import type { Page, PageRequest } from '../../kernel/page.ts';
import type { ArticleWhere } from '../article-where.ts';
import type { LinkedArticles, MatchQuery, QuestionScope, QuestionStore, QuestionTransaction } from '../ports.ts';
import type { Question, QuestionMatch, Verdict } from '../question.ts';
import { visibleSql } from './question-scope-sql.ts';
import { questionTransaction } from './question-transaction.ts';

type AppendAudit = (tx: EntityManager, entry: AuditEntry) => Promise<void>;

const absent = <T>(value: T | null): T | undefined => value ?? undefined;
const number = z.number().nullable().transform(absent);
const text = z.string().nullable().transform(absent);

const columns = `q.id, q.owner_id AS "ownerId", p.name AS owner, q.text, q.notes, q.shared, q.filter AS "where", q.version,
  q.linked_revision AS "linkedRevision", q.change_count AS "changeCount", q.created_at AS "createdAt", q.updated_at AS "updatedAt"`;
const questionRow = z.object({
  id: z.string().transform((id) => id as QuestionId),
  ownerId: z.string().transform((id) => id as PrincipalId),
  owner: z.string(),
  text: z.string(),
  notes: text,
  shared: z.boolean(),
  // It was a filter of the API when it was stored; what a later version does not know is refused when it is asked.
  where: z.custom<ArticleWhere>((value) => typeof value === 'object' && value !== null),
  version: z.number(),
  linkedRevision: number,
  createdAt: z.date(),
  updatedAt: z.date(),
});
const matchColumns = `m.article_id AS "articleId", m.number, m.score, m.words, m.meaning, m.passage,
  m.matched_at AS "matchedAt", m.verdict`;
const matchRow = z.object({
  articleId: z.string().transform((id) => id as ArticleId),
  number: z.number(),
  score: z.number(),
  words: number,
  meaning: number,
  passage: text,
  matchedAt: z.date(),
  verdict: z.enum(['YES', 'NO']).nullable().transform(absent),
});

/** Questions and their matches in PostgreSQL. */
export class PostgresQuestionStore implements QuestionStore {
  readonly #db: DataSource;
  readonly #append: AppendAudit;

  constructor(db: DataSource, append: AppendAudit) {
    this.#db = db;
    this.#append = append;
  }

  async byIds(ids: readonly QuestionId[], scope: QuestionScope): Promise<ReadonlyMap<QuestionId, Question>> {
    const visible = visibleSql(scope, 2);
    const rows: unknown[] = await this.#db.query(
      `SELECT ${columns} FROM question q JOIN principal p ON p.id = q.owner_id WHERE q.id = ANY($1::uuid[]) AND ${visible.sql}`,
      [ids, ...visible.values],
    );
    return new Map(rows.map(toQuestion).map((question) => [question.id, question]));
  }

  async list(scope: QuestionScope): Promise<readonly Question[]> {
    const visible = visibleSql(scope, 1);
    const rows: unknown[] = await this.#db.query(
      `SELECT ${columns} FROM question q JOIN principal p ON p.id = q.owner_id WHERE ${visible.sql}
       ORDER BY q.created_at DESC, q.id LIMIT 1000`,
      visible.values,
    );
    return rows.map(toQuestion);
  }

  async matches(id: QuestionId, query: MatchQuery, { first, after }: PageRequest): Promise<Page<QuestionMatch>> {
    const [score, article] = after ?? [];
    const rows: unknown[] = await this.#db.query(
      `SELECT ${matchColumns} FROM question_match m WHERE ${matchSql}
         AND ($4::double precision IS NULL OR (m.score, m.article_id) < ($4::double precision, $5::uuid))
       ORDER BY m.score DESC, m.article_id DESC LIMIT $6`,
      [id, query.newSince ?? null, query.refused, score ?? null, article ?? null, first + 1],
    );
    const matches = rows.map((row) => matchRow.parse(row));
    return {
      items: matches.slice(0, first),
      keyAt: (at) => [matches[at]?.score ?? 0, matches[at]?.articleId ?? ''],
      hasNextPage: matches.length > first,
      hasPreviousPage: after !== undefined,
    };
  }

  async countMatches(id: QuestionId, query: MatchQuery): Promise<number> {
    const rows: { n: number }[] = await this.#db.query(`SELECT count(*) AS n FROM question_match m WHERE ${matchSql}`, [
      id,
      query.newSince ?? null,
      query.refused,
    ]);
    return rows[0]?.n ?? 0;
  }

  async matchesAfter(id: QuestionId, after: number, limit: number): Promise<readonly QuestionMatch[]> {
    const rows: unknown[] = await this.#db.query(
      `SELECT ${matchColumns} FROM question_match m WHERE m.question_id = $1 AND m.number > $2 ORDER BY m.number LIMIT $3`,
      [id, after, limit],
    );
    return rows.map((row) => matchRow.parse(row));
  }

  async newestMatch(id: QuestionId): Promise<number> {
    const rows: { n: number }[] = await this.#db.query('SELECT match_count AS n FROM question WHERE id = $1', [id]);
    return rows[0]?.n ?? 0;
  }

  async judged(id: QuestionId): Promise<readonly { readonly articleId: ArticleId; readonly verdict: Verdict }[]> {
    return await this.#db.query(
      `SELECT m.article_id AS "articleId", m.verdict FROM question_match m
       WHERE m.question_id = $1 AND m.verdict IS NOT NULL ORDER BY m.judged_at, m.article_id`,
      [id],
    );
  }

  async behind(
    revision: number,
    limit: number,
  ): Promise<readonly { readonly question: Question; readonly changeCount: number }[]> {
    const rows: { changeCount: number }[] = await this.#db.query(
      `SELECT ${columns} FROM question q JOIN principal p ON p.id = q.owner_id
       WHERE q.linked_revision IS NULL OR q.linked_revision < $1
       ORDER BY q.linked_revision NULLS FIRST, q.id LIMIT $2`,
      [revision, limit],
    );
    return rows.map((row) => ({ question: toQuestion(row), changeCount: row.changeCount }));
  }

  async link({ question, changeCount, compared, matching, revision }: LinkedArticles): Promise<number> {
    return await this.#db.transaction(async (tx) => {
      const [held]: { changeCount: number; matchCount: number }[] = await tx.query(
        'SELECT change_count AS "changeCount", match_count AS "matchCount" FROM question WHERE id = $1 FOR UPDATE',
        [question.id],
      );
      if (held?.changeCount !== changeCount) return 0;
      await tx.query(
        `DELETE FROM question_match WHERE question_id = $1 AND verdict IS NULL AND ($2::uuid[] IS NULL OR article_id = ANY($2::uuid[]))
           AND NOT article_id = ANY($3::uuid[])`,
        [question.id, compared ?? null, matching.map(({ articleId }) => articleId)],
      );
      // Some may have been withdrawn since they were compared.
      const rows: { isNew: boolean }[] = await tx.query(
        `INSERT INTO question_match AS m (question_id, article_id, number, score, words, meaning, passage)
         SELECT $1, r.article_id, $2::bigint + row_number() OVER (ORDER BY r.score DESC, r.article_id), r.score, r.words, r.meaning, r.passage
         FROM jsonb_to_recordset($3::jsonb)
           AS r(article_id uuid, score double precision, words double precision, meaning double precision, passage text)
         WHERE EXISTS (SELECT 1 FROM article a WHERE a.id = r.article_id)
         ON CONFLICT (question_id, article_id) DO UPDATE SET score = excluded.score, words = excluded.words,
           meaning = excluded.meaning, passage = excluded.passage
         RETURNING m.number > $2::bigint AS "isNew"`,
        [
          question.id,
          held.matchCount,
          JSON.stringify(matching.map(({ articleId, ...rest }) => ({ article_id: articleId, ...rest }))),
        ],
      );
      await tx.query('UPDATE question SET linked_revision = $2, match_count = match_count + $3 WHERE id = $1', [
        question.id,
        revision,
        matching.length,
      ]);
      return rows.filter(({ isNew }) => isNew).length;
    });
  }

  async transaction<T>(work: (tx: QuestionTransaction) => Promise<T>): Promise<T> {
    return await this.#db.transaction(async (tx) => await work(questionTransaction(tx, this.#append)));
  }
}

const matchSql = `m.question_id = $1 AND ($2::timestamptz IS NULL OR m.matched_at > $2)
  AND ($3::boolean OR m.verdict IS DISTINCT FROM 'NO')`;

function toQuestion(row: unknown): Question {
  return { __typename: 'Question', ...questionRow.parse(row) };
}
