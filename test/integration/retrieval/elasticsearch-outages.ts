import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Embedder } from '../../../src/embedding/index.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { UpstreamUnavailableError } from '../../../src/kernel/errors.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { SqliteTextIndex } from '../../../src/retrieval/adapters/sqlite-text-index.ts';
import {
  createRetriever,
  isClean,
  type ProjectionParts,
  projectChanges,
  type RetrievalAnswer,
  rebuildIndex,
  type TextIndex,
  verifyIndex,
} from '../../../src/retrieval/index.ts';
import type { ElasticsearchServer } from '../../kit/elasticsearch.ts';
import { sampleSchema, sampleSource } from '../../kit/index-documents.ts';
import { MemorySource } from '../../kit/memory-source.ts';
import { sampleEmbedder } from '../../kit/sample-index.ts';

const settings = {
  fusion: { method: 'rrf', lexicalWeight: 1, semanticWeight: 1, k: 20, depth: 50 },
  minSimilarity: 0.2,
  rerankDepth: 10,
  retryAfterMs: 0,
} as const;

/** What happens when the server dies and comes back, with the embedded index as standby. */
export function describeOutages(server: () => ElasticsearchServer, open: () => Promise<TextIndex>): void {
  describe('search while Elasticsearch dies and comes back', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mia-standby-'));
    const source = new MemorySource();
    let index: TextIndex;
    let standby: TextIndex;
    const partsOf = (which: TextIndex, embedder: Embedder = sampleEmbedder): ProjectionParts => ({
      source,
      index: which,
      embedder,
      logger: silentLogger,
      clock: systemClock,
      batchSize: 20,
    });
    const ask = (text: string): Promise<RetrievalAnswer> =>
      createRetriever({
        index,
        standby,
        embedder: sampleEmbedder,
        settings,
        synonyms: () => [],
        logger: silentLogger,
        now: () => performance.now(),
      })({
        scope: { kind: 'all' },
        where: { kind: 'all', of: [] },
        selections: [],
        text,
        first: 5,
        offset: 0,
        facets: [],
      });

    beforeAll(async () => {
      index = await open();
      standby = new SqliteTextIndex({ folder, name: 'samples', readers: 1 });
      for (let number = 0; number < 120; number++)
        source.put(sampleSource({ id: `d${number}`, title: `Cohort ${number}`, body: 'scans of the brain' }));
      await rebuildIndex(partsOf(index), { schema: sampleSchema, newId: () => 'first' });
      await rebuildIndex(partsOf(standby), { schema: sampleSchema, newId: () => 'first' });
    }, 120_000);
    afterAll(async () => {
      await index.close();
      await standby.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it('fails a rebuild that is cut off, answers from the standby and says so, then catches up', async () => {
      expect(await ask('brain scans')).toMatchObject({ engine: 'elasticsearch', degraded: false });

      let calls = 0;
      const cutsOff: Embedder = {
        ...sampleEmbedder,
        embed: async (texts, role) => {
          if (++calls === 3) await server().kill();
          return sampleEmbedder.embed(texts, role);
        },
      };
      const rebuild = rebuildIndex(partsOf(index, cutsOff), { schema: sampleSchema, newId: () => 'second' });
      await expect(rebuild).rejects.toBeInstanceOf(UpstreamUnavailableError);
      source.put(sampleSource({ id: 'late', title: 'Okapi register' }));
      source.remove('d7', 2);
      await projectChanges(partsOf(standby), 'first');
      const degraded = await ask('okapi');
      expect(degraded).toMatchObject({ engine: 'sqlite', degraded: true });
      expect(degraded.warnings).toEqual(['elasticsearch is away: answered by sqlite']);
      expect(degraded.hits[0]?.id).toBe('late');

      await server().restart();
      const report = await untilAvailable(() =>
        rebuildIndex(partsOf(index), { schema: sampleSchema, newId: () => 'never' }),
      );
      expect(report).toMatchObject({ generation: 'second', resumed: true, rejected: 0 });
      expect(isClean(await verifyIndex(index, source, 'second'))).toBe(true);
      const answer = await ask('okapi');
      expect(answer).toMatchObject({ engine: 'elasticsearch', degraded: false });
      expect(answer.hits[0]?.id).toBe('late');
    }, 400_000);
  });
}

/** Asks again while the restarted server still recovers its shards, as every caller does. */
async function untilAvailable<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UpstreamUnavailableError) || attempt === 120) throw error;
      await sleep(500);
    }
  }
}
