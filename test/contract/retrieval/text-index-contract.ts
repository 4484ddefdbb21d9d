import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Embedder } from '../../../src/embedding/index.ts';
import { InvalidInputError, ConflictError } from '../../../src/kernel/errors.ts';
import {
  type Filter,
  hashContent,
  hashSchema,
  type IndexScope,
  type Narrowing,
  type TextIndex,
} from '../../../src/retrieval/index.ts';
import { hashEmbedder } from '../../kit/hash-embedder.ts';
import { type SampleFacts, sampleDocument, sampleSchema, sampleSource } from '../../kit/index-documents.ts';

const everything: Filter = { kind: 'all', of: [] };
const all: Narrowing = { scope: { kind: 'all' }, where: everything, selections: [] };
const guest: IndexScope = { kind: 'readableBy', groups: ['guest'] };
const embedder: Embedder = hashEmbedder();

const samples: readonly SampleFacts[] = [
  {
    id: 'abide',
    title: 'ABIDE: autism brain imaging',
    body: 'Resting-state functional MRI of autism spectrum disorder and controls',
    modality: ['fMRI', 'MRI'],
    alias: ['ABIDE I'],
    subjects: 1112,
    issued: '2012-08-30T00:00:00Z',
    open: true,
  },
  {
    id: 'oasis',
    title: 'OASIS: ageing and dementia',
    body: 'Structural images of older adults',
    modality: ['MRI'],
    subjects: 416,
    issued: '2007-09-01T00:00:00Z',
    open: true,
  },
  {
    id: 'upenn-gbm',
    title: 'UPENN-GBM',
    body: 'Glioblastoma patients with IL-6 and IDH1 status, multi-parametric scans',
    modality: ['MRI'],
    subjects: 630,
    open: true,
  },
  {
    id: 'lung',
    title: 'Lung PET',
    body: 'Positron emission tomography of lung cancer',
    modality: ['PT', 'CT'],
    subjects: 355,
  },
  {
    id: 'secret',
    title: 'Hidden autism cohort',
    body: 'autism autism autism',
    modality: ['MRI'],
    subjects: 7,
    groups: ['stewards'],
    open: false,
  },
];

/** What every TextIndex must do; run against each adapter. */
export function describeTextIndex(name: string, open: () => Promise<TextIndex>): void {
  describe(`TextIndex on ${name}`, () => {
    let index: TextIndex;

    beforeAll(async () => {
      index = await open();
      await createGeneration(index, 'g1');
      await upsert(index, 'g1', samples);
      await index.activate('g1');
    }, 120_000);
    afterAll(() => index.close());

    const lexicalIds = async (text: string, narrowing: Partial<Narrowing> = {}): Promise<readonly string[]> =>
      (await index.lexical({ ...all, ...narrowing, text, depth: 10 })).map(({ id }) => id);
    const listIds = async (where: Filter, scope: IndexScope = all.scope): Promise<readonly string[]> =>
      (await index.list({ scope, where, selections: [], sort: [], first: 50 })).ids;

    it('finds documents by stemmed words, best first', async () => {
      expect(await lexicalIds('image of dementia')).toContain('oasis');
      expect((await lexicalIds('lung cancer'))[0]).toBe('lung');
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
      const { total } = await index.count({ ...all, text: 'dementia', ids: ['lung', 'oasis'], facets: [] });
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

    it('never lets an older version replace a newer one, nor bring a deleted one back', async () => {
      await upsert(index, 'g1', [{ id: 'moving', version: 5, title: 'newest quokka' }]);
      const late = await upsert(index, 'g1', [{ id: 'moving', version: 4, title: 'older quokka' }]);
      expect(late).toMatchObject({ applied: 0, outdated: 1 });
      expect((await index.fetch(['moving'], guest))[0]?.text['title']).toEqual(['newest quokka']);
      await index.apply('g1', [{ kind: 'delete', id: 'moving', version: 6 }]);
      await upsert(index, 'g1', [{ id: 'moving', version: 5, title: 'late quokka' }]);
      expect(await lexicalIds('quokka')).toEqual([]);
      const again = await upsert(index, 'g1', [{ id: 'moving', version: 7, title: 'reborn quokka' }]);
      expect(again.applied).toBe(1);
      expect(await lexicalIds('quokka')).toEqual(['moving']);
      await index.apply('g1', [{ kind: 'delete', id: 'moving', version: 8 }]);
      await index.refresh('g1');
      expect(await nearestIds('reborn quokka', guest)).not.toContain('moving');
    });

    it('takes the same version again without harm and reports bad documents one by one', async () => {
      const again = await upsert(index, 'g1', [samples[0] ?? { id: '' }]);
      expect(again.applied).toBe(1);
      const bad = sampleDocument({ id: 'bad' }, [new Float32Array(3)]);
      const report = await index.apply('g1', [
        { kind: 'upsert', document: bad, contentHash: 'x' },
        { kind: 'delete', id: 'never-there', version: 1 },
      ]);
      expect(report.rejected.map(({ id }) => id)).toEqual(['bad']);
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
      await createGeneration(index, 'g2');
      await upsert(index, 'g2', [{ id: 'fresh', title: 'fresh wombat' }]);
      expect(await lexicalIds('wombat')).toEqual([]);
      await index.activate('g2');
      expect(await lexicalIds('wombat')).toEqual(['fresh']);
      expect(await nearestIds('fresh wombat', guest)).toEqual(['fresh']);
      await expect(index.drop('g2')).rejects.toBeInstanceOf(ConflictError);
      await index.drop('g1');
      const generations = await index.generations();
      expect(generations.map(({ id, active }) => ({ id, active }))).toEqual([{ id: 'g2', active: true }]);
      expect(generations[0]?.spec.schemaHash).toBe(hashSchema(sampleSchema));
      expect(await lexicalIds('wombat')).toEqual(['fresh']);
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

async function createGeneration(index: TextIndex, id: string): Promise<void> {
  const encoder = await embedder.identity();
  await index.createGeneration(id, { schema: sampleSchema, schemaHash: hashSchema(sampleSchema), encoder });
}

async function upsert(index: TextIndex, generation: string, facts: readonly SampleFacts[]) {
  const changes = [];
  for (const each of facts) {
    const source = sampleSource(each);
    const vectors = await embedder.embed(source.passages, 'document');
    changes.push({
      kind: 'upsert',
      document: sampleDocument(each, vectors),
      contentHash: hashContent(source),
    } as const);
  }
  const report = await index.apply(generation, changes);
  await index.refresh(generation);
  return report;
}
