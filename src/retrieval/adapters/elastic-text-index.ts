import type { Client } from '@elastic/elasticsearch';
import { toUnitLength } from '../../embedding/index.ts';
import { ConflictError, UpstreamContractError } from '../../kernel/errors.ts';
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
  TextIndex,
} from '../ports.ts';
import {
  countAnswer,
  mappedIndexes,
  progressAnswer,
  searchAnswer,
  storedAnswer,
  suggestAnswer,
} from './elastic-answers.ts';
import { scanIndex, writeDocuments } from './elastic-documents.ts';
import { indexBody, type JsonObject, similarityOf } from './elastic-mapping.ts';
import { countBody, lexicalBody, listBody, nearestBody, scopeClauses, suggestBody } from './elastic-query.ts';
import { ElasticRequests } from './elastic-requests.ts';
import { readCursor, writeCursor } from './list-cursor.ts';

/** Which server, and under which names. */
export interface ElasticTextIndexOptions {
  readonly client: Client;
  /** Name of the index; the schema's. */
  readonly name: string;
  /** First part of all names on the server. */
  readonly prefix?: string;
  /** Longest wait for one answer. */
  readonly timeoutMs?: number;
  /** The same for a search, which somebody waits for. */
  readonly searchTimeoutMs?: number;
}

/** One generation as this adapter knows it. */
type Active = Generation & { readonly index: string };

/** A new look at which generation is active, for schema and encoder, at most this often. */
const activeTtlMs = 1000;

/**
 * Index on Elasticsearch 9: BM25F over English words, int8 HNSW over nested passages, aggregations, completion; one index per
 * generation behind an alias. Only what the free licence has: ranks are fused by the caller.
 */
export class ElasticTextIndex implements TextIndex {
  readonly engine = 'elasticsearch';
  readonly #server: ElasticRequests;
  readonly #searchTimeoutMs: number;
  readonly #alias: string;
  readonly #progressIndex: string;
  #active: { readonly at: number; readonly value: Promise<Active | undefined> } | undefined;

  constructor(options: ElasticTextIndexOptions) {
    const prefix = options.prefix ?? 'mia';
    this.#server = new ElasticRequests(options.client, options.timeoutMs ?? 10_000);
    this.#searchTimeoutMs = options.searchTimeoutMs ?? 5000;
    this.#alias = `${prefix}-${options.name}`;
    this.#progressIndex = `${prefix}.progress`;
  }

