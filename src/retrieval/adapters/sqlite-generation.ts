import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { toUnitLength } from '../../embedding/index.ts';
import { indexedTerms } from '../analyze-text.ts';
import { faultOf, refuseOtherEncoder } from '../check-document.ts';
import { filterField, indexValue } from '../check-fields.ts';
import { suggestionInputs } from '../fold-text.ts';
import type { GenerationSpec, IndexDocument } from '../model.ts';
import type { ApplyReport, IndexChange, ProjectionProgress } from '../ports.ts';

const tables = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE document (
    doc INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, deleted INTEGER NOT NULL,
    hash TEXT NOT NULL, stored TEXT NOT NULL
  );
  CREATE TABLE reader (grp TEXT NOT NULL, doc INTEGER NOT NULL, PRIMARY KEY (grp, doc)) WITHOUT ROWID;
  CREATE INDEX reader_doc ON reader (doc);
  CREATE TABLE value (doc INTEGER NOT NULL, field TEXT NOT NULL, text TEXT, num REAL);
  CREATE INDEX value_text ON value (field, text, doc) WHERE text IS NOT NULL;
  CREATE INDEX value_num ON value (field, num, doc) WHERE num IS NOT NULL;
  CREATE INDEX value_doc ON value (doc, field, num, text);
  CREATE TABLE passage (seq INTEGER PRIMARY KEY AUTOINCREMENT, doc INTEGER NOT NULL, text TEXT NOT NULL, vector BLOB NOT NULL);
  CREATE INDEX passage_doc ON passage (doc);
  CREATE TABLE passage_gone (n INTEGER PRIMARY KEY AUTOINCREMENT, seq INTEGER NOT NULL);
  CREATE TRIGGER passage_deleted AFTER DELETE ON passage BEGIN INSERT INTO passage_gone (seq) VALUES (old.seq); END;
  CREATE TABLE suggestion (folded TEXT NOT NULL, doc INTEGER NOT NULL, text TEXT NOT NULL, weight REAL NOT NULL);
  CREATE INDEX suggestion_folded ON suggestion (folded);
  CREATE INDEX suggestion_doc ON suggestion (doc);
