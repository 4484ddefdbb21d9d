import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reranker } from '../../../src/embedding/index.ts';
import { InvalidInputError, UpstreamUnavailableError } from '../../../src/kernel/errors.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { SqliteTextIndex } from '../../../src/retrieval/adapters/sqlite-text-index.ts';
import {
  createRetriever,
  type RetrievalQuery,
  type RetrieverParts,
  type TextIndex,
} from '../../../src/retrieval/index.ts';
import { hashEmbedder } from '../../kit/hash-embedder.ts';
import { sampleSynonyms } from '../../kit/index-documents.ts';
import { createSampleGeneration, samples, upsertSamples } from '../../kit/sample-index.ts';

const folder = mkdtempSync(join(tmpdir(), 'mia-retrieve-'));
const index = new SqliteTextIndex({ folder, name: 'samples' });

beforeAll(async () => {
  await createSampleGeneration(index, 'g1');
  await upsertSamples(index, 'g1', samples);
  await index.activate('g1');
});
afterAll(async () => {
  await index.close();
  rmSync(folder, { recursive: true, force: true });
});

const parts: RetrieverParts = {
  index,
  embedder: hashEmbedder(),
  settings: {
    fusion: { method: 'rrf', lexicalWeight: 1, semanticWeight: 1, k: 20, depth: 50 },
    minSimilarity: 0.4,
    rerankDepth: 10,
    retryAfterMs: 1000,
  },
  synonyms: () => sampleSynonyms,
  logger: silentLogger,
  now: () => 0,
};
const question: RetrievalQuery = {
  scope: { kind: 'readableBy', groups: ['guest'] },
  where: { kind: 'all', of: [] },
  selections: [],
  text: 'lung cancer tomography',
  first: 5,
  offset: 0,
  facets: [],
};

describe('retriever', () => {
  it('answers by words and meaning, with evidence of both', async () => {
    const answer = await createRetriever(parts)(question);
    expect(answer).toMatchObject({ engine: 'sqlite', model: 'hash', degraded: false, warnings: [] });
    expect(answer.hits[0]).toMatchObject({ id: 'lung', lexical: { rank: 1 }, semantic: { rank: 1 } });
    const [highlight] = answer.hits[0]?.highlights ?? [];
    const words = highlight?.spans.map(([start, end]) => highlight.text.slice(start, end));
    expect(words).toEqual(['tomography', 'lung', 'cancer']);
    expect(answer.total).toBeGreaterThanOrEqual(1);
  });

  it('finds nothing for nonsense', async () => {
    const answer = await createRetriever(parts)({ ...question, text: 'zzqx wvvb' });
    expect(answer).toMatchObject({ hits: [], total: 0 });
  });

  it('goes on by words when the encoder is away, and says so', async () => {
    const away = { ...hashEmbedder(), embed: () => Promise.reject(new UpstreamUnavailableError('away')) };
    const answer = await createRetriever({ ...parts, embedder: away })(question);
    expect(answer).toMatchObject({ degraded: true, model: undefined });
    expect(answer.hits[0]?.id).toBe('lung');
  });

  it('goes on by words while the index holds the vectors of another encoder', async () => {
    const answer = await createRetriever({ ...parts, embedder: hashEmbedder(32, 'other') })(question);
    expect(answer.degraded).toBe(true);
    expect(answer.hits[0]?.id).toBe('lung');
  });

  it('asks the standby while the engine is away, and not the engine again before its time', async () => {
    let asked = 0;
    let time = 0;
    const dead = new Proxy(index, {
      get(target, name): unknown {
        if (name === 'engine') return 'elasticsearch';
        if (name === 'lexical') {
          return () => {
            asked++;
            return Promise.reject(new UpstreamUnavailableError('away'));
          };
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }) as TextIndex; // a proxy has the type of its target
    const retrieve = createRetriever({ ...parts, index: dead, standby: index, now: () => time });
    expect(await retrieve(question)).toMatchObject({ engine: 'sqlite', degraded: true });
    await retrieve(question);
    expect(asked).toBe(1);
    time = 1500;
    await retrieve(question);
    expect(asked).toBe(2);
  });

  it('lets a second-stage model order the first hits, and does without when it fails', async () => {
    const backwards: Reranker = {
      load: () => Promise.resolve(),
      name: 'backwards',
      score: (_query, texts) => Promise.resolve(texts.map((text) => (text.startsWith('ABIDE') ? 1 : 0))),
      close: () => Promise.resolve(),
    };
    const asked = { ...question, text: 'images of lung or autism' };
    expect((await createRetriever({ ...parts, reranker: backwards })(asked)).hits[0]?.id).toBe('abide');
    const failing = { ...backwards, score: () => Promise.reject(new Error('away')) };
    expect(await createRetriever({ ...parts, reranker: failing })(asked)).toMatchObject({ degraded: true });
  });

  it('refuses an empty text', async () => {
    await expect(createRetriever(parts)({ ...question, text: ' ' })).rejects.toBeInstanceOf(InvalidInputError);
  });
});
