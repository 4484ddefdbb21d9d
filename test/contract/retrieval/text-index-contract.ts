import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConflictError, InvalidInputError } from '../../../src/kernel/errors.ts';
import { type Filter, type IndexScope, type Narrowing, type TextIndex } from '../../../src/retrieval/index.ts';
import { sampleSynonyms } from '../../kit/index-documents.ts';
import { createSampleGeneration, sampleEmbedder as embedder, samples, upsertSamples } from '../../kit/sample-index.ts';

const everything: Filter = { kind: 'all', of: [] };
const all: Narrowing = { scope: { kind: 'all' }, where: everything, selections: [] };
const guest: IndexScope = { kind: 'readableBy', groups: ['guest'] };

/** What every TextIndex must do; run against each adapter. */
export function describeTextIndex(name: string, open: () => Promise<TextIndex>): void {
  describe(`TextIndex on ${name}`, () => {
    let index: TextIndex;

    beforeAll(async () => {
      index = await open();
      await createSampleGeneration(index, 'g1');
      await upsertSamples(index, 'g1', samples);
      await index.activate('g1');
    }, 120_000);
    afterAll(() => index.close());

    const lexicalIds = async (text: string, narrowing: Partial<Narrowing> = {}): Promise<readonly string[]> =>
      (await index.lexical({ ...all, ...narrowing, text, synonyms: sampleSynonyms, depth: 10 })).map(({ id }) => id);
    const listIds = async (where: Filter, scope: IndexScope = all.scope): Promise<readonly string[]> =>
      (await index.list({ scope, where, selections: [], sort: [], first: 50 })).ids;

    it('finds documents by stemmed words, best first', async () => {
      expect(await lexicalIds('image of dementia')).toContain('oasis');
      expect((await lexicalIds('lung cancer'))[0]).toBe('lung');
    });

    it('takes weights of any size, below one too', async () => {
      for (const fieldWeights of [
        { title: 0.2, body: 0.05 },
        { title: 300, body: 0.5 },
      ]) {
        const query = { ...all, text: 'lung cancer', synonyms: sampleSynonyms, fieldWeights, depth: 10 };
        expect((await index.lexical(query)).map(({ id }) => id)[0]).toBe('lung');
      }
    });

    it('keeps acronyms that a stemmer would cut, in either case', async () => {
      expect(await lexicalIds('ABIDE')).toEqual(['abide']);
      expect(await lexicalIds('abide')).toEqual(['abide']);
      expect(await lexicalIds('oasis')).toEqual(['oasis']);
    });

    it('keeps gene-like tokens whole and in parts', async () => {
      expect(await lexicalIds('IL-6')).toContain('upenn-gbm');
      expect(await lexicalIds('IL6')).toContain('upenn-gbm');
      expect(await lexicalIds('idh1')).toEqual(['upenn-gbm']);
    });

    it('looks for synonyms of words and phrases', async () => {
      expect(await lexicalIds('brain tumour')).toContain('upenn-gbm');
      expect(await lexicalIds('fMRI')).toContain('abide');
    });

    it('finds nothing for a question without known words', async () => {
      expect(await lexicalIds('zzqx')).toEqual([]);
      expect(await lexicalIds('of the')).toEqual([]);
      expect(await lexicalIds('"(*:^ AND OR NOT NEAR')).toEqual([]);
    });

    it('never shows what the scope may not see, in any way', async () => {
      expect(await lexicalIds('autism', { scope: guest })).toEqual(['abide']);
      expect(await lexicalIds('autism')).toContain('secret');
      expect(await nearestIds('Hidden autism cohort autism autism autism', guest)).not.toContain('secret');
      expect(await listIds(everything, guest)).not.toContain('secret');
      expect(await listIds(everything, { kind: 'readableBy', groups: [] })).toEqual([]);
      expect(await index.fetch(['secret'], guest)).toEqual([]);
      expect(await index.suggest('hidden', guest, 5)).toEqual([]);
      expect(await index.suggest('hidden', all.scope, 5)).toEqual(['Hidden autism cohort']);
      const { total, facets } = await index.count({
        ...all,
        synonyms: [],
        scope: guest,
        text: 'autism',
        facets: [{ kind: 'values', field: 'modality', size: 5 }],
      });
      expect(total).toBe(1);
      expect(facets[0]?.buckets).toContainEqual({ key: 'MRI', count: 1 });
    });

    it('filters by value, range, presence, text and combinations', async () => {
      expect(await listIds({ kind: 'anyOf', field: 'modality', values: ['PT', 'fMRI'] })).toEqual(['abide', 'lung']);
      expect(await listIds({ kind: 'anyOf', field: 'alias', values: ['abide i '] })).toEqual(['abide']);
      expect(await listIds({ kind: 'range', field: 'subjects', gt: 416, lte: 1112 })).toEqual(['abide', 'upenn-gbm']);
      expect(await listIds({ kind: 'range', field: 'issued', gte: '2010-01-01T00:00:00Z' })).toEqual(['abide']);
      expect(await listIds({ kind: 'anyOf', field: 'open', values: [true] })).toEqual(['abide', 'oasis', 'upenn-gbm']);
      expect(await listIds({ kind: 'not', of: { kind: 'exists', field: 'issued' } })).toEqual([
        'lung',
        'secret',
        'upenn-gbm',
      ]);
      expect(await listIds({ kind: 'contains', field: 'alias', text: 'BIDE' })).toEqual(['abide']);
      expect(await listIds({ kind: 'ids', ids: ['lung', 'nowhere'] })).toEqual(['lung']);
      expect(await listIds({ kind: 'any', of: [] })).toEqual([]);
      const both: Filter = {
        kind: 'all',
        of: [
          { kind: 'anyOf', field: 'modality', values: ['MRI'] },
          { kind: 'not', of: { kind: 'range', field: 'subjects', gte: 1000 } },
        ],
      };
      expect(await listIds(both)).toEqual(['oasis', 'secret', 'upenn-gbm']);
      expect(await lexicalIds('autism', { where: both })).toEqual(['secret']);
    });

    it('refuses fields and values that the schema does not have', async () => {
      await expect(listIds({ kind: 'exists', field: 'nosuch' })).rejects.toBeInstanceOf(InvalidInputError);
      await expect(listIds({ kind: 'range', field: 'subjects', gte: 'many' })).rejects.toBeInstanceOf(
        InvalidInputError,
      );
    });

    it('finds by meaning with the best passage, under filters', async () => {
      const [vector] = await embedder.embed(['positron emission tomography lung cancer'], 'query');
      const { hash } = await embedder.identity();
      const hits = await index.nearest({ ...all, vector: vector ?? new Float32Array(), encoderHash: hash, depth: 3 });
      expect(hits[0]).toMatchObject({ id: 'lung', passage: expect.stringContaining('Positron') as string });
      expect(hits[0]?.score).toBeGreaterThan(0.5);
      expect(hits[0]?.score).toBeLessThanOrEqual(1.00001);
      const onlyMri = { kind: 'anyOf', field: 'modality', values: ['MRI'] } as const;
      expect(await nearestIds('positron emission tomography', all.scope, onlyMri)).not.toContain('lung');
    });

    it("refuses another encoder's vectors", async () => {
      const query = { ...all, vector: new Float32Array(32).fill(0.1), encoderHash: 'other', depth: 3 };
      await expect(index.nearest(query)).rejects.toBeInstanceOf(ConflictError);
    });

    it('counts facets ignoring their own selection, with missing values and histograms', async () => {
      const { total, facets } = await index.count({
        ...all,
        synonyms: [],
        scope: guest,
        selections: [{ field: 'modality', where: { kind: 'anyOf', field: 'modality', values: ['MRI'] } }],
        facets: [
          { kind: 'values', field: 'modality', size: 10 },
          { kind: 'values', field: 'open', size: 10 },
          { kind: 'values', field: 'issued', size: 10 },
          { kind: 'histogram', field: 'subjects', interval: 500 },
        ],
      });
      expect(total).toBe(3);
      const [modality, open, issued, subjects] = facets;
      expect(modality?.buckets).toEqual([
        { key: 'MRI', count: 3 },
        { key: 'CT', count: 1 },
        { key: 'PT', count: 1 },
        { key: 'fMRI', count: 1 },
      ]);
      expect(open?.buckets).toEqual([{ key: 'true', count: 3 }]);
      expect(issued?.missing).toBe(1);
      expect(subjects?.buckets).toEqual([
        { key: 0, count: 1 },
        { key: 500, count: 1 },
        { key: 1000, count: 1 },
      ]);
    });

    it('counts matches of words together with documents found otherwise', async () => {
      const { total } = await index.count({
        ...all,
        synonyms: [],
        text: 'dementia',
        ids: ['lung', 'oasis'],
        facets: [],
      });
      expect(total).toBe(2);
    });

    it('pages through a sorted list without gap or repeat, missing values last', async () => {
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await index.list({
          ...all,
          sort: [{ field: 'issued', direction: 'desc' }],
          first: 2,
          ...(after === undefined ? {} : { after }),
        });
        seen.push(...page.ids);
        after = page.after;
      } while (after !== undefined);
      expect(seen).toEqual(['abide', 'oasis', 'lung', 'secret', 'upenn-gbm']);
      const bySize = await index.list({ ...all, sort: [{ field: 'subjects', direction: 'asc' }], first: 2 });
      expect(bySize.ids).toEqual(['secret', 'lung']);
      await expect(index.list({ ...all, sort: [], first: 2, after: 'forged' })).rejects.toBeInstanceOf(
        InvalidInputError,
      );
    });

    it('returns stored documents in the order asked for', async () => {
      const documents = await index.fetch(['oasis', 'nowhere', 'abide'], guest);
      expect(documents.map(({ id }) => id)).toEqual(['oasis', 'abide']);
      expect(documents[0]).toMatchObject({ version: 1, text: { title: ['OASIS: ageing and dementia'] } });
      expect(documents[1]?.filters['subjects']).toEqual([1112]);
    });

    it('suggests by the beginning of any word', async () => {
      expect(await index.suggest('ABI', guest, 5)).toEqual(['ABIDE: autism brain imaging']);
      expect(await index.suggest('brain im', guest, 5)).toEqual(['ABIDE: autism brain imaging']);
      expect(await index.suggest('', guest, 5)).toEqual([]);
    });

    async function nearestIds(text: string, scope: IndexScope, where: Filter = everything): Promise<readonly string[]> {
      const [vector] = await embedder.embed([text], 'query');
      const { hash } = await embedder.identity();
      const query = {
        scope,
        where,
        selections: [],
        vector: vector ?? new Float32Array(),
        encoderHash: hash,
        depth: 10,
      };
      return (await index.nearest(query)).map(({ id }) => id);
    }
  });
}
