import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withholdDataset } from '../../src/catalog/index.ts';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { mustDo, nodeIdOf, versionOf } from '../kit/curate.ts';
import { record, scan, session, subject, takeRecords, takeRows } from '../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
let home: string;
let admin: string;
let steward: string;
let projecting: Promise<void>;
const stop = new AbortController();
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mia-withhold-'));
  catalog = await startTestCatalog('empty', { MIA_HOME: home });
  admin = await catalog.token('ADMIN');
  steward = await catalog.token('STEWARD');
  projecting = catalog.app.search.follow(stop.signal);
});
afterAll(async () => {
  stop.abort();
  await projecting;
  await catalog.close();
  await rm(home, { recursive: true, force: true });
});

const xnat = { name: 'hospital-xnat', kind: 'XNAT' } as const;
const fromXnat = { source: xnat.name, kind: xnat.kind, publish: true } as const;

async function withhold(slug: string): Promise<boolean> {
  const reason = 'the project became private';
  return await withholdDataset({ datasetId: datasetIdOf(slug), source: xnat, reason }, catalog.app.records);
}

/** Everything through which a dataset may be seen, as one caller sees it. */
async function windows(slug: string, token?: string): Promise<any> {
  const { data, errors } = await catalog.ask(
    `query ($slug: String!, $id: ID!, $text: String!) {
      dataset(slug: $slug) { slug versions { nodes { id } } } node(id: $id) { id }
      datasets(where: { slug: { eq: $slug } }) { totalCount { ... on ExactCount { value } } }
      searchDatasets(text: $text) { edges { node { slug } } totalCount { ... on ExactCount { value } } }
      catalog { datasetCount { ... on ExactCount { value } } scanCount { ... on ExactCount { value } } } }`,
    { slug, id: nodeIdOf(slug), text: `wombat ${slug}` },
    token,
  );
  expect(errors).toBeUndefined();
  const { dataset, node, datasets, searchDatasets, catalog: whole } = data;
  const hit = searchDatasets.edges.some((edge: any) => edge.node.slug === slug);
  return {
    record: dataset?.slug === slug,
    versions: dataset?.versions.nodes.map((version: any) => version.id) ?? [],
    node: node !== null,
    listed: datasets.totalCount.value,
    hit,
    counted: [whole.datasetCount.value, whole.scanCount.value],
  };
}

async function published(slug: string, fields = {}): Promise<void> {
  await takeRecords(catalog, [record(slug, { slug, title: `wombat ${slug}`, accessClass: 'OPEN', ...fields })], {
    publish: true,
  });
  await takeRows(catalog, slug, [subject('P1', [session(`1.${slug.length}`, [scan(`1.${slug.length}.1`)])])]);
  await expect.poll(async () => (await windows(slug)).hit, { timeout: 60_000 }).toBe(true);
}

