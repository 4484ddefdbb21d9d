import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
let home: string;
let projecting: Promise<void>;
const stop = new AbortController();

const query = `query($text: String, $where: DatasetWhere, $facets: [FacetInput!], $first: Int, $after: String) {
  searchDatasets(text: $text, where: $where, facets: $facets, first: $first, after: $after) {
    edges { cursor score node { slug } evidence { text source start end score } }
    pageInfo { hasNextPage endCursor }
    totalCount { ... on ExactCount { value } }
    facets { field missing buckets { key label count } }
    meta { filtersApplied warnings indexLagMs model engine degraded }
  } }`;

async function search(variables: Readonly<Record<string, unknown>>, token?: string): Promise<any> {
  const answer = await catalog.ask(query, variables, token);
  expect(answer.errors).toBeUndefined();
  return answer.data.searchDatasets;
}

const slugs = (answer: any): string[] => answer.edges.map((edge: any) => edge.node.slug);

async function until(check: () => Promise<boolean>): Promise<number> {
  const started = performance.now();
  while (!(await check())) {
    if (performance.now() - started > 60_000) throw new Error('it did not come to that within a minute');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return performance.now() - started;
}

const untilCaughtUp = async (): Promise<number> =>
  await until(async () => Object.values(await catalog.app.search.verify()).every((ids) => ids.length === 0));

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mia-search-'));
  catalog = await startTestCatalog('shipped', { MIA_HOME: home });
});

afterAll(async () => {
  stop.abort();
  await projecting;
  await catalog.close();
  await rm(home, { recursive: true, force: true });
});

describe('before there is an index', () => {
  it('answers from the database, and says that it is degraded', async () => {
    const answer = await search({ text: 'glioblastoma' });
    expect(slugs(answer)).toContain('upenn-gbm');
    expect(answer.meta).toMatchObject({ degraded: true, engine: 'postgresql', model: 'none' });
    expect(answer.meta.warnings).toHaveLength(1);
  });
});

