import { DatabaseSync } from 'node:sqlite';
import type { Client } from '@elastic/elasticsearch';
import type { Embedder } from '../../src/embedding/index.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { documentBody } from '../../src/retrieval/adapters/elastic-mapping.ts';
import { lexicalBody, nearestBody } from '../../src/retrieval/adapters/elastic-query.ts';
import {
  analyzeText,
  createRetriever,
  type GenerationSpec,
  type IndexDocument,
  type Narrowing,
  type TextIndex,
} from '../../src/retrieval/index.ts';
import type { Figure } from '../figure.ts';
import { compared, round } from '../judge-figure.ts';
import { articleFusion } from './measure-quality.ts';
import { percentile } from './ranking-measures.ts';

const everything: Narrowing = { scope: { kind: 'all' }, where: { kind: 'all', of: [] }, selections: [] };
const batchSize = 500;

/** Asks in turn, ours and the rival's, and compares the medians and tails. */
export async function measureTurns(
  name: string,
  rival: string,
  turns: number,
  ours: (turn: number) => Promise<unknown>,
  bare: (turn: number) => Promise<unknown>,
): Promise<readonly Figure[]> {
  const times = { ours: [] as number[], bare: [] as number[] };
  for (let turn = -20; turn < turns; turn++) {
    const which = Math.abs(turn);
    const start = performance.now();
    await ours(which);
    const middle = performance.now();
    await bare(which);
    const end = performance.now();
    if (turn < 0) continue; // warming up
    times.ours.push(middle - start);
    times.bare.push(end - middle);
  }
  return ([0.5, 0.95] as const).map((share) =>
    compared({
      name: `${name} p${share * 100}`,
      value: percentile(times.ours, share),
      unit: 'ms',
      rival,
      rivalValue: percentile(times.bare, share),
    }),
  );
}

/** Documents per second through the port, vectors given, beside the engine's own bulk path over the same documents. */
export async function measureIndexRate(
  index: TextIndex,
  spec: GenerationSpec,
  documents: readonly IndexDocument[],
  bare: { readonly name: string; run(documents: readonly IndexDocument[]): Promise<void> },
): Promise<Figure> {
  const generation = 'rate';
  await index.createGeneration(generation, spec);
  const started = performance.now();
  for (let at = 0; at < documents.length; at += batchSize) {
    const slice = documents.slice(at, at + batchSize);
    await index.apply(
      generation,
      slice.map(
        (document) => ({ kind: 'upsert', document, contentHash: 'bench', encoderHash: spec.encoder?.hash }) as const,
      ),
    );
  }
  await index.refresh(generation);
  const ours = documents.length / ((performance.now() - started) / 1000);
  await index.drop(generation);
  const bareStarted = performance.now();
  await bare.run(documents);
  const rivalValue = documents.length / ((performance.now() - bareStarted) / 1000);
  return compared({
    name: `${index.engine} index rate, one vector each`,
    value: ours,
    unit: 'docs/s',
    rival: bare.name,
    rivalValue,
  });
}

/** A plain FTS5 table with porter and unicode61 plus a vector column, filled in this thread without our analysis. */
export const bareSqlite = {
  name: 'bare FTS5 (porter unicode61) and a blob',
  run(documents: readonly IndexDocument[]): Promise<void> {
    const database = new DatabaseSync(':memory:');
    database.exec(
      "CREATE VIRTUAL TABLE w USING fts5(title, abstract, tokenize = 'porter unicode61'); CREATE TABLE v (id TEXT, numbers BLOB)",
    );
    const words = database.prepare('INSERT INTO w (title, abstract) VALUES (?, ?)');
    const vectors = database.prepare('INSERT INTO v (id, numbers) VALUES (?, ?)');
    database.exec('BEGIN');
    for (const { id, text, passages } of documents) {
      words.run(text['title']?.join(' ') ?? '', text['abstract']?.join(' ') ?? '');
      vectors.run(id, new Uint8Array((passages[0]?.vector ?? new Float32Array()).slice().buffer));
    }
    database.exec('COMMIT');
    database.close();
    return Promise.resolve();
  },
};

