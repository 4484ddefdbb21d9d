import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ingestMesh } from '../../ingest/mesh/ingest-mesh.ts';
import { articleItem } from '../kit/articles.ts';
import { articlesIndexed, encodeAll, takeArticles } from '../kit/literature.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
let home: string;
let following: Promise<void>;
const stop = new AbortController();

const heading = (ui: string, label: string) => ({ ui, label, major: false, qualifiers: [] });
const papers = [
  articleItem({
    pmid: '1',
    title: 'Hippocampal atrophy in mild cognitive impairment',
    abstract: 'We measured the volume of the hippocampus by MRI. Memory loss was related to shrinkage.',
    year: 2019,
    journal: { title: 'NeuroImage', abbreviation: undefined, issn: undefined },
    mesh: [heading('D900002', 'Numbat Fever')],
    languages: ['eng'],
    publicationTypes: ['Journal Article'],
  }),
  articleItem({
    pmid: '2',
    title: 'Pulmonary nodules on chest CT',
    abstract: 'Deep learning finds lung nodules. The dataset is publicly available.',
    year: 2021,
    journal: { title: 'Radiology', abbreviation: undefined, issn: undefined },
    mesh: [heading('D900003', 'Numbat Fever, Chronic')],
    publicationTypes: ['Journal Article', 'Review'],
    languages: ['ger'],
  }),
  articleItem({ pmid: '3', title: 'Wheat yields in dry years', abstract: 'Rain decides.', year: 2001 }),
  articleItem({
    pmid: '4',
    pmcid: 'PMC4',
    title: 'A cohort of kidney transplants',
    year: 2020,
    sections: [{ name: 'Methods', role: 'METHODS', text: 'Grafts were perfused with a hyperpolarised tracer.' }],
    notices: [{ kind: 'RetractionIn', pmid: '5', citation: undefined }],
  }),
];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mia-articles-'));
  catalog = await startTestCatalog('empty', { MIA_HOME: home, MIA_ARTICLE_VECTORS: 'all' });
  following = catalog.app.literature.index.follow(stop.signal);
  const file = new URL('../fixtures/mesh.xml', import.meta.url).pathname;
  const report = await ingestMesh({ file, signal: stop.signal }, catalog.app.literature.mesh);
  expect(report).toMatchObject({ accepted: 4, unchanged: 0, rejected: [{ sourceId: 'nonsense' }] });
  expect(await ingestMesh({ file, signal: stop.signal }, catalog.app.literature.mesh)).toMatchObject({ accepted: 0 });
  await takeArticles(catalog, 'pubmed', papers);
  expect(await encodeAll(catalog)).toBe(4);
}, 120_000);
afterAll(async () => {
  stop.abort();
  await following;
  await catalog.close();
  await rm(home, { recursive: true, force: true });
});

async function search(text: string, where: object = {}, more: object = {}): Promise<any> {
  const { data, errors } = await catalog.ask(
    `query ($text: String!, $where: ArticleWhere, $first: Int, $after: String) {
      searchArticles(text: $text, where: $where, first: $first, after: $after) {
        edges { cursor score words meaning highlights node { pmid } }
        pageInfo { hasNextPage endCursor } totalCount { ... on ExactCount { value } }
        meta { filtersApplied warnings indexLagMs model engine degraded } } }`,
    { text, where, first: 20, ...more },
  );
  expect(errors).toBeUndefined();
  return data.searchArticles;
}
const pmids = (answer: any): string[] => answer.edges.map((edge: any) => edge.node.pmid);
const passing = async (where: object): Promise<string[]> => pmids(await search('', where)).sort();