describe('a dataset whose project became private in XNAT', () => {
  it('is seen by no guest: no record, no hit, no count, no version', async () => {
    await published('gone');
    const before = await windows('gone');
    const version = before.versions[0];
    expect(before).toMatchObject({ record: true, node: true, listed: 1, hit: true });
    const closed = record('p1', { slug: 'gone', title: 'wombat gone', accessClass: 'RESTRICTED' });
    await takeRecords(catalog, [closed], { ...fromXnat, publish: false });
    expect(await withhold('gone')).toBe(true);
    expect(await windows('gone')).toEqual({
      record: false,
      versions: [],
      node: false,
      listed: 0,
      hit: false,
      counted: [before.counted[0] - 1, before.counted[1] - 1],
    });
    const { data } = await catalog.ask('query ($id: ID!) { node(id: $id) { id } }', { id: version });
    expect(data.node).toBeNull();
    await expect.poll(async () => (await catalog.app.search.verify()).forbidden, { timeout: 60_000 }).toEqual([]);
    const trail = await catalog.ask(
      `{ auditEntries(where: { objectId: "${nodeIdOf('gone')}" }, first: 1) { nodes { action facts } } }`,
      {},
      admin,
    );
    expect(trail.data.auditEntries.nodes).toEqual([
      {
        action: 'dataset.withhold',
        facts: { source: 'hospital-xnat', reason: 'the project became private', from: 'PUBLISHED' },
      },
    ]);
  });

  it('is withheld once, and no other source publishes it again', async () => {
    await published('twice');
    expect(await withhold('twice')).toBe(true);
    const version = await versionOf(catalog, 'twice');
    expect(await withhold('twice')).toBe(false);
    expect(await versionOf(catalog, 'twice')).toBe(version);
    const news = record('twice', { slug: 'twice', title: 'wombat twice', year: 2020 });
    await takeRecords(catalog, [news], { publish: true });
    expect(await windows('twice')).toMatchObject({ record: false, hit: false });
    expect(await windows('twice', steward)).toMatchObject({ record: true });
  });

  it('may be published by a steward, and stays so when the mirror comes by again', async () => {
    await published('steward');
    await withhold('steward');
    const expectedVersion = await versionOf(catalog, 'steward');
    await mustDo(catalog, 'publishDataset', { id: nodeIdOf('steward'), expectedVersion }, steward);
    expect(await withhold('steward')).toBe(false);
    expect(await windows('steward')).toMatchObject({ record: true, listed: 1 });
  });

  it('is published again by the mirror when the project is public again, and can be closed a second time', async () => {
    await published('again');
    const said = (accessClass: string) => record('p9', { slug: 'again', title: 'wombat again', accessClass });
    await takeRecords(catalog, [said('RESTRICTED')], { ...fromXnat, publish: false });
    await withhold('again');
    await takeRecords(catalog, [said('OPEN')], fromXnat);
    expect(await windows('again')).toMatchObject({ record: true, listed: 1 });
    await takeRecords(catalog, [said('RESTRICTED')], { ...fromXnat, publish: false });
    expect(await withhold('again')).toBe(true);
    expect(await windows('again')).toMatchObject({ record: false, listed: 0 });
  });

  it('keeps its public record where other sources call it restricted: it is described, and not copied', async () => {
    await published('described', { accessClass: 'RESTRICTED' });
    expect(await withhold('described')).toBe(false);
    expect(await windows('described')).toMatchObject({ record: true, listed: 1 });
  });

  it('gives nothing away when it is withdrawn later', async () => {
    await published('later');
    await withhold('later');
    await mustDo(catalog, 'withdrawDataset', { id: nodeIdOf('later'), reason: 'It is gone.' }, steward);
    expect(await windows('later')).toMatchObject({ record: false, versions: [], node: false });
  });

  it('shows its rows to nobody by the access class of the reviewed record alone', async () => {
    await takeRecords(catalog, [record('c', { slug: 'reviewed' })], {
      source: 'shipped',
      kind: 'CURATED',
      publish: true,
    });
    await takeRecords(catalog, [record('x', { slug: 'reviewed', accessClass: 'RESTRICTED' })], fromXnat);
    const ask = async (): Promise<any> =>
      (await catalog.ask(`{ dataset(slug: "reviewed") { accessClass rowAccess origins { field source } } }`)).data
        .dataset;
    expect(await ask()).toMatchObject({ accessClass: 'RESTRICTED', rowAccess: 'NEEDS_GRANT' });
    expect((await ask()).origins).toContainEqual({ field: 'accessClass', source: 'hospital-xnat' });
    const input = { id: nodeIdOf('reviewed'), patch: { accessClass: 'OPEN' } };
    await mustDo(
      catalog,
      'updateDataset',
      { ...input, expectedVersion: await versionOf(catalog, 'reviewed') },
      steward,
    );
    expect(await ask()).toMatchObject({ accessClass: 'OPEN', rowAccess: 'VISIBLE' });
  });
});
