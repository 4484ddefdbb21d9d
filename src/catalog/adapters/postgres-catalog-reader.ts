import type { ReadScope } from '../../access/index.ts';
import type { ReadPool, Reads, SqlRow } from '../../db/read-pool.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Page, PageRequest } from '../../kernel/page.ts';
import type { ReadBudget } from '../../kernel/read-budget.ts';
import type {
  Agent,
  Dataset,
  DatasetParts,
  DatasetVersion,
  Properties,
  RowKind,
  RowOf,
  RowParent,
  RowQuery,
  VariableSummary,
  VariableValue,
} from '../model/dataset.ts';
import type { SourcedStatement } from '../model/merge-records.ts';
import type { ShareEdge } from '../model/share.ts';
import type { TermExpansion } from '../model/term-expansion.ts';
import type {
  NamedQuery,
  NameSuggestion,
  NumberHistogram,
  NumberHistogramQuery,
  ValueCountQuery,
  ValueCounts,
} from '../model/value-counts.ts';
import type { Vocabulary } from '../model/vocabulary.ts';
import type { DatasetWhere } from '../model/where.ts';
import type { CatalogReader, ValueOwners } from '../ports.ts';
import { datasetColumns, datasetCondition, orderExpression } from './dataset-sql.ts';
import { readHistogram } from './histogram-sql.ts';
import { readMatchingIds, readNamedIds, readNames, readValueCounts } from './match-sql.ts';
import { agentColumns, readParts } from './read-parts.ts';
import { countRows, readRowPages, readRowsByIds } from './read-rows.ts';
import { readStatements } from './read-statements.ts';
import { readVersionPages, readVersionsByIds } from './read-versions.ts';
import { recordVisible, rowsVisible } from './scope-sql.ts';
import { readShares } from './share-edges.ts';
import { isStorable, SqlParameters } from './sql-parameters.ts';
import { TermCache } from './term-cache.ts';
import { readSummaries, readValues } from './value-sql.ts';

/** Dataset records and rows from PostgreSQL. Every statement carries the reader's scope. */
export class PostgresCatalogReader implements CatalogReader {
  readonly #pool: ReadPool;
  readonly #clock: Clock;
  readonly #db: Reads;
  /** Shared by all callers, so none of them can cancel its reading. */
  readonly #terms: TermCache;

  constructor(pool: ReadPool, clock: Clock, reads: Reads = pool, terms: TermCache = new TermCache(pool, clock)) {
    this.#pool = pool;
    this.#clock = clock;
    this.#db = reads;
    this.#terms = terms;
  }

  within(budget: ReadBudget): CatalogReader {
    return new PostgresCatalogReader(this.#pool, this.#clock, this.#pool.within(budget), this.#terms);
  }

  async datasets(query: Parameters<CatalogReader['datasets']>[0], scope: ReadScope): Promise<Page<Dataset>> {
    const { where, order, page, properties } = query;
    const parameters = new SqlParameters();
    const columns = datasetColumns(properties, scope, parameters);
    const key = orderExpression(order, scope, parameters);
    const condition = datasetCondition(where, scope, await this.#expansion(), parameters);
    const [value, slug] = page.after ?? [];
    const beyond = order.direction === 'ASC' ? '>' : '<';
    const after =
      page.after === undefined
        ? 'TRUE'
        : `(k.key ${beyond} ${parameters.add(value)} OR (k.key = $${parameters.values.length} AND d.slug > ${parameters.add(slug)}))`;
    const limit = parameters.add(page.first + 1, 'int');
    const rows = await this.#db.rows({
      text: `SELECT ${columns.sql}, k.key FROM dataset d CROSS JOIN LATERAL (SELECT ${key} AS key) k
       WHERE ${condition} AND ${after} ORDER BY k.key ${order.direction}, d.slug LIMIT ${limit}`,
      values: parameters.values,
      prepared: Object.keys(where).length === 0,
    });
    const items = rows.slice(0, page.first).map(columns.read);
    return {
      items,
      keyAt: (index) => [rows[index]?.at(-1) as string | number, items[index]?.slug ?? null],
      hasNextPage: rows.length > page.first,
      hasPreviousPage: page.after !== undefined,
    };
  }