  async generations(): Promise<readonly Active[]> {
    const timeoutMs = this.#searchTimeoutMs;
    const answer = await this.#server.send('GET', `/${this.#alias}-*`, undefined, { missing: {}, timeoutMs });
    return mappedIndexes(answer).map(({ index, spec, aliases }) => ({
      id: index.slice(this.#alias.length + 1),
      index,
      spec,
      active: aliases.includes(this.#alias),
    }));
  }

  async createGeneration(id: string, spec: GenerationSpec): Promise<void> {
    const taken = (await this.generations()).some((generation) => generation.id === id);
    if (taken) throw new ConflictError(`The index ${this.#alias} has a generation ${id} already`);
    await this.#server.send('PUT', `/${this.#indexOf(id)}`, indexBody(spec));
  }

  async activate(id: string): Promise<void> {
    const remove = (await this.generations())
      .filter(({ active }) => active)
      .map(({ index }) => ({ remove: { index, alias: this.#alias } }));
    const actions = [...remove, { add: { index: this.#indexOf(id), alias: this.#alias } }];
    await this.#server.send('POST', '/_aliases', { actions });
    this.#active = undefined;
  }

  async drop(id: string): Promise<void> {
    const generation = (await this.generations()).find((each) => each.id === id);
    if (generation?.active === true) throw new ConflictError(`The generation ${id} of ${this.#alias} is active`);
    await this.#server.send('DELETE', `/${this.#indexOf(id)}`, undefined, { missing: {} });
    await this.#server.send('DELETE', `/${this.#progressIndex}/_doc/${this.#indexOf(id)}`, undefined, { missing: {} });
  }

  async apply(id: string, changes: readonly IndexChange[], progress?: ProjectionProgress): Promise<ApplyReport> {
    const report = await writeDocuments(
      this.#server,
      { index: this.#indexOf(id), spec: await this.#specOf(id) },
      changes,
    );
    // After the documents: when this write is lost, the same changes are applied again.
    if (progress !== undefined) {
      const body = { position: progress.position, after: progress.backfillAfter ?? null, complete: progress.complete };
      await this.#server.send('PUT', `/${this.#progressIndex}/_doc/${this.#indexOf(id)}`, body);
    }
    return report;
  }

  async progress(id: string): Promise<ProjectionProgress | undefined> {
    const path = `/${this.#progressIndex}/_doc/${this.#indexOf(id)}`;
    return progressAnswer(await this.#server.send('GET', path, undefined, { missing: {} }));
  }

  async refresh(id: string): Promise<void> {
    await this.#server.send('POST', `/${this.#indexOf(id)}/_refresh`);
  }

  async *scan(id: string, pageSize: number): AsyncIterable<readonly ScannedDocument[]> {
    yield* scanIndex(this.#server, this.#indexOf(id), pageSize);
  }

  async lexical(query: LexicalQuery, signal?: AbortSignal): Promise<readonly RankedDocument[]> {
    return await this.#onActive([], async ({ index, spec }) => {
      const answer = await this.#search(index, lexicalBody(spec.schema, query), signal);
      return answer.hits.map(({ _id, _score }) => ({ id: _id, score: _score ?? 0 }));
    });
  }

  async nearest(query: NearestQuery, signal?: AbortSignal): Promise<readonly RankedDocument[]> {
    return await this.#onActive([], async (active) => await this.#nearestIn(active, query, signal));
  }

  async #nearestIn(
    { index, spec }: Active,
    query: NearestQuery,
    signal: AbortSignal | undefined,
  ): Promise<readonly RankedDocument[]> {
    const { encoder, schema } = spec;
    if (encoder?.hash !== query.encoderHash) {
      const holds = encoder?.profile ?? 'no encoder';
      throw new ConflictError(`The index ${this.#alias} holds vectors of ${holds}, not of the one asked with`, {
        index: encoder?.hash ?? null,
        query: query.encoderHash,
      });
    }
    const vector = encoder.similarity === 'cosine' ? toUnitLength(query.vector.slice()) : query.vector;
    // A zero vector has no direction; Elasticsearch would refuse it.
    if (vector.every((number) => number === 0)) return [];
    const answer = await this.#search(index, nearestBody(schema, query, [...vector]), signal);
    return answer.hits.map((hit) => ({
      id: hit._id,
      score: similarityOf(hit._score ?? 0, encoder.similarity),
      passage: searchAnswer.passageOf(hit),
    }));
  }

  async count(query: CountQuery, signal?: AbortSignal): Promise<{ total: number; facets: readonly FacetCounts[] }> {
    const active = await this.#current();
    if (active === undefined) return { total: 0, facets: [] };
    const answer = await this.#server.send('POST', `/${this.#alias}/_search`, countBody(active.spec.schema, query), {
      signal,
      timeoutMs: this.#searchTimeoutMs,
    });
    return countAnswer(answer, query.facets);
  }

  async list(query: ListQuery, signal?: AbortSignal): Promise<ListPage> {
    const active = await this.#current();
    if (active === undefined) return { ids: [], after: undefined };
    const after = query.after === undefined ? undefined : readCursor(query.after, query.sort.length);
    const { hits } = await this.#search(this.#alias, listBody(active.spec.schema, query, after), signal);
    const last = hits.length === query.first ? hits.at(-1) : undefined;
    return { ids: hits.map(({ _id }) => _id), after: last === undefined ? undefined : writeCursor(last.sort ?? []) };
  }

  async fetch(ids: readonly string[], scope: IndexScope, signal?: AbortSignal): Promise<readonly StoredDocument[]> {
    if (ids.length === 0) return [];
    const { hits } = await this.#search(
      this.#alias,
      {
        query: { bool: { filter: [{ ids: { values: [...ids] } }, ...scopeClauses(scope)] } },
        size: ids.length,
        track_total_hits: false,
        _source: ['version', 'stored'],
      },
      signal,
    );
    const found = new Map(hits.map(({ _id, _source }) => [_id, storedAnswer(_id, _source)]));
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  async suggest(prefix: string, scope: IndexScope, first: number, signal?: AbortSignal): Promise<readonly string[]> {
    if (prefix.trim() === '' || (scope.kind === 'readableBy' && scope.groups.length === 0)) return [];
    const body = suggestBody(prefix, scope, first);
    const timeoutMs = this.#searchTimeoutMs;
    const answer = await this.#server.send('POST', `/${this.#alias}/_search`, body, { signal, missing: {}, timeoutMs });
    return suggestAnswer(answer, prefix).slice(0, first);
  }

  async ping(): Promise<boolean> {
    return await this.#server.ping();
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  async #specOf(id: string): Promise<GenerationSpec> {
    const generation = (await this.generations()).find((each) => each.id === id);
    if (generation === undefined) throw new ConflictError(`The index ${this.#alias} has no generation ${id}`);
    return generation.spec;
  }

  #current(): Promise<Active | undefined> {
    const now = Date.now();
    if (this.#active === undefined || now - this.#active.at > activeTtlMs) {
      const value = this.generations().then((all) => all.find(({ active }) => active));
      this.#active = { at: now, value };
      value.catch(() => (this.#active = undefined));
    }
    return this.#active.value;
  }

  /**
   * Asks the very index whose schema and encoder are known, not the alias, which may have moved to another since. Where that index
   * is gone, the one that took over is asked.
   */
  async #onActive<T>(nothing: T, ask: (active: Active) => Promise<T>): Promise<T> {
    const active = await this.#current();
    if (active === undefined) return nothing;
    try {
      return await ask(active);
    } catch (error) {
      if (!(error instanceof UpstreamContractError) || error.details['status'] !== 404) throw error;
      this.#active = undefined;
      const next = await this.#current();
      return next === undefined ? nothing : await ask(next);
    }
  }

  async #search(index: string, body: JsonObject, signal: AbortSignal | undefined) {
    const timeoutMs = this.#searchTimeoutMs;
    return searchAnswer.parse(await this.#server.send('POST', `/${index}/_search`, body, { signal, timeoutMs }));
  }

  #indexOf(id: string): string {
    return `${this.#alias}-${id}`;
  }
}