`;

const progressRow = z.object({ position: z.string(), backfillAfter: z.string().optional(), complete: z.boolean() });

/** One generation: an SQLite file that can be dropped at any time. */
export class SqliteGeneration {
  readonly database: DatabaseSync;
  readonly spec: GenerationSpec;
  readonly #statements = new Map<string, StatementSync>();

  /** @throws Error when the file is absent or no generation */
  constructor(path: string) {
    this.database = openDatabase(path, false);
    const row = this.database.prepare("SELECT value FROM meta WHERE key = 'spec'").get();
    this.spec = JSON.parse(String(row?.['value'])) as GenerationSpec; // written by `createGenerationFile` alone
  }

  /** A prepared statement, kept for the next call. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      // Filters make many texts; forgetting all now and then bounds the memory.
      if (this.#statements.size > 500) this.#statements.clear();
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Applies changes and progress in one transaction. */
  apply(changes: readonly IndexChange[], progress: ProjectionProgress | undefined): ApplyReport {
    refuseOtherEncoder(changes, this.spec);
    const report = { applied: 0, outdated: 0, rejected: [] as { id: string; reason: string }[] };
    this.database.exec('BEGIN IMMEDIATE');
    try {
      for (const change of changes) this.#applyOne(change, report);
      if (progress !== undefined) {
        this.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('progress', ?)").run(JSON.stringify(progress));
      }
      this.database.exec('COMMIT');
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
    return report;
  }

  /** How far the generation has been filled. */
  progress(): ProjectionProgress | undefined {
    const row = this.prepare("SELECT value FROM meta WHERE key = 'progress'").get();
    if (row === undefined) return undefined;
    const { position, backfillAfter, complete } = progressRow.parse(JSON.parse(String(row['value'])));
    return { position, backfillAfter, complete };
  }

  close(): void {
    this.database.close();
  }

  #applyOne(
    change: IndexChange,
    report: { applied: number; outdated: number; rejected: { id: string; reason: string }[] },
  ): void {
    const id = change.kind === 'upsert' ? change.document.id : change.id;
    const version = change.kind === 'upsert' ? change.document.version : change.version;
    const known = this.prepare('SELECT doc, version FROM document WHERE id = ?').get(id);
    if (known !== undefined && Number(known['version']) > version) {
      report.outdated++;
      return;
    }
    const reason = change.kind === 'upsert' ? faultOf(change.document, this.spec) : undefined;
    if (reason !== undefined) {
      report.rejected.push({ id, reason });
      return;
    }
    if (known !== undefined) this.#clear(Number(known['doc']));
    const kept = change.kind === 'upsert' ? storedText(change.document) : '';
    const hash = change.kind === 'upsert' ? change.contentHash : '';
    const deleted = change.kind === 'upsert' ? 0 : 1;
    const { doc } = this.prepare(
      `INSERT INTO document (id, version, deleted, hash, stored) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
       version = excluded.version, deleted = excluded.deleted, hash = excluded.hash, stored = excluded.stored RETURNING doc`,
    ).get(id, version, deleted, hash, kept) ?? { doc: 0 };
    if (change.kind === 'upsert') this.#insert(Number(doc), change.document);
    report.applied++;
  }

  #clear(doc: number): void {
    this.prepare('DELETE FROM words WHERE rowid = ?').run(doc);
    for (const table of ['reader', 'value', 'passage', 'suggestion']) {
      this.prepare(`DELETE FROM ${table} WHERE doc = ?`).run(doc);
    }
  }

  #insert(doc: number, document: IndexDocument): void {
    const { schema, encoder } = this.spec;
    const columns = schema.textFields.map((_, index) => `f${index}`);
    const words = schema.textFields.map(({ name }) => (document.text[name] ?? []).map(indexedTerms).join(' '));
    this.prepare(`INSERT INTO words (rowid, ${columns.join(', ')}) VALUES (?${', ?'.repeat(columns.length)})`).run(
      doc,
      ...words,
    );
    for (const group of new Set(document.readerGroups)) {
      this.prepare('INSERT INTO reader (grp, doc) VALUES (?, ?)').run(group, doc);
    }
    for (const [name, values] of Object.entries(document.filters)) {
      const field = filterField(schema, name);
      for (const value of new Set(values.map((each) => indexValue(field, each)))) {
        const [text, num] = typeof value === 'number' ? [null, value] : [value, null];
        this.prepare('INSERT INTO value (doc, field, text, num) VALUES (?, ?, ?, ?)').run(doc, name, text, num);
      }
    }
    for (const { text, vector } of document.passages) {
      if (encoder === undefined) break;
      const kept = encoder.similarity === 'cosine' ? toUnitLength(vector.slice()) : vector;
      const bytes = new Uint8Array(kept.buffer, kept.byteOffset, kept.byteLength);
      this.prepare('INSERT INTO passage (doc, text, vector) VALUES (?, ?, ?)').run(doc, text, bytes);
    }
    for (const { text, weight } of document.suggestions) {
      for (const input of suggestionInputs(text)) {
        this.prepare('INSERT INTO suggestion (folded, doc, text, weight) VALUES (?, ?, ?, ?)').run(
          input,
          doc,
          text,
          weight,
        );
      }
    }
  }
}

/**
 * Creates the file of a generation.
 * @throws Error when it exists
 */
export function createGenerationFile(path: string, spec: GenerationSpec): void {
  const database = openDatabase(path, true);
  const columns = spec.schema.textFields.map((_, index) => `f${index}`).join(', ');
  database.exec(`BEGIN; ${tables}
    -- The terms come analysed, so the tokenizer only splits at spaces; ascii leaves all other letters alone.
    CREATE VIRTUAL TABLE words USING fts5(${columns}, content = '', contentless_delete = 1, tokenize = 'ascii');`);
  database.prepare("INSERT INTO meta (key, value) VALUES ('spec', ?)").run(JSON.stringify(spec));
  database.exec('COMMIT');
  database.close();
}

function openDatabase(path: string, create: boolean): DatabaseSync {
  const database = new DatabaseSync(path);
  if (create) database.exec('PRAGMA journal_mode = WAL');
  // Synchronous normal loses nothing when the process is killed; a power loss may undo the last transactions, but with them the
  // position, so the projection catches up.
  database.exec('PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY');
  return database;
}

function storedText(document: IndexDocument): string {
  return JSON.stringify({ text: document.text, filters: document.filters, readerGroups: document.readerGroups });
}
