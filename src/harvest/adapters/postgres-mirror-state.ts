import type { DataSource as Database, EntityManager } from 'typeorm';
import { z } from 'zod';
import { ConflictError } from '../../kernel/errors.ts';
import type { DatasetId } from '../../kernel/ids.ts';
import type { Lease, MirrorItem, MirrorItemHead, MirrorProject, MirrorShare, MirrorState } from '../ports.ts';

const itemRow = z
  .object({
    kind: z.enum(['SUBJECT', 'EXPERIMENT']),
    id: z.string(),
    project: z.string(),
    label: z.string(),
    subject_id: z.string().nullable(),
    session_id: z.string().nullable(),
    uid: z.string().nullable(),
    scans: z.number(),
    fingerprint: z.string(),
    detail: z.unknown(),
  })
  .transform(
    ({ subject_id: subjectId, session_id: sessionId, uid, ...row }): MirrorItem => ({
      ...row,
      ...(subjectId !== null && { subjectId }),
      ...(sessionId !== null && { sessionId }),
      ...(uid !== null && { uid }),
    }),
  );
const itemColumns = 'kind, id, project, label, subject_id, session_id, uid, scans, fingerprint, detail';
const headRow = z.object({
  kind: z.enum(['SUBJECT', 'EXPERIMENT']),
  id: z.string(),
  project: z.string(),
  fingerprint: z.string(),
  scans: z.number(),
});
const projectRow = z.object({
  id: z.string(),
  datasetId: z.string().transform((id) => id as DatasetId),
  accessibility: z.enum(['public', 'protected', 'private']),
  readable: z.boolean(),
  withheld: z.boolean(),
  detail: z.unknown(),
  dirty: z.boolean(),
});
const shareRow = z.object({
  kind: z.enum(['SUBJECT', 'EXPERIMENT']),
  id: z.string(),
  project: z.string(),
  label: z.string(),
});
const idLabelRow = z.object({ id: z.string(), label: z.string(), own: z.boolean() });

/** Memory of one source's mirror in PostgreSQL. */
export class PostgresMirrorState implements MirrorState {
  readonly #db: Database;
  readonly #lease: Lease;

  constructor(db: Database, lease: Lease) {
    this.#db = db;
    this.#lease = lease;
  }

  async projects(): Promise<readonly MirrorProject[]> {
    const rows: unknown[] = await this.#db.query(
      `SELECT id, dataset_id AS "datasetId", accessibility, readable, withheld, detail, dirty FROM mirror_project
       WHERE source_id = $1 ORDER BY id`,
      [this.#lease.sourceId],
    );
    return rows.map((row) => projectRow.parse(row));
  }