describe('searchArticles', () => {
  it('finds by words and by meaning, and says what the answer rests on', async () => {
    const answer = await search('memory loss in dementia');
    expect(answer.edges[0]).toMatchObject({
      node: { pmid: '1' },
      highlights: [expect.stringContaining('Memory loss')],
    });
    expect(answer.edges[0].words).toBeGreaterThan(0);
    expect(answer.edges[0].meaning).toBeGreaterThan(0.3);
    expect(answer.meta).toMatchObject({ model: 'minilm', engine: 'sqlite', degraded: false, warnings: [] });
    expect(pmids(await search('crop harvest'))[0]).toBe('3');
  });

  it.each(['zxqvbn wkrtz', 'the of and', 'a', 'kwijibo', '1234567', '??? !!!'])(
    'finds nothing for %j',
    async (text) => {
      expect(await search(text)).toMatchObject({ edges: [], totalCount: { value: 0 }, meta: { degraded: false } });
    },
  );

  it('leaves out what shares no word and is not alike, beside what does', async () => {
    const answer = await search('wheat');
    expect(pmids(answer)).toEqual(['3']);
    expect(answer.totalCount.value).toBe(1);
  });

  it('finds what only the full text says', async () => {
    expect(pmids(await search('hyperpolarised tracer'))[0]).toBe('4');
  });

  it.each([
    [{ mesh: { anyOf: ['Numbat Fever'] } }, ['1', '2']],
    [{ mesh: { anyOf: ['Numbat Fever'], includeNarrower: false } }, ['1']],
    [{ mesh: { anyOf: ['diseases, numbat & kin'] } }, ['1']],
    [{ mesh: { allOf: ['D900002', 'http://id.nlm.nih.gov/mesh/D900003'] } }, ['2']],
    [{ year: { gte: 2020 } }, ['2', '4']],
    [{ year: { eq: 2001 } }, ['3']],
    [{ journal: { eq: 'radiology' } }, ['2']],
    [{ publicationType: { in: ['review'] } }, ['2']],
    [{ language: { eq: 'eng' } }, ['1']],
    [{ language: { eq: 'ENG' } }, ['1']],
    [{ hasFullText: true }, ['4']],
    [{ retracted: true }, ['4']],
    [{ not: { retracted: true }, or: [{ year: { lte: 2019 } }, { journal: { contains: 'radio' } }] }, ['1', '2', '3']],
    [{ mentionsDataset: true }, []],
  ])('%j passes %j', async (where, wanted) => {
    expect(await passing(where)).toEqual(wanted);
  });

  it('says that nobody knows a heading rather than finding nothing without a word', async () => {
    const answer = await search('', { mesh: { anyOf: ['Quokka'] } });
    expect(answer).toMatchObject({ edges: [], meta: { warnings: [expect.stringContaining('Quokka')] } });
  });

  it.each([
    { or: Array.from({ length: 1_100 }, (_, year) => ({ year: { eq: year } })) },
    { and: Array.from({ length: 1_100 }, () => ({})) },
    { or: Array.from({ length: 60 }, () => ({ mesh: { anyOf: ['Quokka', 'Numbat Fever'] } })) },
  ])('refuses a filter of very many tests, and answers the next caller all the same', async (where) => {
    const { errors } = await catalog.ask(
      'query ($where: ArticleWhere) { searchArticles(text: "", where: $where) { edges { score } } }',
      { where },
    );
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining('at most 100'),
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect(pmids(await search('crop harvest'))).toContain('3');
  });

  it('is paged through without gap or repetition, ranked or not', async () => {
    for (const text of ['lung memory wheat kidney volume', '']) {
      const whole = pmids(await search(text));
      expect(whole).toHaveLength(4);
      const seen: string[] = [];
      for (let after: string | undefined; ; ) {
        const page = await search(text, {}, { first: 1, after });
        seen.push(...pmids(page));
        expect(page.totalCount.value).toBe(4);
        if (!page.pageInfo.hasNextPage) break;
        after = page.pageInfo.endCursor;
      }
      expect(seen).toEqual(whole);
    }
  });

  it('tells what is like an article, itself left out', async () => {
    await takeArticles(catalog, 'pubmed', [
      articleItem({ pmid: '6', title: 'Shrinking hippocampus predicts memory decline', abstract: 'By MRI.' }),
    ]);
    await encodeAll(catalog);
    const { data } = await catalog.ask('{ article(pmid: "1") { similar(first: 2) { node { pmid } } } }');
    expect(data.article.similar[0].node.pmid).toBe('6');
  });

  it('finds an article without vectors by its words, and asks for them', async () => {
    const other = await startTestCatalog('empty', { MIA_HOME: join(home, 'other'), MIA_ARTICLE_VECTORS: 'none' });
    const ended = new AbortController();
    const follows = other.app.literature.index.follow(ended.signal);
    try {
      await takeArticles(other, 'pubmed', papers);
      await articlesIndexed(other);
      await other.app.literature.index.encoder();
      const ask = async (): Promise<any> =>
        (
          await other.ask(
            '{ searchArticles(text: "chest CT nodules") { edges { meaning node { pmid } } meta { warnings } } }',
          )
        ).data.searchArticles;
      const before = await ask();
      expect(before.edges[0]).toEqual({ meaning: null, node: { pmid: '2' } });
      expect(before.meta.warnings).toEqual([expect.stringContaining('vectors have been asked for')]);
      expect(await encodeAll(other)).toBe(1);
      const after = await ask();
      expect(after.edges[0]).toEqual({ meaning: expect.any(Number), node: { pmid: '2' } });
      expect(after.meta.warnings).toEqual([]);
    } finally {
      ended.abort();
      await follows;
      await other.close();
    }
  });

  it('no longer finds what was withdrawn', async () => {
    await takeArticles(catalog, 'pubmed', [{ kind: 'deletion', pmid: '3' }]);
    expect(pmids(await search('wheat yields'))).not.toContain('3');
    await articlesIndexed(catalog);
    expect(await catalog.app.literature.index.verify()).toEqual({ missing: [], stale: [], surplus: [], forbidden: [] });
  });

  it.each([
    ['first: -1', 'BAD_USER_INPUT'],
    ['after: "nonsense"', 'BAD_USER_INPUT'],
  ])('refuses %s', async (argument, code) => {
    const { errors } = await catalog.ask(`{ searchArticles(text: "x", ${argument}) { edges { score } } }`);
    expect(errors?.[0]?.extensions.code).toBe(code);
  });
});
