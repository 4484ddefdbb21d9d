import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConflictError, NotFoundError } from '../../kernel/errors.ts';
import { serveWorker } from '../../kernel/worker-call.ts';
import type { FacetCounts, Generation, GenerationSpec, IndexScope, RankedDocument } from '../model.ts';
import type {
  ApplyReport,
  CountQuery,
  IndexChange,
  LexicalQuery,
  ListPage,
  ListQuery,
  NearestQuery,
  ProjectionProgress,
  ScannedDocument,
  StoredDocument,
} from '../ports.ts';
import { PassingDocuments } from './passing-documents.ts';
import { createGenerationFile, SqliteGeneration } from './sqlite-generation.ts';
import {
  countMatches,
  fetchDocuments,
  lexicalSearch,
  listDocuments,
  nearestSearch,
  suggestTexts,
} from './sqlite-queries.ts';
import { VectorMatrix } from './vector-matrix.ts';

/** Methods of an index thread; see `TextIndex`. */
export interface SqliteIndexApi {
  generations(): readonly Generation[];
  createGeneration(id: string, spec: GenerationSpec): void;
  activate(id: string): void;
  drop(id: string): void;
  apply(id: string, changes: readonly IndexChange[], progress: ProjectionProgress | undefined): ApplyReport;
  progress(id: string): ProjectionProgress | undefined;
  scanPage(id: string, after: string | undefined, limit: number): readonly ScannedDocument[];
  lexical(query: LexicalQuery): readonly RankedDocument[];
  nearest(query: NearestQuery): readonly RankedDocument[];
  count(query: CountQuery): { total: number; facets: readonly FacetCounts[] };
  list(query: ListQuery): ListPage;
  fetch(ids: readonly string[], scope: IndexScope): readonly StoredDocument[];
  suggest(prefix: string, scope: IndexScope, first: number): readonly string[];
  close(): void;
}

interface OpenGeneration {
  readonly id: string;
  readonly generation: SqliteGeneration;
  readonly matrix: VectorMatrix | undefined;
  readonly documents: PassingDocuments;
}

serveWorker<SqliteIndexApi>((start) => {
  const { folder, name } = start as { readonly folder: string; readonly name: string }; // from SqliteTextIndex alone
  const pointer = join(folder, `${name}.active`);
  const fileOf = (id: string): string => join(folder, `${name}.${id}.sqlite`);
  const opened = new Map<string, OpenGeneration>();

  const activeId = (): string | undefined => (existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : undefined);

  function open(id: string): OpenGeneration {
    const known = opened.get(id);
    if (known !== undefined) return known;
    if (!existsSync(fileOf(id))) throw new NotFoundError(`The index ${name} has no generation ${id}`);
    const generation = new SqliteGeneration(fileOf(id));
    const { encoder } = generation.spec;
    const entry = {
      id,
      generation,
      matrix: encoder && new VectorMatrix(generation, encoder.dimension),
      documents: new PassingDocuments(generation),
    };
    opened.set(id, entry);
    return entry;
  }

  function active(): OpenGeneration | undefined {
    const id = activeId();
    if (id === undefined || !existsSync(fileOf(id))) return undefined;
    // Another process may have switched or dropped: let go of what is no longer there.
    for (const [other, entry] of opened) {
      if (other === id || existsSync(fileOf(other))) continue;
      entry.generation.close();
      opened.delete(other);
    }
    return open(id);
  }

  return {
    generations() {
      const current = activeId();
      const prefix = `${name}.`;
      const ids = readdirSync(folder)
        .filter((file) => file.startsWith(prefix) && file.endsWith('.sqlite'))
        .map((file) => file.slice(prefix.length, -'.sqlite'.length));
      return ids.flatMap((id) => {
        try {
          return [{ id, spec: open(id).generation.spec, active: id === current }];
        } catch {
          return []; // half-made or damaged: as good as absent, and rebuilt
        }
      });
    },
    createGeneration(id, spec) {
      if (existsSync(fileOf(id))) throw new ConflictError(`The index ${name} has a generation ${id} already`);
      createGenerationFile(fileOf(id), spec);
    },
    activate(id) {
      open(id);
      writeFileSync(`${pointer}.new`, id);
      renameSync(`${pointer}.new`, pointer);
    },
    drop(id) {
      if (activeId() === id) throw new ConflictError(`The generation ${id} of ${name} is active`);
      opened.get(id)?.generation.close();
      opened.delete(id);
      for (const suffix of ['', '-wal', '-shm']) rmSync(fileOf(id) + suffix, { force: true });
    },
    apply: (id, changes, progress) => open(id).generation.apply(changes, progress),
    progress: (id) => open(id).generation.progress(),
    scanPage(id, after, limit) {
      const { generation } = open(id);
      const rows = generation
        .prepare('SELECT doc, id, version, hash FROM document WHERE deleted = 0 AND id > ? ORDER BY id LIMIT ?')
        .all(after ?? '', limit);
      const groups = generation.prepare('SELECT grp FROM reader WHERE doc = ? ORDER BY grp');
      return rows.map((row) => ({
        id: String(row['id']),
        version: Number(row['version']),
        contentHash: String(row['hash']),
        readerGroups: groups.all(Number(row['doc'])).map((each) => String(each['grp'])),
      }));
    },
    lexical(query) {
      const index = active();
      return index === undefined ? [] : lexicalSearch(index.generation, index.documents, query);
    },
    nearest(query) {
      const index = active();
      return index === undefined ? [] : nearestSearch(index.generation, index.matrix, index.documents, query);
    },
    count(query) {
      const index = active();
      return index === undefined ? { total: 0, facets: [] } : countMatches(index.generation, query);
    },
    list(query) {
      const index = active();
      return index === undefined
        ? { ids: [], after: undefined }
        : listDocuments(index.generation, index.documents, query);
    },
    fetch(ids, scope) {
      const index = active();
      return index === undefined ? [] : fetchDocuments(index.generation, ids, scope);
    },
    suggest(prefix, scope, first) {
      const index = active();
      return index === undefined ? [] : suggestTexts(index.generation, prefix, scope, first);
    },
    close() {
      for (const { generation } of opened.values()) generation.close();
      opened.clear();
    },
  };
});