  async countDatasets(where: DatasetWhere, scope: ReadScope): Promise<number> {
    const parameters = new SqlParameters();
    const condition = datasetCondition(where, scope, await this.#expansion(), parameters);
    const rows = await this.#query(`SELECT count(*) AS n FROM dataset d WHERE ${condition}`, parameters.values);
    return Number(rows[0]?.['n']);
  }

  async matchingIds(where: DatasetWhere, scope: ReadScope, among?: readonly string[]): Promise<readonly string[]> {
    return await readMatchingIds(this.#db, { where, ...(among && { among }) }, scope, await this.#expansion());
  }

  async namedIds(query: NamedQuery, scope: ReadScope): Promise<readonly string[]> {
    return await readNamedIds(this.#db, query, scope, await this.#expansion());
  }

  async countValues(query: ValueCountQuery, scope: ReadScope): Promise<readonly ValueCounts[]> {
    return await readValueCounts(this.#db, query, scope, await this.#expansion());
  }

  async countNumbers(query: NumberHistogramQuery, scope: ReadScope): Promise<NumberHistogram> {
    return await readHistogram(this.#db, query, scope, await this.#expansion());
  }

  async suggestNames(prefix: string, first: number, scope: ReadScope): Promise<readonly NameSuggestion[]> {
    return isStorable(prefix) ? await readNames(this.#db, prefix, first, scope) : [];
  }

  async datasetsByIds(ids: readonly string[], scope: ReadScope): Promise<readonly Dataset[]> {
    return await this.#datasetsBy('d.id', ids, 'uuid[]', scope);
  }

  async datasetsBySlugs(slugs: readonly string[], scope: ReadScope): Promise<readonly Dataset[]> {
    return await this.#datasetsBy('d.slug', slugs.filter(isStorable), 'text[]', scope);
  }

  async #datasetsBy(
    column: string,
    keys: readonly string[],
    type: string,
    scope: ReadScope,
  ): Promise<readonly Dataset[]> {
    const parameters = new SqlParameters();
    const columns = datasetColumns(undefined, scope, parameters);
    const rows = await this.#db.rows({
      text: `SELECT ${columns.sql} FROM dataset d
       WHERE ${column} = ANY(${parameters.add(keys, type)}) AND ${recordVisible(scope, parameters)}`,
      values: parameters.values,
      prepared: true,
    });
    return rows.map(columns.read);
  }

  async parts<K extends keyof DatasetParts>(
    kind: K,
    datasetIds: readonly string[],
    properties?: Properties,
  ): Promise<ReadonlyMap<string, readonly DatasetParts[K][]>> {
    return await readParts(this.#db, kind, datasetIds, properties);
  }

  async statements(
    ids: readonly string[],
    scope: ReadScope,
  ): Promise<ReadonlyMap<string, readonly SourcedStatement[]>> {
    return await readStatements(this.#db, ids, scope);
  }

  async versions(
    datasetIds: readonly string[],
    page: PageRequest,
    scope: ReadScope,
  ): Promise<ReadonlyMap<string, Page<DatasetVersion>>> {
    return await readVersionPages(this.#db, datasetIds, page, scope);
  }

  async versionsByIds(ids: readonly string[], scope: ReadScope): Promise<readonly DatasetVersion[]> {
    return await readVersionsByIds(this.#db, ids, scope);
  }

  async rows<K extends RowKind>(
    query: RowQuery<K> & { readonly page: PageRequest },
    parents: RowParent,
    scope: ReadScope,
  ): Promise<ReadonlyMap<string, Page<RowOf<K>>>> {
    return await readRowPages(this.#db, query, parents, scope, await this.#expansion());
  }

  async countRows<K extends RowKind>(
    query: RowQuery<K>,
    parents: RowParent,
    scope: ReadScope,
  ): Promise<ReadonlyMap<string, number>> {
    return await countRows(this.#db, query, parents, scope, await this.#expansion());
  }

  async rowsByIds<K extends RowKind>(kind: K, ids: readonly string[], scope: ReadScope): Promise<readonly RowOf<K>[]> {
    return await readRowsByIds(this.#db, kind, ids, scope);
  }

  async values(
    owners: ValueOwners,
    names: readonly string[] | undefined,
    scope: ReadScope,
  ): Promise<ReadonlyMap<string, readonly VariableValue[]>> {
    return await readValues(this.#db, owners, names, scope);
  }

  async shares(
    kind: 'subject' | 'session',
    itemIds: readonly string[],
    scope: ReadScope,
  ): Promise<ReadonlyMap<string, readonly ShareEdge[]>> {
    return await readShares(this.#db, kind, itemIds, scope);
  }

  async variableSummaries(
    variableIds: readonly string[],
    scope: ReadScope,
  ): Promise<ReadonlyMap<string, VariableSummary>> {
    return await readSummaries(this.#db, variableIds, scope);
  }

  async sessionModalities(
    sessionIds: readonly string[],
    scope: ReadScope,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const parameters = new SqlParameters();
    const rows = await this.#query(
      `SELECT c.session_id AS "sessionId", array_agg(DISTINCT c.modality ORDER BY c.modality) AS codes
       FROM scan c JOIN dataset d ON d.id = c.dataset_id
       WHERE c.session_id = ANY(${parameters.add(sessionIds, 'uuid[]')}) AND c.modality IS NOT NULL AND c.retired_at IS NULL
         AND ${rowsVisible(scope, parameters)} GROUP BY c.session_id`,
      parameters.values,
    );
    return new Map(rows.map((row) => [String(row['sessionId']), row['codes'] as string[]]));
  }

  async agentsByIds(ids: readonly string[]): Promise<readonly Agent[]> {
    const rows = await this.#db.rows({
      text: `SELECT ${agentColumns.sql} FROM agent a WHERE a.id = ANY($1::uuid[])`,
      values: [ids],
      prepared: true,
    });
    return rows.map((row) => agentColumns.read(row));
  }

  async totals(scope: ReadScope): Promise<{
    readonly datasets: number;
    readonly subjects: number;
    readonly sessions: number;
    readonly scans: number;
  }> {
    const parameters = new SqlParameters();
    const visible = rowsVisible(scope, parameters);
    const sum = (column: string): string => `coalesce(sum(d.${column}) FILTER (WHERE ${visible}), 0)::bigint`;
    const rows = await this.#query(
      `SELECT count(*) AS datasets, ${sum('held_subjects')} AS subjects, ${sum('held_sessions')} AS sessions, ${sum('held_scans')} AS scans
       FROM dataset d WHERE d.status <> 'WITHDRAWN' AND ${recordVisible(scope, parameters)}`,
      parameters.values,
    );
    const row = rows[0] ?? {};
    return {
      datasets: Number(row['datasets']),
      subjects: Number(row['subjects']),
      sessions: Number(row['sessions']),
      scans: Number(row['scans']),
    };
  }

  forgetVocabulary(): void {
    this.#terms.forget();
  }

  async vocabulary(): Promise<Vocabulary> {
    return (await this.#terms.current()).vocabulary;
  }

  async #expansion(): Promise<TermExpansion> {
    return (await this.#terms.current()).expansion;
  }

  async #query(sql: string, values: unknown[]): Promise<SqlRow[]> {
    return await this.#db.query(sql, values);
  }
}
