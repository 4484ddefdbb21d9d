import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConflictError } from '../../../src/kernel/errors.ts';
import { hashContent, hashSchema, type IndexScope, type TextIndex } from '../../../src/retrieval/index.ts';
import { sampleDocument, sampleSchema, sampleSource, sampleSynonyms } from '../../kit/index-documents.ts';
import { createSampleGeneration, sampleEmbedder, samples, upsertSamples } from '../../kit/sample-index.ts';

const guest: IndexScope = { kind: 'readableBy', groups: ['guest'] };
const all = { scope: { kind: 'all' }, where: { kind: 'all', of: [] }, selections: [] } as const;

/** How every TextIndex takes changes, progress and generations; run against each adapter. */
export function describeTextIndexWriting(name: string, open: () => Promise<TextIndex>): void {
  describe(`TextIndex writing on ${name}`, () => {
    let index: TextIndex;

    beforeAll(async () => {
      index = await open();
      await createSampleGeneration(index, 'g1');
      await upsertSamples(index, 'g1', samples);
      await index.activate('g1');
    }, 120_000);
    afterAll(() => index.close());

    const lexicalIds = async (text: string): Promise<readonly string[]> =>
      (await index.lexical({ ...all, text, synonyms: sampleSynonyms, depth: 10 })).map(({ id }) => id);
    const nearestIds = async (text: string): Promise<readonly string[]> => {
      const [vector] = await sampleEmbedder.embed([text], 'query');
      const { hash } = await sampleEmbedder.identity();
      const query = { ...all, vector: vector ?? new Float32Array(), encoderHash: hash, depth: 10 };
      return (await index.nearest(query)).map(({ id }) => id);
    };

    it('never lets an older version replace a newer one, nor bring a deleted one back', async () => {
      await upsertSamples(index, 'g1', [{ id: 'moving', version: 5, title: 'newest quokka' }]);
      const late = await upsertSamples(index, 'g1', [{ id: 'moving', version: 4, title: 'older quokka' }]);
      expect(late).toMatchObject({ applied: 0, outdated: 1 });
      expect((await index.fetch(['moving'], guest))[0]?.text['title']).toEqual(['newest quokka']);
      await index.apply('g1', [{ kind: 'delete', id: 'moving', version: 6 }]);
      await upsertSamples(index, 'g1', [{ id: 'moving', version: 5, title: 'late quokka' }]);
      expect(await lexicalIds('quokka')).toEqual([]);
      const again = await upsertSamples(index, 'g1', [{ id: 'moving', version: 7, title: 'reborn quokka' }]);
      expect(again.applied).toBe(1);
      expect(await lexicalIds('quokka')).toEqual(['moving']);
      await index.apply('g1', [{ kind: 'delete', id: 'moving', version: 8 }]);
      await index.refresh('g1');
      expect(await nearestIds('reborn quokka')).not.toContain('moving');
    });

    it('takes the same version again without harm and reports bad documents one by one', async () => {
      const again = await upsertSamples(index, 'g1', [samples[0] ?? { id: '' }]);
      expect(again.applied).toBe(1);
      const bad = sampleDocument({ id: 'bad' }, [new Float32Array(3)]);
      const report = await index.apply('g1', [
        { kind: 'upsert', document: bad, contentHash: 'x', encoderHash: (await sampleEmbedder.identity()).hash },
        { kind: 'delete', id: 'never-there', version: 1 },
      ]);
      expect(report.rejected.map(({ id }) => id)).toEqual(['bad']);
    });

    it('refuses documents of another encoder, or of none, and takes nothing of their batch', async () => {
      const document = sampleDocument({ id: 'mixed', title: 'mixed numbat' }, [new Float32Array(32).fill(0.1)]);
      const mine = (await sampleEmbedder.identity()).hash;
      for (const encoderHash of ['other-32', undefined]) {
        const batch = [
          { kind: 'upsert', document, contentHash: 'x', encoderHash: mine },
          { kind: 'upsert', document, contentHash: 'x', encoderHash },
        ] as const;
        await expect(
          index.apply('g1', batch, { position: '7', backfillAfter: undefined, complete: true }),
        ).rejects.toBeInstanceOf(ConflictError);
      }
      await index.refresh('g1');
      expect(await lexicalIds('numbat')).toEqual([]);
      expect((await index.progress('g1'))?.position).not.toBe('7');
    });

    it('keeps progress with the generation', async () => {
      expect(await index.progress('g1')).toBeUndefined();
      await index.apply('g1', [], { position: '42', backfillAfter: 'oasis', complete: false });
      expect(await index.progress('g1')).toEqual({ position: '42', backfillAfter: 'oasis', complete: false });
    });

    it('scans all documents in order of id with what drift is judged by', async () => {
      const scanned = [];
      for await (const page of index.scan('g1', 2)) scanned.push(...page);
      expect(scanned.map(({ id }) => id)).toEqual(['abide', 'lung', 'oasis', 'secret', 'upenn-gbm']);
      expect(scanned[3]).toEqual({
        id: 'secret',
        version: 1,
        readerGroups: ['stewards'],
        contentHash: hashContent(sampleSource(samples[4] ?? { id: '' })),
      });
    });

    it('switches generations in one step and drops the old one', async () => {
      await createSampleGeneration(index, 'g2');
      await upsertSamples(index, 'g2', [{ id: 'fresh', title: 'fresh wombat' }]);
      expect(await lexicalIds('wombat')).toEqual([]);
      await index.activate('g2');
      expect(await lexicalIds('wombat')).toEqual(['fresh']);
      expect(await nearestIds('fresh wombat')).toEqual(['fresh']);
      await expect(index.drop('g2')).rejects.toBeInstanceOf(ConflictError);
      await index.drop('g1');
      const generations = await index.generations();
      expect(generations.map(({ id, active }) => ({ id, active }))).toEqual([{ id: 'g2', active: true }]);
      expect(generations[0]?.spec.schemaHash).toBe(hashSchema(sampleSchema));
      expect(await lexicalIds('wombat')).toEqual(['fresh']);
    });
  });
}
