import type { EntityManager } from 'typeorm';
import type { AuditEntry } from '../../access/index.ts';
import { insertRows } from '../../db/insert-rows.ts';
import type { Transactor } from '../../db/transactor.ts';
import { type DatasetId, naturalId } from '../../kernel/ids.ts';
import type { Source, SourcedStatement } from '../model/merge-records.ts';
import type { SourceKind } from '../model/terms.ts';
import type { Concept, Vocabulary } from '../model/vocabulary.ts';
import type {
  CatalogEvent,
  DatasetChange,
  DatasetHead,
  KnownRecord,
  RecordStore,
  RecordTransaction,
  Rejection,
  StatusChange,
  VersionSnapshot,
} from '../ports.ts';
import type { AppendAudit } from './append-audit.ts';
import { appendEvents } from './append-events.ts';
import { datasetsNaming, datasetsOf, retireConcept, retiredVersion, saveBroader, saveConcept } from './concept-rows.ts';
import { lockRecords } from './locks.ts';
import { ensureSource, headRow, knownRecordRow, statementColumns, statementRow } from './record-rows.ts';
import { saveDatasetParts } from './save-dataset-parts.ts';
import { readVocabulary, saveVocabulary } from './vocabulary-rows.ts';

/** Dataset records in PostgreSQL. */
export class PostgresRecordStore implements RecordStore {
  readonly #db: Transactor;

  readonly #appendAudit: AppendAudit;

  /**
   * @param db - the database, or a transaction that all writes are part of
   * @param appendAudit - writes an entry of the audit trail in a transaction
   */
  constructor(db: Transactor, appendAudit: AppendAudit) {
    this.#db = db;
    this.#appendAudit = appendAudit;
  }

  async transaction<T>(work: (tx: RecordTransaction) => Promise<T>): Promise<T> {
    return await this.#db.transaction(async (tx) => {
      await lockRecords(tx);
      return await work(new PostgresRecordTransaction(tx, this.#appendAudit));
    });
  }

  async saveVocabulary(vocabulary: Vocabulary): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await lockRecords(tx);
      await saveVocabulary(tx, vocabulary);
    });
  }
}

class PostgresRecordTransaction implements RecordTransaction {
  readonly #tx: EntityManager;
  readonly #appendAudit: AppendAudit;

  constructor(tx: EntityManager, appendAudit: AppendAudit) {
    this.#tx = tx;
    this.#appendAudit = appendAudit;
  }

  async source(name: string, kind: SourceKind): Promise<Source> {
    return await ensureSource(this.#tx, name, kind);
  }

  async vocabulary(): Promise<Vocabulary> {
    return await readVocabulary(this.#tx);
  }

  async knownRecords(sourceId: number, sourceRecordIds: readonly string[]): Promise<readonly KnownRecord[]> {
    const rows: unknown[] = await this.#tx.query(
      `SELECT source_record_id, dataset_id, encode(hash, 'hex') AS hash, rejection IS NOT NULL AS rejected
       FROM dataset_source_record WHERE source_id = $1 AND source_record_id = ANY($2)`,
      [sourceId, sourceRecordIds],
    );
    return rows.map((row) => knownRecordRow.parse(row));
  }

  async heads(by: {
    readonly ids: readonly DatasetId[];
    readonly slugs: readonly string[];
  }): Promise<readonly DatasetHead[]> {
    const rows: unknown[] = await this.#tx.query(
      `SELECT id, slug, status, version, published_version, held_subjects, held_sessions, held_scans, held_bytes, withdrawn_reason, withheld_source_id,
         (SELECT v.sha256 FROM dataset_version v WHERE v.dataset_id = dataset.id AND v.number = published_version) AS published_sha256
       FROM dataset WHERE id = ANY($1::uuid[]) OR slug = ANY($2) ORDER BY id FOR UPDATE`,
      [by.ids, by.slugs],
    );
    return rows.map((row) => headRow.parse(row));
  }