describe('with an index', () => {
  beforeAll(async () => {
    projecting = catalog.app.search.follow(stop.signal);
    await until(async () => (await search({ text: 'autism' })).meta.model === 'minilm');
  }, 90_000);

  it.each([
    ['glioblastoma MRI', ['upenn-gbm']],
    ['autism resting state', ['abide']],
    ['Alzheimer Australia', ['aibl']],
    ['kidney cancer pathology CT', ['mmist-ccrcc', 'cptac-ccrcc', 'tcga-kirc']],
    ['lung ultrasound covid', ['covid-blues']],
    ['metal artefact', ['ct-mar']],
    ['brain tumour', ['upenn-gbm']],
    ['ABIDE', ['abide']],
  ])('finds for "%s" one of %j first', async (text, wanted) => {
    const answer = await search({ text });
    expect(wanted).toContain(slugs(answer)[0]);
    expect(answer.meta).toMatchObject({ degraded: false, engine: 'sqlite', warnings: [] });
    expect(answer.edges[0].evidence.length).toBeGreaterThan(0);
  });

  it('browses for an empty text, with the counts of the whole catalog', async () => {
    const all = await catalog.ask('{ datasets { totalCount { ... on ExactCount { value } } nodes { slug } } }');
    const answer = await search({ text: '', facets: [{ field: 'ACCESS_CLASS' }] });
    expect(answer.totalCount).toEqual(all.data.datasets.totalCount);
    expect(slugs(answer)).toEqual(all.data.datasets.nodes.map((node: any) => node.slug));
  });

  it.each([
    ['ACCESS_CLASS', (key: string) => ({ accessClass: { eq: key } })],
    ['CONDITION', (key: string) => ({ condition: { anyOf: [key], includeNarrower: false } })],
    ['BODY_PART', (key: string) => ({ bodyPart: { anyOf: [key], includeNarrower: false } })],
    ['MODALITY', (key: string) => ({ modality: { anyOf: [key], includeNarrower: false } })],
    ['LICENSE', (key: string) => ({ license: { in: [key] } })],
    ['SOURCE', (key: string) => ({ source: { eq: key } })],
    ['PUBLISHER', (key: string) => ({ publisher: { eq: key } })],
    ['YEAR', (key: string) => ({ year: { eq: Number(key) } })],
  ])('counts %s as `datasets(where)` does', async (field, where) => {
    const answer = await search({ facets: [{ field, size: 100 }] });
    for (const { key, count } of answer.facets[0].buckets) {
      const listed = await catalog.ask(
        'query($where: DatasetWhere) { datasets(where: $where) { totalCount { ... on ExactCount { value } } } }',
        { where: where(key) },
      );
      expect([key, listed.data.datasets.totalCount.value]).toEqual([key, count]);
    }
  });

  it('counts each facet without its own selection', async () => {
    const facets = [{ field: 'ACCESS_CLASS' }, { field: 'MODALITY' }];
    const free = await search({ facets });
    const narrowed = await search({ where: { accessClass: { eq: 'RESTRICTED' } }, facets });
    expect(narrowed.facets[0]).toEqual(free.facets[0]);
    expect(narrowed.facets[1]).not.toEqual(free.facets[1]);
  });

  it('pages through what it found, each hit once', async () => {
    const whole = await search({ text: 'brain imaging MRI' });
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: any = await search({ text: 'brain imaging MRI', first: 2, after });
      seen.push(...slugs(page));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(slugs(whole));
    expect(whole.totalCount.value).toBe(seen.length);
  });

  it.each([
    ['operators', '"AND (NOT OR* NEAR/2 title:^3 ~ [a TO b] {} \\ / -+ &&'],
    ['NUL and lone surrogates', 'brain\0 \ud800 MRI \udfff'],
    ['emoji', '🧠🩻 👩‍⚕️'],
    ['100 kB', 'brain '.repeat(17_000)],
    ['marks alone', '*'],
  ])('takes hostile text: %s', async (_, text) => {
    await search({ text });
    const suggested = await catalog.ask('query($p: String!) { suggest(prefix: $p) { text } }', { p: text });
    expect(suggested.errors).toBeUndefined();
  });

  it('shows a draft to stewards alone, in hits, totals, facets and suggestions, and follows its publication', async () => {
    const steward = await catalog.token('STEWARD');
    const created = await catalog.ask(
      'mutation($input: CreateDatasetInput!) { createDataset(input: $input) { dataset { id version } } }',
      {
        input: {
          slug: 'quokka-atlas',
          title: 'Quokka atlas',
          description: 'Zoological quokkology of marsupials.',
          accessClass: 'OPEN',
        },
      },
      steward,
    );
    expect(created.errors).toBeUndefined();
    const { id, version } = created.data.createDataset.dataset;
    const facets = [{ field: 'ACCESS_CLASS' }];
    const before = await search({ facets });
    await until(async () => slugs(await search({ text: 'quokkology' }, steward))[0] === 'quokka-atlas');
    expect(slugs(await search({ text: 'quokkology' }))).not.toContain('quokka-atlas');
    const suggest = async (token?: string) =>
      (await catalog.ask('{ suggest(prefix: "quok") { text kind count } }', {}, token)).data.suggest;
    expect(await suggest()).toEqual([]);
    expect(await suggest(steward)).toEqual([{ text: 'Quokka atlas', kind: 'TITLE', count: 1 }]);
    expect((await search({ facets }, steward)).totalCount.value).toBe(Number(before.totalCount.value) + 1);
    const published = await catalog.ask(
      'mutation($input: PublishDatasetInput!) { publishDataset(input: $input) { dataset { version } } }',
      { input: { id, expectedVersion: version } },
      steward,
    );
    expect(published.errors).toBeUndefined();
    const tookMs = await until(async () => slugs(await search({ text: 'quokkology' }))[0] === 'quokka-atlas');
    expect(tookMs).toBeLessThan(5_000);
    const withdrawn = await catalog.ask(
      'mutation($input: WithdrawDatasetInput!) { withdrawDataset(input: $input) { dataset { status } } }',
      { input: { id, reason: 'The animals objected.' } },
      steward,
    );
    expect(withdrawn.errors).toBeUndefined();
    // Without waiting for the index: the database decides who is found.
    expect(slugs(await search({ text: 'quokkology' }))).not.toContain('quokka-atlas');
  });

  it('agrees with the catalog once it caught up, with the lag in the metrics', async () => {
    await untilCaughtUp();
    const metrics = await (await fetch(`${catalog.url}/metrics`)).text();
    expect(metrics).toMatch(/^mia_search_index_lag_seconds 0$/m);
  });

  it('serves while it is built anew', async () => {
    const rebuilding = catalog.app.search.rebuild();
    expect(slugs(await search({ text: 'glioblastoma MRI' }))[0]).toBe('upenn-gbm');
    await rebuilding;
    expect(slugs(await search({ text: 'glioblastoma MRI' }))[0]).toBe('upenn-gbm');
    await untilCaughtUp();
  });

  it('counts each facet once: a list that repeats one is refused', async () => {
    const { errors } = await catalog.ask(
      '{ searchDatasets(text: "MRI", facets: [{ field: YEAR }, { field: MODALITY }, { field: YEAR }]) { meta { engine } } }',
    );
    expect(errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'BAD_USER_INPUT', details: { fields: ['facets'] } },
    ]);
  });
});
