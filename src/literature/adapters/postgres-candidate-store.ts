import type { DataSource, EntityManager } from 'typeorm';
import type { AuditEntry } from '../../access/index.ts';
import type { RecordStore } from '../../catalog/index.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import type { CandidateId } from '../../kernel/ids.ts';
import { emptyPage, type Page, type PageRequest } from '../../kernel/page.ts';
import type { Candidate, ClusterInput, Proposal } from '../discovery-model.ts';
import type { CandidateStore, CandidateWhere, HeldCandidate } from '../discovery-ports.ts';
import { candidateColumns, toCandidate } from './candidate-rows.ts';
import { connectedWith } from './connected-mentions.ts';
import { tryLock } from './locks.ts';
import { linkDecided, saveProposals } from './save-proposals.ts';

/** What decisions are written with, in the transaction of the candidate. */
export interface DecidingParts {
  readonly appendAudit: (tx: EntityManager, entry: AuditEntry) => Promise<void>;
  readonly recordsIn: (tx: EntityManager) => RecordStore;
}

/** Candidates in PostgreSQL. */
export class PostgresCandidateStore implements CandidateStore {
  readonly #db: DataSource;
  readonly #parts: DecidingParts;

  constructor(db: DataSource, parts: DecidingParts) {
    this.#db = db;
    this.#parts = parts;
  }

  async list(where: CandidateWhere, { first, after }: PageRequest): Promise<Page<Candidate>> {
    if (first === 0) return emptyPage;
    const { condition, values } = conditionOf(where);
    const [score, id] = after ?? [null, null];
    const at = values.length;
    const rows: unknown[] = await this.#db.query(
      `SELECT ${candidateColumns} FROM dataset_candidate c WHERE ${condition}
         AND ($${at + 1}::double precision IS NULL OR c.score < $${at + 1} OR (c.score = $${at + 1} AND c.id > $${at + 2}::uuid))
       ORDER BY c.score DESC, c.id LIMIT $${at + 3}`,
      [...values, score, id, first + 1],
    );
    const items = rows.slice(0, first).map(toCandidate);
    return {
      items,
      keyAt: (index) => {
        const item = items[index];
        return item === undefined ? [] : [item.score, item.id];
      },
      hasNextPage: rows.length > first,
      hasPreviousPage: after !== undefined,
    };
  }

  async count(where: CandidateWhere): Promise<number> {
    const { condition, values } = conditionOf(where);
    const rows: { count: number }[] = await this.#db.query(
      `SELECT count(*)::integer AS count FROM dataset_candidate c WHERE ${condition}`,
      values,
    );
    return rows[0]?.count ?? 0;
  }

  async byIds(ids: readonly CandidateId[]): Promise<readonly Candidate[]> {
    const rows: unknown[] = await this.#db.query(
      `SELECT ${candidateColumns} FROM dataset_candidate c WHERE c.id = ANY($1::uuid[])`,
      [ids],
    );
    return rows.map(toCandidate);
  }

  async next(
    limit: number,
    propose: (connected: readonly ClusterInput[]) => Promise<readonly Proposal[]>,
  ): Promise<number | undefined> {
    return await this.#db.transaction(async (tx) => {
      if (!(await tryLock(tx, 'candidates'))) return undefined;
      const due: { key: string }[] = await tx.query('SELECT key FROM candidate_key_due ORDER BY key LIMIT $1', [limit]);
      const keys = due.map(({ key }) => key);
      if (keys.length === 0) return 0;
      const connected = await connectedWith(tx, keys);
      await saveProposals(tx, [...new Set([...keys, ...connected.keys])], await propose(connected.inputs));
      await tx.query('DELETE FROM candidate_key_due WHERE key = ANY($1::text[])', [keys]);
      return keys.length;
    });
  }

  async hold<T>(id: CandidateId, work: (held: HeldCandidate) => Promise<T>): Promise<T> {
    return await this.#db.transaction(async (tx) => {
      // The lock before the look: who waited for another's decision sees it.
      await tx.query('SELECT 1 FROM dataset_candidate WHERE id = $1 FOR UPDATE', [id]);
      const rows: unknown[] = await tx.query(`SELECT ${candidateColumns} FROM dataset_candidate c WHERE c.id = $1`, [
        id,
      ]);
      const [candidate] = rows.map(toCandidate);
      if (candidate === undefined)
        throw new NotFoundError('There is no candidate of this id: give the `id` of one of `candidates`.');
      return await work({
        candidate,
        records: this.#parts.recordsIn(tx),
        decide: async ({ state, datasetId, reason, decidedBy, detail }) => {
          await tx.query(
            `UPDATE dataset_candidate SET state = $2, dataset_id = $3, reason = $4, decided_by = $5, decided_at = now(),
               detail = $6::jsonb, version = version + 1, updated_at = now() WHERE id = $1`,
            [id, state, datasetId ?? null, reason ?? null, decidedBy, JSON.stringify(detail)],
          );
          await linkDecided(tx, id);
        },
        audit: async (entry) => await this.#parts.appendAudit(tx, entry),
      });
    });
  }

  async *decisions(): AsyncIterable<{ readonly candidate: Candidate; readonly detail: unknown }> {
    let after: readonly [Date, string] | undefined;
    for (;;) {
      const rows: { detail: unknown }[] = await this.#db.query(
        `SELECT ${candidateColumns}, c.detail FROM dataset_candidate c WHERE c.state <> 'OPEN'
           AND ($1::timestamptz IS NULL OR (date_trunc('milliseconds', c.decided_at), c.id) > ($1, $2::uuid))
         ORDER BY date_trunc('milliseconds', c.decided_at), c.id LIMIT 200`,
        [after?.[0] ?? null, after?.[1] ?? null],
      );
      for (const row of rows) {
        const candidate = toCandidate(row);
        after = [candidate.decidedAt ?? candidate.updatedAt, candidate.id];
        yield { candidate, detail: row.detail };
      }
      if (rows.length < 200) return;
    }
  }
}

function conditionOf({ state, text, minScore, minArticles }: CandidateWhere): {
  readonly condition: string;
  readonly values: readonly unknown[];
} {
  const values: unknown[] = [];
  const tests: string[] = ['true'];
  const test = (sql: (parameter: string) => string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    tests.push(sql(`$${values.length}`));
  };
  test((p) => `c.state = ${p}`, state);
  test((p) => `c.score >= ${p}::double precision`, minScore);
  test((p) => `c.article_count >= ${p}::integer`, minArticles);
  test(
    (p) => `(c.title ILIKE ${p} OR c.acronym ILIKE ${p}
      OR EXISTS (SELECT 1 FROM candidate_alias a WHERE a.candidate_id = c.id AND a.alias ILIKE ${p}))`,
    text === undefined
      ? undefined
      : `%${text
          .replaceAll('\0', '')
          .toWellFormed()
          .replace(/[\\%_]/g, '\\$&')}%`,
  );
  return { condition: tests.join(' AND '), values };
}