  async statementsOf(ids: readonly DatasetId[]): Promise<ReadonlyMap<DatasetId, readonly SourcedStatement[]>> {
    const rows: unknown[] = await this.#tx.query(
      `SELECT ${statementColumns}
       FROM dataset_source_record r JOIN source s ON s.id = r.source_id
       WHERE r.dataset_id = ANY($1::uuid[]) AND r.payload IS NOT NULL ORDER BY r.id`,
      [ids],
    );
    return Map.groupBy(
      rows.map((row) => statementRow.parse(row)),
      (row) => row.datasetId,
    );
  }

  async createDatasets(heads: readonly { readonly id: DatasetId; readonly slug: string }[]): Promise<void> {
    const rows = heads.map(({ id, slug }) => ({
      id,
      slug,
      title: slug,
      description: '',
      status: 'DRAFT',
      accessClass: 'RESTRICTED',
      version: 0,
    }));
    await insertRows(this.#tx, 'dataset', rows);
  }

  async saveStatements(
    sourceId: number,
    statements: Parameters<RecordTransaction['saveStatements']>[1],
  ): Promise<void> {
    await this.#upsertSourceRecords(
      statements.map(({ sourceRecordId, datasetId, statement, hash }) => ({
        sourceId,
        sourceRecordId,
        datasetId,
        payload: statement,
        hash: Buffer.from(hash, 'hex'),
      })),
      'dataset_id = excluded.dataset_id, payload = excluded.payload, hash = excluded.hash, received_at = clock_timestamp(), rejection = NULL, rejected_at = NULL',
    );
  }

  async removeStatements(sourceId: number, sourceRecordIds: readonly string[]): Promise<void> {
    await this.#tx.query(
      'DELETE FROM dataset_source_record WHERE source_id = $1 AND source_record_id = ANY($2::text[])',
      [sourceId, sourceRecordIds],
    );
  }

  async releaseDatasets(sourceId: number, ids: readonly DatasetId[]): Promise<void> {
    await this.#tx.query(
      'UPDATE dataset SET withheld_source_id = NULL WHERE id = ANY($2::uuid[]) AND withheld_source_id = $1',
      [sourceId, ids],
    );
  }

  async saveRejections(sourceId: number, rejections: readonly Rejection[]): Promise<void> {
    const bySourceId = new Map(rejections.map((rejection) => [rejection.sourceId, rejection]));
    await this.#upsertSourceRecords(
      [...bySourceId.values()].map(({ sourceId: sourceRecordId, error }) => ({
        sourceId,
        sourceRecordId,
        rejection: { error },
        rejectedAt: new Date().toISOString(),
      })),
      'rejection = excluded.rejection, rejected_at = excluded.rejected_at',
    );
  }

  async clearRejections(sourceId: number, sourceRecordIds: readonly string[]): Promise<void> {
    if (sourceRecordIds.length === 0) return;
    await this.#tx.query(
      `UPDATE dataset_source_record SET rejection = NULL, rejected_at = NULL
       WHERE source_id = $1 AND source_record_id = ANY($2)`,
      [sourceId, sourceRecordIds],
    );
  }

  async #upsertSourceRecords(rows: readonly object[], update: string): Promise<void> {
    await insertRows(this.#tx, 'dataset_source_record', rows, { key: '(source_id, source_record_id)', update });
  }

  async saveDatasets(changes: readonly DatasetChange[]): Promise<void> {
    await saveDatasetParts(this.#tx, changes);
  }

  async publish(versions: readonly VersionSnapshot[]): Promise<void> {
    await insertRows(
      this.#tx,
      'dataset_version',
      versions.map(({ datasetId, number, snapshot, sha256, publishedBy }) => ({
        id: naturalId('dataset-version', datasetId, String(number)),
        datasetId,
        number,
        snapshot,
        sha256,
        publishedBy,
      })),
    );
    await this.#tx.query(
      `UPDATE dataset d SET status = 'PUBLISHED', published_version = v.number, withdrawn_reason = NULL, withdrawn_at = NULL, updated_at = clock_timestamp()
       FROM unnest($1::uuid[], $2::int[]) AS v(dataset_id, number) WHERE d.id = v.dataset_id`,
      [versions.map((version) => version.datasetId), versions.map((version) => version.number)],
    );
  }

  async changeStatus({ id, status, withdrawnReason, withheldBy }: StatusChange): Promise<void> {
    await this.#tx.query(
      `UPDATE dataset SET status = $2, withdrawn_reason = $3, withdrawn_at = CASE WHEN $2 = 'WITHDRAWN' THEN clock_timestamp() END,
         withheld_source_id = CASE WHEN $2 = 'WITHDRAWN' AND status = 'PUBLISHED' THEN NULL ELSE coalesce($4::smallint, withheld_source_id) END,
         version = version + 1, updated_at = clock_timestamp() WHERE id = $1`,
      [id, status, withdrawnReason ?? null, withheldBy ?? null],
    );
  }

  async appendEvents(events: readonly CatalogEvent[]): Promise<void> {
    await appendEvents(this.#tx, events);
  }

  async retiredVersion(conceptId: string): Promise<number | undefined> {
    return await retiredVersion(this.#tx, conceptId);
  }

  async saveConcept(concept: Concept): Promise<void> {
    await saveConcept(this.#tx, concept);
  }

  async saveBroader(concept: Concept): Promise<void> {
    await saveBroader(this.#tx, concept);
  }

  async retireConcept(conceptId: string, heirId: string | undefined): Promise<void> {
    await retireConcept(this.#tx, conceptId, heirId);
  }

  async datasetsOf(conceptIds: readonly string[]): ReturnType<RecordTransaction['datasetsOf']> {
    return await datasetsOf(this.#tx, conceptIds);
  }

  async datasetsNaming(names: readonly string[]): ReturnType<RecordTransaction['datasetsNaming']> {
    return await datasetsNaming(this.#tx, names);
  }

  async audit(entry: AuditEntry): Promise<void> {
    await this.#appendAudit(this.#tx, entry);
  }
}
