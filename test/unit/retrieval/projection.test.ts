import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/kernel/clock.ts';
import { UpstreamUnavailableError } from '../../../src/kernel/errors.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { SqliteTextIndex } from '../../../src/retrieval/adapters/sqlite-text-index.ts';
import {
  inspectIndex,
  isClean,
  type ProjectionParts,
  projectChanges,
  rebuildIndex,
  verifyIndex,
} from '../../../src/retrieval/index.ts';
import { hashEmbedder } from '../../kit/hash-embedder.ts';
import { sampleDocument, sampleSchema, sampleSource } from '../../kit/index-documents.ts';
import { MemorySource } from '../../kit/memory-source.ts';

const opened: { index: SqliteTextIndex; folder: string }[] = [];
afterEach(async () => {
  for (const { index, folder } of opened.splice(0)) {
    await index.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

function projection(): ProjectionParts & { source: MemorySource; index: SqliteTextIndex } {
  const folder = mkdtempSync(join(tmpdir(), 'mia-projection-'));
  const index = new SqliteTextIndex({ folder, name: 'samples' });
  opened.push({ index, folder });
  const source = new MemorySource();
  for (const id of ['a', 'b', 'c', 'd', 'e']) source.put(sampleSource({ id, title: `${id} scan` }));
  return { source, index, embedder: hashEmbedder(), logger: silentLogger, clock: systemClock, batchSize: 2 };
}

function ids(): () => string {
  let next = 1;
  return () => `g${next++}`;
}

describe('projection', () => {
  it('fills, follows changes and removals, and then differs in nothing', async () => {
    const parts = projection();
    const { generation, documents } = await rebuildIndex(parts, { schema: sampleSchema, newId: ids() });
    expect(documents).toBe(5);
    parts.source.put(sampleSource({ id: 'a', version: 2, title: 'a changed scan' }));
    parts.source.remove('b', 2);
    const step = await projectChanges(parts, generation);
    expect(step).toMatchObject({ changes: 2, applied: 2 });
    expect(step.lagMs).toBeLessThan(5000);
    expect(isClean(await verifyIndex(parts.index, parts.source, generation))).toBe(true);
  });

  it('names what is missing, stale, surplus and forbidden', async () => {
    const parts = projection();
    const { generation } = await rebuildIndex(parts, { schema: sampleSchema, newId: ids() });
    parts.source.put(sampleSource({ id: 'new' }));
    parts.source.put(sampleSource({ id: 'a', version: 2 }));
    parts.source.remove('b', 2);
    parts.source.put(sampleSource({ id: 'c', version: 1, title: 'c scan', groups: ['stewards'] }));
    expect(await verifyIndex(parts.index, parts.source, generation)).toEqual({
      missing: ['new'],
      stale: ['a', 'c'],
      surplus: ['b'],
      forbidden: ['c'],
    });
  });

  it('loses nothing when the encoder fails in between: the same changes come again', async () => {
    const parts = projection();
    const { generation } = await rebuildIndex(parts, { schema: sampleSchema, newId: ids() });
    parts.source.put(sampleSource({ id: 'f' }));
    const away = { ...hashEmbedder(), embed: () => Promise.reject(new UpstreamUnavailableError('away')) };
    await expect(projectChanges({ ...parts, embedder: away }, generation)).rejects.toBeInstanceOf(
      UpstreamUnavailableError,
    );
    expect(await projectChanges(parts, generation)).toMatchObject({ changes: 1, applied: 1 });
  });

  it('takes an interrupted rebuild up where it stopped', async () => {
    const parts = projection();
    let calls = 0;
    const steady = hashEmbedder();
    const failing = {
      ...steady,
      embed: (...args: Parameters<typeof steady.embed>) =>
        calls++ === 1 ? Promise.reject(new UpstreamUnavailableError('away')) : steady.embed(...args),
    };
    const options = { schema: sampleSchema, newId: ids() };
    await expect(rebuildIndex({ ...parts, embedder: failing }, options)).rejects.toBeInstanceOf(
      UpstreamUnavailableError,
    );
    const report = await rebuildIndex(parts, options);
    expect(report).toMatchObject({ generation: 'g1', resumed: true, documents: 3 });
    expect(isClean(await verifyIndex(parts.index, parts.source, 'g1'))).toBe(true);
  });

  it('serves the old generation until the new one is whole, then drops it', async () => {
    const parts = projection();
    const newId = ids();
    await rebuildIndex(parts, { schema: sampleSchema, newId });
    const during: number[] = [];
    const all = { scope: { kind: 'all' }, where: { kind: 'all', of: [] }, selections: [] } as const;
    const index = parts.index;
    const rebuilding = rebuildIndex(parts, { schema: { ...sampleSchema, version: 2 }, newId });
    const state: { done: boolean } = { done: false };
    void rebuilding.then(() => (state.done = true));
    while (!state.done) during.push((await index.lexical({ ...all, text: 'scan', synonyms: [], depth: 10 })).length);
    await rebuilding;
    expect(new Set(during)).toEqual(new Set([5]));
    expect((await index.generations()).map(({ id, active }) => [id, active])).toEqual([['g2', true]]);
  });

  it('tells at start an index of another schema or encoder from the wanted one', async () => {
    const parts = projection();
    expect((await inspectIndex(parts, sampleSchema)).kind).toBe('absent');
    await rebuildIndex(parts, { schema: sampleSchema, newId: ids() });
    expect((await inspectIndex(parts, sampleSchema)).kind).toBe('ready');
    expect((await inspectIndex(parts, { ...sampleSchema, version: 2 })).kind).toBe('otherSchema');
    expect((await inspectIndex({ ...parts, embedder: hashEmbedder(32, 'other') }, sampleSchema)).kind).toBe(
      'otherEncoder',
    );
  });

  it('reports a document the index cannot hold and goes on with the rest', async () => {
    const parts = projection();
    const { generation } = await rebuildIndex(parts, { schema: sampleSchema, newId: ids() });
    const odd = sampleDocument({ id: 'odd' }, [new Float32Array(32)]);
    parts.source.put({ ...sampleSource({ id: 'odd' }), filters: { ...odd.filters, subjects: ['many'] } });
    parts.source.put(sampleSource({ id: 'good' }));
    const step = await projectChanges(parts, generation);
    expect(step.applied).toBe(1);
    expect(step.rejected.map(({ id }) => id)).toEqual(['odd']);
  });
});
