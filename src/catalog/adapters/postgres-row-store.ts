import type { EntityManager } from 'typeorm';
import type { AuditEntry } from '../../access/index.ts';
import type { Transactor } from '../../db/transactor.ts';
import type { DatasetId } from '../../kernel/ids.ts';
import type { RowLayout, ValueSet } from '../model/lay-out-rows.ts';
import type { Source } from '../model/merge-records.ts';
import type { Share, ShareReport } from '../model/share.ts';
import type { SourceKind } from '../model/terms.ts';
import type { VariableHead, VariableRecord } from '../model/variable-record.ts';
import { VocabularyIndex } from '../model/vocabulary.ts';
import type { RowStore, RowTransaction, Written } from '../row-ports.ts';
import type { AppendAudit } from './append-audit.ts';
import { appendEvents } from './append-events.ts';
import type { HeldDelta } from './held-delta.ts';
import { lockRecords, lockRowsOf } from './locks.ts';
import { ensureSource } from './record-rows.ts';
import { retireSubjects } from './retire-rows.ts';
import { saveRows, saveTombstones } from './save-rows.ts';
import { saveValues } from './save-values.ts';
import { readVariableHeads, saveVariables } from './save-variables.ts';
import { saveShares } from './share-edges.ts';
import { readVocabulary, saveConcepts, saveLicenses } from './vocabulary-rows.ts';

/** Rows of datasets in PostgreSQL. */
export class PostgresRowStore implements RowStore {
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

  async source(name: string, kind: SourceKind): Promise<Source> {
    return await this.#db.transaction(async (tx) => await ensureSource(tx, name, kind));
  }

  async licenseIds(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (names.length === 0) return new Map();
    return await this.#db.transaction(async (tx) => {
      await lockRecords(tx);
      const index = new VocabularyIndex(await readVocabulary(tx));
      const licenses = names.map((name) => [name, index.license(name)] as const);
      await saveLicenses(tx, [...new Map(licenses.map(([, license]) => [license.id, license])).values()], 'ignore');
      return new Map(licenses.map(([name, license]) => [name, license.id]));
    });
  }

  async storeConcepts(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await this.#db.transaction(async (tx) => {
      await lockRecords(tx);
      const index = new VocabularyIndex(await readVocabulary(tx));
      await saveConcepts(tx, [...new Set(names.map((name) => index.concept(name)))]);
    });
  }

  async transaction<T>(datasetId: DatasetId, work: (tx: RowTransaction) => Promise<T>): Promise<T> {
    return await this.#db.transaction(async (tx) => {
      await lockRowsOf(tx, datasetId);
      return await work(new PostgresRowTransaction(tx, datasetId, this.#appendAudit));
    });
  }

  async treeHashes(datasetId: DatasetId, source: string): Promise<ReadonlyMap<string, string>> {
    const rows: { label: string; hash: string }[] = await this.#db.query(
      `SELECT t.label, encode(t.tree_hash, 'hex') AS hash FROM subject t JOIN source s ON s.id = t.source_id
       WHERE t.dataset_id = $1 AND s.name = $2 AND t.retired_at IS NULL AND t.tree_hash IS NOT NULL`,
      [datasetId, source],
    );
    return new Map(rows.map((row) => [row.label, row.hash]));
  }

  async subjectLabels(datasetId: DatasetId, source: string): Promise<readonly string[]> {
    const rows: { label: string }[] = await this.#db.query(
      `SELECT t.label FROM subject_statement o JOIN source s ON s.id = o.source_id JOIN subject t ON t.id = o.subject_id
       WHERE t.dataset_id = $1 AND s.name = $2 AND t.retired_at IS NULL ORDER BY t.label`,
      [datasetId, source],
    );
    return rows.map((row) => row.label);
  }
}

class PostgresRowTransaction implements RowTransaction {
  readonly #tx: EntityManager;
  readonly #datasetId: DatasetId;

  readonly #appendAudit: AppendAudit;

  constructor(tx: EntityManager, datasetId: DatasetId, appendAudit: AppendAudit) {
    this.#tx = tx;
    this.#datasetId = datasetId;
    this.#appendAudit = appendAudit;
  }

  async treeHashes(sourceId: number, labels: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows: { label: string; hash: string }[] = await this.#tx.query(
      `SELECT label, encode(tree_hash, 'hex') AS hash FROM subject
       WHERE dataset_id = $1 AND label = ANY($2) AND source_id = $3 AND retired_at IS NULL AND tree_hash IS NOT NULL`,
      [this.#datasetId, labels, sourceId],
    );
    return new Map(rows.map((row) => [row.label, row.hash]));
  }

  async saveRows(sourceId: number, layout: RowLayout, values: readonly ValueSet[]): Promise<Written> {
    const { written, retired, delta } = await saveRows(this.#tx, this.#datasetId, sourceId, layout);
    const valued = await saveValues(this.#tx, sourceId, values);
    if (written === 'all' || written.size > 0 || valued.length > 0 || retired > 0) await this.#announce(delta);
    return written === 'all' || valued.length === 0 ? written : new Set([...written, ...valued]);
  }

  async variables(): Promise<ReadonlyMap<string, VariableHead>> {
    return await readVariableHeads(this.#tx, this.#datasetId);
  }

  async saveVariables(
    sourceId: number,
    definitions: readonly VariableRecord[],
    named: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const { changed, removed } = await saveVariables(this.#tx, {
      datasetId: this.#datasetId,
      sourceId,
      definitions,
      named,
    });
    if (changed.size > 0 || removed > 0) await this.#announce({ subjects: 0, sessions: 0, scans: 0, bytes: 0 });
    return changed;
  }

  async saveShares(sourceId: number, shares: readonly Share[]): Promise<ShareReport> {
    const report = await saveShares(this.#tx, { datasetId: this.#datasetId, sourceId }, shares);
    if (report.accepted > 0 || report.removed > 0)
      await this.#announce({ subjects: 0, sessions: 0, scans: 0, bytes: 0 });
    return report;
  }

  async saveTombstones(sourceId: number, layout: RowLayout): Promise<ReadonlySet<string>> {
    return await saveTombstones(this.#tx, this.#datasetId, sourceId, layout);
  }

  async retireSubjects(sourceId: number, labels: readonly string[]): Promise<number> {
    const { named, delta } = await retireSubjects(this.#tx, this.#datasetId, sourceId, labels);
    if (named > 0) await this.#announce(delta);
    return named;
  }

  async audit(entry: AuditEntry): Promise<void> {
    await this.#appendAudit(this.#tx, entry);
  }

  async #announce(delta: HeldDelta): Promise<void> {
    await this.#tx.query(
      `UPDATE dataset SET held_subjects = held_subjects + $2, held_sessions = held_sessions + $3, held_scans = held_scans + $4,
         held_bytes = held_bytes + $5, rows_updated_at = clock_timestamp() WHERE id = $1`,
      [this.#datasetId, delta.subjects, delta.sessions, delta.scans, delta.bytes],
    );
    await appendEvents(this.#tx, [{ datasetId: this.#datasetId, type: 'ROWS_CHANGED', payload: { ...delta } }]);
  }
}