  async saveProject(project: MirrorProject): Promise<void> {
    const { id, datasetId, accessibility, readable, withheld, detail, dirty } = project;
    await this.#write(async (tx) => {
      await tx.query(
        `INSERT INTO mirror_project AS p (source_id, id, dataset_id, accessibility, readable, withheld, detail, dirty)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (source_id, id) DO UPDATE SET dataset_id = excluded.dataset_id, accessibility = excluded.accessibility,
           readable = excluded.readable, withheld = excluded.withheld, detail = excluded.detail, dirty = p.dirty OR excluded.dirty`,
        [this.#lease.sourceId, id, datasetId, accessibility, readable, withheld, JSON.stringify(detail), dirty],
      );
    });
  }

  async settle(ids: readonly string[], at: Date): Promise<void> {
    await this.#write(async (tx) => {
      await tx.query(
        `UPDATE mirror_project SET checked_at = CASE WHEN readable THEN $3 ELSE checked_at END,
           changed_at = CASE WHEN dirty THEN clock_timestamp() ELSE changed_at END, dirty = FALSE
         WHERE source_id = $1 AND id = ANY($2)`,
        [this.#lease.sourceId, ids, at],
      );
    });
  }

  async removeProject(id: string): Promise<void> {
    await this.#write(async (tx) => {
      await tx.query('DELETE FROM mirror_share WHERE source_id = $1 AND project = $2', [this.#lease.sourceId, id]);
      await tx.query('DELETE FROM mirror_item WHERE source_id = $1 AND project = $2', [this.#lease.sourceId, id]);
      await tx.query('DELETE FROM mirror_project WHERE source_id = $1 AND id = $2', [this.#lease.sourceId, id]);
    });
  }

  async heads(project: string): Promise<readonly MirrorItemHead[]> {
    const rows: unknown[] = await this.#db.query(
      'SELECT kind, id, project, fingerprint, scans FROM mirror_item WHERE source_id = $1 AND project = $2',
      [this.#lease.sourceId, project],
    );
    return rows.map((row) => headRow.parse(row));
  }

  async headsByIds(ids: readonly string[]): Promise<readonly MirrorItemHead[]> {
    const rows: unknown[] = await this.#db.query(
      'SELECT kind, id, project, fingerprint, scans FROM mirror_item WHERE source_id = $1 AND id = ANY($2)',
      [this.#lease.sourceId, ids],
    );
    return rows.map((row) => headRow.parse(row));
  }

  async items(ids: readonly string[]): Promise<readonly MirrorItem[]> {
    const rows: unknown[] = await this.#db.query(
      `SELECT ${itemColumns} FROM mirror_item WHERE source_id = $1 AND id = ANY($2)`,
      [this.#lease.sourceId, ids],
    );
    return rows.map((row) => itemRow.parse(row));
  }

  async saveItems(items: readonly MirrorItem[]): Promise<void> {
    if (items.length === 0) return;
    await this.#write(async (tx) => {
      await this.#markHolders(
        tx,
        items.map((item) => item.id),
      );
      const rows = items.map(({ subjectId, sessionId, ...item }) => ({
        ...item,
        subject_id: subjectId ?? null,
        session_id: sessionId ?? null,
      }));
      await tx.query(
        `INSERT INTO mirror_item (source_id, ${itemColumns})
         SELECT $1, ${itemColumns} FROM jsonb_to_recordset($2::jsonb) AS r(kind text, id text, project text, label text,
           subject_id text, session_id text, uid text, scans integer, fingerprint text, detail jsonb)
         ON CONFLICT (source_id, id) DO UPDATE SET kind = excluded.kind, project = excluded.project, label = excluded.label,
           subject_id = excluded.subject_id, session_id = excluded.session_id, uid = excluded.uid, scans = excluded.scans,
           fingerprint = excluded.fingerprint, detail = excluded.detail`,
        [this.#lease.sourceId, JSON.stringify(rows)],
      );
      await this.#markHolders(
        tx,
        items.map((item) => item.id),
      );
    });
  }

  async removeItems(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#write(async (tx) => {
      await this.#markHolders(tx, ids);
      await tx.query('DELETE FROM mirror_item WHERE source_id = $1 AND id = ANY($2)', [this.#lease.sourceId, ids]);
    });
  }

  async saveShares(project: string, shares: readonly Omit<MirrorShare, 'project'>[]): Promise<void> {
    await this.#write(async (tx) => {
      const values = [
        this.#lease.sourceId,
        project,
        shares.map((share) => share.id),
        shares.map((share) => share.kind),
        shares.map((share) => share.label),
      ];
      const [changed]: [unknown[], number] = await tx.query(
        `WITH r AS (SELECT * FROM unnest($3::text[], $4::text[], $5::text[]) AS r(id, kind, label)),
         gone AS (DELETE FROM mirror_share m WHERE m.source_id = $1 AND m.project = $2
           AND NOT EXISTS (SELECT 1 FROM r WHERE r.id = m.id) RETURNING m.id),
         put AS (INSERT INTO mirror_share AS m (source_id, project, id, kind, label) SELECT $1, $2, r.id, r.kind, r.label FROM r
           ON CONFLICT (source_id, project, id) DO UPDATE SET label = excluded.label WHERE m.label <> excluded.label RETURNING m.id)
         UPDATE mirror_project SET dirty = TRUE WHERE source_id = $1 AND id = $2
           AND (EXISTS (SELECT 1 FROM gone) OR EXISTS (SELECT 1 FROM put)) RETURNING id`,
        values,
      );
      return changed;
    });
  }

  async shares(projects: readonly string[]): Promise<readonly MirrorShare[]> {
    const rows: unknown[] = await this.#db.query(
      'SELECT kind, id, project, label FROM mirror_share WHERE source_id = $1 AND project = ANY($2) ORDER BY project, id',
      [this.#lease.sourceId, projects],
    );
    return rows.map((row) => shareRow.parse(row));
  }

  async subjectsOf(projects: readonly string[]): ReturnType<MirrorState['subjectsOf']> {
    const rows: unknown[] = await this.#db.query(
      `SELECT id, label, TRUE AS own FROM mirror_item WHERE source_id = $1 AND kind = 'SUBJECT' AND project = ANY($2)
       UNION ALL
       SELECT e.subject_id, min(coalesce(e.detail->>'subjectLabel', e.subject_id)), FALSE FROM mirror_item e
       WHERE e.source_id = $1 AND e.kind = 'EXPERIMENT' AND e.project = ANY($2) AND e.subject_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM mirror_item s WHERE s.source_id = $1 AND s.id = e.subject_id AND s.project = ANY($2))
       GROUP BY e.subject_id`,
      [this.#lease.sourceId, projects],
    );
    return rows.map((row) => idLabelRow.parse(row));
  }

  async treesOf(projects: readonly string[], subjectIds: readonly string[]): Promise<readonly MirrorItem[]> {
    const rows: unknown[] = await this.#db.query(
      `SELECT ${itemColumns} FROM mirror_item WHERE source_id = $1 AND id = ANY($3)
       UNION ALL
       SELECT ${itemColumns} FROM mirror_item WHERE source_id = $1 AND subject_id = ANY($3) AND project = ANY($2)`,
      [this.#lease.sourceId, projects, subjectIds],
    );
    return rows.map((row) => itemRow.parse(row));
  }

  async repeatedUids(projects: readonly string[]): Promise<ReadonlySet<string>> {
    const rows: { id: string }[] = await this.#db.query(
      `SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY uid ORDER BY id) AS place FROM mirror_item
       WHERE source_id = $1 AND project = ANY($2) AND kind = 'EXPERIMENT' AND uid IS NOT NULL) t WHERE place > 1`,
      [this.#lease.sourceId, projects],
    );
    return new Set(rows.map((row) => row.id));
  }

  async countLeaves(projects: readonly string[]): Promise<number> {
    const rows: { count: string }[] = await this.#db.query(
      `SELECT coalesce(sum(CASE WHEN i.kind = 'SUBJECT' THEN
           CASE WHEN EXISTS (SELECT 1 FROM mirror_item e WHERE e.source_id = $1 AND e.subject_id = i.id) THEN 0 ELSE 1 END
         ELSE greatest(i.scans, 1) END), 0) AS count
       FROM mirror_item i WHERE i.source_id = $1 AND i.project = ANY($2)`,
      [this.#lease.sourceId, projects],
    );
    return Number(rows[0]?.count);
  }

  /** The projects that hold items, and those that hold experiments of their subjects, have something the catalog may lack. */
  async #markHolders(tx: EntityManager, ids: readonly string[]): Promise<void> {
    await tx.query(
      `UPDATE mirror_project SET dirty = TRUE WHERE source_id = $1 AND NOT dirty AND id IN (
         SELECT project FROM mirror_item WHERE source_id = $1 AND id = ANY($2)
         UNION SELECT project FROM mirror_item WHERE source_id = $1 AND subject_id = ANY($2))`,
      [this.#lease.sourceId, ids],
    );
  }

  async #write<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return await this.#db.transaction(async (tx) => {
      const held: unknown[] = await tx.query(
        'SELECT 1 FROM data_source WHERE id = $1 AND lease_holder = $2 AND leased_until > clock_timestamp() FOR SHARE',
        [this.#lease.sourceId, this.#lease.holder],
      );
      if (held.length === 0)
        throw new ConflictError(
          'Another process mirrors this source now: this one was away for longer than its lease. Nothing is lost; the other one goes on.',
        );
      return await work(tx);
    });
  }
}
