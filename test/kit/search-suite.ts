import { beforeAll, describe, expect, it, vi } from 'vitest';
import { subject, takeRecords, takeRows } from './intake.ts';
import { draft, published } from './search-records.ts';
import type { TestCatalog } from './test-catalog.ts';

const query = `query($text: String, $where: DatasetWhere, $literal: Boolean, $ignoreWords: [String!], $facets: [FacetInput!]) {
  searchDatasets(text: $text, where: $where, literal: $literal, ignoreWords: $ignoreWords, facets: $facets, first: 100) {
    edges { score node { slug } evidence { text source } explanation { exact words meaning terms coverage } }
    totalCount { ... on ExactCount { value } }
    facets { buckets { key count } missing }
    meta { filtersApplied filters { field test origin words } expansions { words label key names } didYouMean warnings degraded } } }`;

/** What a caller gives to a search. */
interface Asked {
  readonly text?: string;
  readonly where?: object;
  readonly literal?: boolean;
  readonly ignoreWords?: readonly string[];
  readonly facets?: readonly object[];
}

/** What every engine must answer to questions in plain words; `catalog` is followed by its projector. */
export function describeQuestions(catalogOf: () => TestCatalog): void {
  describe('questions in plain words', () => {
    let steward: string;
    const search = async (asked: Asked, token?: string): Promise<any> => {
      const { data, errors } = await catalogOf().ask(query, { ...asked }, token);
      expect(errors).toBeUndefined();
      return data.searchDatasets;
    };
    const slugs = (answer: any): string[] => answer.edges.map((edge: any) => edge.node.slug);
    const found = async (text: string, more: Asked = {}, token?: string): Promise<string[]> =>
      slugs(await search({ text, ...more }, token));

    beforeAll(async () => {
      const catalog = catalogOf();
      steward = await catalog.token('STEWARD');
      await takeRecords(catalog, published, { publish: true });
      await takeRecords(catalog, [draft]);
      const people = ['a', 'b', 'c'].map((label) => subject(label, []));
      await takeRows(catalog, 'rows-restricted', people);
      await vi.waitFor(
        async () =>
          expect(Object.values(await catalog.app.search.verify()).every((ids) => ids.length === 0)).toBe(true),
        { timeout: 60_000, interval: 200 },
      );
    }, 90_000);

    it.each([
      ['numbat, open', ['glio-open', 'kids-ct'], 'accessClass: not RESTRICTED (words: open)'],
      ['restricted numbat', ['tau-restricted', 'rows-restricted'], 'accessClass: eq RESTRICTED (words: restricted)'],
      [
        'numbat with more than 300 subjects',
        ['tau-restricted'],
        'subjectCount: >= 301 (words: more than 300 subjects)',
      ],
      [
        'numbat, between 100 and 300 patients',
        ['glio-open', 'kids-ct'],
        'subjectCount: 100 to 300 (words: between 100 and 300 patients)',
      ],
      ['numbat n < 200', ['glio-open'], 'subjectCount: <= 199 (words: n < 200)'],
      ['numbat fMRI and PET', ['tau-restricted'], 'modality: has FMRI (words: fMRI)'],
      ['numbat PET or CT', ['tau-restricted', 'kids-ct'], 'modality: has one of PT, CT (words: PET or CT)'],
      ['numbat with genetic data', ['glio-open'], 'modality: has GENOMICS (words: genetic data)'],
      ['numbat adults over 60', ['glio-open', 'tau-restricted'], 'age: >= 61 years (words: over 60)'],
      ['numbat aged 7 to 8', ['kids-ct'], 'age: 7 to 8 years (words: aged 7 to 8)'],
      ['numbat BIDS', ['glio-open'], 'format: eq BIDS (words: BIDS)'],
      [
        'numbat not glioblastoma, without CT',
        ['tau-restricted', 'rows-restricted'],
        'modality: not Computed tomography (words: without CT)',
      ],
      ['numbat published since 2020', ['glio-open'], 'year: >= 2020 (words: published since 2020)'],
    ])('reads "%s" as a filter: %j', async (text, wanted, filter) => {
      const answer = await search({ text });
      expect(slugs(answer).sort()).toEqual([...wanted].sort());
      expect(answer.meta.filtersApplied).toContain(filter);
      expect(answer.totalCount.value).toBe(wanted.length);
    });

    it('says who asked for a filter, and takes one of words away when told to', async () => {
      const where = { accessClass: { eq: 'OPEN' } };
      const both = await search({ text: 'numbat with more than 100 subjects', where });
      expect(both.meta.filters).toEqual([
        { field: 'accessClass', test: '{"eq":"OPEN"}', origin: 'EXPLICIT', words: null },
        { field: 'subjectCount', test: '>= 101', origin: 'WORDS', words: 'more than 100 subjects' },
      ]);
      expect(await found('numbat with more than 700 subjects')).toEqual(['tau-restricted']);
      const lifted = await search({
        text: 'numbat with more than 700 subjects',
        ignoreWords: ['More than 700 SUBJECTS'],
      });
      expect(lifted.meta.filters).toEqual([]);
      expect(slugs(lifted)).toEqual(expect.arrayContaining(['tau-restricted', 'glio-open', 'kids-ct']));
      const literal = await search({ text: 'numbat with more than 700 subjects', literal: true });
      expect(literal.meta).toMatchObject({ filters: [], expansions: [], didYouMean: null });
    });

    it('finds a kind of data that only the prose names, and none that the prose denies', async () => {
      expect((await found('numbat rs-fMRI'))[0]).toBe('kids-ct');
      expect((await found('numbat resting-state functional MRI'))[0]).toBe('kids-ct');
      expect(await found('numbat rs-fMRI')).not.toContain('glio-open');
      expect(await found('numbat CT')).toEqual(['kids-ct']);
    });

    it.each([
      ['brain tumour', 'glio-open', 'Brain Neoplasms', 'Glioblastoma'],
      ['brain tumor', 'upenn-gbm', 'Brain Neoplasms', 'Glioblastoma'],
      ['dementia', 'adni', 'Dementia', 'Alzheimer Disease'],
      ['dementia', 'aibl', 'Dementia', 'Alzheimer Disease'],
    ])('finds for "%s" %s by what is narrower, and shows that', async (text, slug, label, narrower) => {
      const answer = await search({ text });
      expect(slugs(answer)).toContain(slug);
      const [expansion] = answer.meta.expansions;
      expect(expansion).toMatchObject({ words: text, label });
      expect(expansion.names).toContain(narrower);
    });

    it.each([
      'glio-open',
      'GLIO-OPEN',
      'numgli',
      'numbat GLIOMA study',
      '10.9999/numbat.1',
      'https://doi.org/10.9999/Numbat.1',
      'doi:10.9999/NUMBAT.1',
    ])('puts the dataset called %s first, whatever words could mean', async (text) => {
      const { edges } = await search({ text });
      expect(edges[0].node.slug).toBe('glio-open');
      expect(edges[0].explanation.exact).toBe(true);
      expect(edges[0].score).toBeGreaterThanOrEqual(2);
    });

    it.each([
      'xkqzvw blorptang',
      'best pizza recipe',
      'train timetable Vienna',
      'mammography screening',
      'numbat mammography',
      '???',
      '🧠',
    ])('answers nothing to "%s"', async (text) => {
      const answer = await search({ text });
      expect(slugs(answer)).toEqual([]);
      expect(answer.totalCount.value).toBe(0);
    });

    it.each([
      ['show me all datasets', {}],
      ['open datasets', { accessClass: { in: ['OPEN', 'OPEN_NON_COMMERCIAL'] } }],
      ['which studies are restricted?', { accessClass: { eq: 'RESTRICTED' } }],
    ])('lists for "%s" all that passes, though no record says of itself that it is one', async (text, where) => {
      const all = await found('', { where });
      expect(all.length).toBeGreaterThan(1);
      expect(await found(text)).toEqual(all);
    });

    it('finds each record with a kind of data, though it does not call itself a dataset', async () => {
      const scans = await found('MRI');
      expect(scans.length).toBeGreaterThan(1);
      expect((await found('MRI datasets')).sort()).toEqual([...scans].sort());
    });

    it('finds by the name of a creator, accents or not', async () => {
      expect(await found('Vondráčková')).toEqual(['glio-open']);
    });

    it('explains a score', async () => {
      const [hit] = (await search({ text: 'numbat glioblastoma' })).edges;
      expect(hit.node.slug).toBe('glio-open');
      expect(hit.explanation).toMatchObject({ exact: false, terms: 1, coverage: 1 });
      expect(hit.explanation.words).toBeGreaterThan(0);
      expect(hit.explanation.meaning).toBeGreaterThan(0);
    });

    it('corrects a spelling by what records in sight hold', async () => {
      const answer = await search({ text: 'numbat gliobastoma' });
      expect(answer.meta.didYouMean).toBe('numbat glioblastoma');
      expect(slugs(answer)[0]).toBe('glio-open');
      expect(answer.meta.warnings).toHaveLength(1);
    });

    it('counts what has no value of a facet', async () => {
      const { facets } = await search({ text: 'numbat', facets: [{ field: 'YEAR' }] });
      expect(facets[0]).toEqual({ buckets: expect.arrayContaining([{ key: '2021', count: 1 }]), missing: 2 });
    });

    it('counts numbers in steps, without what the filter says of them, and within what the caller sees', async () => {
      const ask = async (token?: string): Promise<any> => {
        const { data, errors } = await catalogOf().ask(
          `{ searchDatasets(text: "numbat", where: { subjectCount: { gte: 200 } }, histograms: [{ field: SUBJECT_COUNT, interval: 100 }, { field: YEAR }]) {
             totalCount { ... on ExactCount { value } } histograms { field interval minimum maximum missing buckets { from to count } } } }`,
          {},
          token,
        );
        expect(errors).toBeUndefined();
        return data.searchDatasets;
      };
      const guest = await ask();
      expect(guest.totalCount.value).toBe(2);
      expect(guest.histograms).toEqual([
        {
          field: 'SUBJECT_COUNT',
          interval: 100,
          minimum: 120,
          maximum: 900,
          missing: 1,
          buckets: [
            { from: 100, to: 200, count: 1 },
            { from: 300, to: 400, count: 1 },
            { from: 900, to: 1000, count: 1 },
          ],
        },
        {
          field: 'YEAR',
          interval: 1,
          minimum: 2015,
          maximum: 2015,
          missing: 1,
          buckets: [{ from: 2015, to: 2016, count: 1 }],
        },
      ]);
      expect((await ask(steward)).histograms[0].maximum).toBe(5000);
    });

    it('writes an answer as a table, of what the caller sees', async () => {
      const table = async (token?: string): Promise<string> => {
        const { data, errors } = await catalogOf().ask(
          '{ searchDatasets(text: "numbat", first: 1) { csv } }',
          {},
          token,
        );
        expect(errors).toBeUndefined();
        return data.searchDatasets.csv;
      };
      const lines = (await table()).trim().split('\r\n');
      expect(lines[0]).toBe('slug,title,accessClass,subjects,modalities,conditions,year,landingPage,score');
      expect(
        lines
          .slice(1)
          .map((line) => line.split(',')[0])
          .sort(),
      ).toEqual(['glio-open', 'kids-ct', 'rows-restricted', 'tau-restricted']);
      expect(lines.find((line) => line.startsWith('glio-open'))).toMatch(
        /^glio-open,Numbat glioma study,OPEN,120,MR; GENOMICS,Glioblastoma,2021,,\d\.\d{3}$/,
      );
      // Nobody states a number, and the rows are not the guest's to count.
      expect(lines.find((line) => line.startsWith('rows-restricted'))).toMatch(
        /^rows-restricted,Numbat closed rows,RESTRICTED,,/,
      );
      expect(await table(steward)).toContain('quokkology');
    });

    it('lists what is like a dataset, best first, without itself', async () => {
      const like = async (slug: string, token?: string): Promise<string[]> => {
        const { data, errors } = await catalogOf().ask(
          'query($slug: String!) { similarDatasets(slug: $slug) { node { slug } } }',
          { slug },
          token,
        );
        expect(errors).toBeUndefined();
        return data.similarDatasets.map((hit: any) => hit.node.slug);
      };
      const hits = await like('mmist-ccrcc');
      expect(hits.slice(0, 2).sort()).toEqual(['cptac-ccrcc', 'tcga-kirc']);
      expect(hits).not.toContain('mmist-ccrcc');
      expect(await like('secret')).toEqual([]);
      expect((await like('secret', steward)).length).toBeGreaterThan(0);
      expect(await like('glio-open')).not.toContain('secret');
      expect(await like('glio-open', steward)).toContain('secret');
    });

    it.each([
      ['wallabology'],
      ['quokkology'],
      ['QUOKKS'],
      ['secret'],
      ['10.9999/Quokka.7'],
      ['Quollish fever'],
      ['marsupialism'],
      ['numbat more than 4000 subjects'],
      ['numbat over 95 years'],
      ['numbat glioblastoma CT'],
    ])('shows a draft to its stewards alone: %s', async (text) => {
      const facets = [{ field: 'CONDITION', size: 100 }];
      const guest = await search({ text, facets });
      expect(slugs(guest)).not.toContain('secret');
      expect(JSON.stringify(guest.facets)).not.toContain('ollish');
      expect(guest.totalCount.value).toBe(guest.edges.length);
      expect(slugs(await search({ text }, steward))).toContain('secret');
    });

    it.each(['quokkolgy', 'marsupialsm', 'wallabolgy', 'Quolish fever'])(
      'never corrects a spelling by what is hidden: %s',
      async (text) => {
        const answer = await search({ text });
        expect(answer.meta.didYouMean).toBeNull();
        expect(answer.meta.warnings).toEqual([]);
        expect(JSON.stringify(answer)).not.toMatch(/quokkology|marsupialism|wallabology|quollish fever/i);
      },
    );

    it('tests numbers of rows only for those who may see the rows', async () => {
      expect(await found('numbat with 2 or more subjects')).not.toContain('rows-restricted');
      const admin = await catalogOf().token('ADMIN');
      expect(await found('numbat with 2 or more subjects', {}, admin)).toContain('rows-restricted');
    });
  });
}