/** Elasticsearch's own bulk API over ready-made lines into an index with our mapping. */
export function bareElastic(client: Client, spec: GenerationSpec, mapping: object) {
  return {
    name: 'bare _bulk of ready-made lines, same mapping',
    async run(documents: readonly IndexDocument[]): Promise<void> {
      const path = '/bare-rate';
      await client.transport.request({ method: 'PUT', path, body: mapping });
      for (let at = 0; at < documents.length; at += batchSize) {
        const lines = documents
          .slice(at, at + batchSize)
          .flatMap((document) => [{ index: { _id: document.id } }, documentBody(document, 'bench', spec)]);
        await client.transport.request({
          method: 'POST',
          path: `${path}/_bulk`,
          bulkBody: lines.map((line) => JSON.stringify(line)),
        });
      }
      await client.transport.request({ method: 'POST', path: `${path}/_refresh` });
      await client.transport.request({ method: 'DELETE', path });
    },
  };
}

/** Query latency on SQLite beside the same MATCH in an open database of the same file, in this thread. */
export async function sqliteQueryFigures(
  index: TextIndex,
  file: string,
  questions: readonly string[],
): Promise<readonly Figure[]> {
  const database = new DatabaseSync(file, { readOnly: true });
  const select = database.prepare(
    'SELECT d.id, -bm25(words, 3, 1) AS s FROM words JOIN document d ON d.doc = words.rowid WHERE words MATCH ? ORDER BY s DESC LIMIT 100',
  );
  const figures = await measureTurns(
    'sqlite words',
    'the same MATCH in process',
    200,
    (turn) => index.lexical({ ...everything, text: at(questions, turn), synonyms: [], depth: 100 }),
    (turn) => {
      const terms = [...new Set(analyzeText(at(questions, turn)).flatMap((word) => word.terms))];
      return Promise.resolve(select.all(terms.map((term) => `"${term}"`).join(' OR ')));
    },
  );
  database.close();
  return figures;
}

/** Query latency on Elasticsearch beside the plain client with simpler bodies: one match, one knn. */
export async function elasticQueryFigures(
  index: TextIndex,
  client: Client,
  spec: GenerationSpec,
  questions: readonly string[],
  vectors: readonly Float32Array[],
): Promise<readonly Figure[]> {
  const path = `/mia-${spec.schema.name}/_search`;
  const bare = (body: object) => client.transport.request({ method: 'POST', path, body });
  const encoderHash = spec.encoder?.hash ?? '';
  const lexical = (turn: number) => ({ ...everything, text: at(questions, turn), synonyms: [], depth: 100 });
  const nearest = (turn: number) => ({
    ...everything,
    vector: vectors[turn % vectors.length] ?? new Float32Array(),
    encoderHash,
    depth: 100,
  });
  return [
    ...(await measureTurns(
      'elasticsearch words',
      'the bare client, same body',
      200,
      (turn) => index.lexical(lexical(turn)),
      (turn) => bare(lexicalBody(spec.schema, lexical(turn))),
    )),
    ...(await measureTurns(
      'elasticsearch meaning',
      'the bare client, same body',
      200,
      (turn) => index.nearest(nearest(turn)),
      (turn) => bare(nearestBody(spec.schema, nearest(turn), [...nearest(turn).vector])),
    )),
  ];
}

/** Latency of a whole search: encoder, words, meaning, fusion, documents, highlights, total. */
export async function searchFigures(
  index: TextIndex,
  embedder: Embedder,
  questions: readonly string[],
): Promise<readonly Figure[]> {
  const settings = { fusion: articleFusion, minSimilarity: 0.3, rerankDepth: 50, retryAfterMs: 2000 };
  const now = (): number => performance.now();
  const retrieve = createRetriever({ index, embedder, settings, synonyms: () => [], logger: silentLogger, now });
  const times: number[] = [];
  for (let turn = -20; turn < 200; turn++) {
    const start = performance.now();
    await retrieve({ ...everything, text: at(questions, Math.abs(turn)), first: 10, offset: 0, facets: [] });
    if (turn >= 0) times.push(performance.now() - start);
  }
  return [0.5, 0.95].map((share) => ({
    name: `${index.engine} whole search, encoder included, p${share * 100}`,
    value: round(percentile(times, share), 2),
    unit: 'ms',
  }));
}

/** The questions over and over. */
function at(questions: readonly string[], turn: number): string {
  return questions[turn % questions.length] ?? '';
}
