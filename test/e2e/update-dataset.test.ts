import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readShippedRecords } from '../../ingest/shipped/read-shipped.ts';
import { intakeRecords } from '../../src/catalog/index.ts';
import { described, mustDo, mustFail, nodeIdOf, stateOf, tokenFor, tryTo, versionOf } from '../kit/curate.ts';
import { record, takeRecords } from '../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
let steward: string;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  steward = await catalog.token('STEWARD');
});
afterAll(async () => {
  await catalog.close();
});

const originOf = (dataset: any, field: string): unknown =>
  dataset.origins.find((origin: any) => origin.field === field)?.kind;

describe('an edit', () => {
  it('stays when its source is read again, changed or not, while other fields follow the source', async () => {
    const { slug, id, version } = await described(catalog);
    const { dataset } = await mustDo(
      catalog,
      'updateDataset',
      { id, expectedVersion: version, patch: { title: 'Edited' } },
      steward,
    );
    expect([dataset.title, dataset.version, originOf(dataset, 'title')]).toEqual(['Edited', version + 1, 'STEWARD']);
    expect(originOf(dataset, 'acronym')).toBe('HARVEST');
    await takeRecords(catalog, [record(slug, { slug, title: 'From the source', acronym: 'NEW' })]);
    const { data } = await catalog.ask('query ($slug: String) { dataset(slug: $slug) { title acronym year } }', {
      slug,
    });
    expect(data.dataset).toEqual({ title: 'Edited', acronym: 'NEW', year: null });
  });

  it('of a shipped record stays when the shipped records are read again, and can be taken back', async () => {
    const readShipped = async (): Promise<unknown> =>
      await intakeRecords(
        {
          source: { name: 'mia-catalog', kind: 'CURATED' },
          records: await readShippedRecords(),
          publish: true,
          actor: 'test',
        },
        catalog.app.records,
      );
    await readShipped();
    const id = nodeIdOf('abide');
    const before = await catalog.ask('{ dataset(slug: "abide") { title version } }');
    const edit = {
      id,
      expectedVersion: before.data.dataset.version,
      patch: { title: 'ABIDE, edited', keywords: ['only this'] },
    };
    await mustDo(catalog, 'updateDataset', edit, steward);
    await catalog.app.db.query(
      `UPDATE dataset_source_record SET hash = '\\x00' WHERE source_record_id = 'abide' AND payload ? 'acronym'`,
    );
    await readShipped();
    const after = await catalog.ask('{ dataset(slug: "abide") { title keywords version } }');
    expect(after.data.dataset).toMatchObject({ title: 'ABIDE, edited', keywords: ['only this'] });
    const taken = { id, expectedVersion: after.data.dataset.version, patch: { reset: ['TITLE', 'KEYWORDS'] } };
    const { dataset } = await mustDo(catalog, 'updateDataset', taken, steward);
    expect(dataset.title).toBe(before.data.dataset.title);
    expect([dataset.keywords.length > 1, originOf(dataset, 'title')]).toEqual([true, 'CURATED']);
  });

  it('tells "there is none" from "leave it"', async () => {
    const { slug, id, version } = await described(catalog);
    const { dataset } = await mustDo(
      catalog,
      'updateDataset',
      { id, expectedVersion: version, patch: { acronym: null, keywords: ['k'] } },
      steward,
    );
    expect([dataset.acronym, dataset.year, originOf(dataset, 'acronym')]).toEqual([null, 2001, 'STEWARD']);
    await takeRecords(catalog, [record(slug, { slug, acronym: 'AGAIN' })]);
    expect(
      (await catalog.ask('query ($slug: String) { dataset(slug: $slug) { acronym } }', { slug })).data.dataset.acronym,
    ).toBeNull();
    const { dataset: reset } = await mustDo(
      catalog,
      'updateDataset',
      { id, expectedVersion: await versionOf(catalog, slug), patch: { reset: ['ACRONYM'] } },
      steward,
    );
    expect([reset.acronym, originOf(reset, 'acronym'), reset.keywords]).toEqual(['AGAIN', 'HARVEST', ['k']]);
  });

  it('replaces lists whole, those too that unite what sources say', async () => {
    const { id, version } = await described(catalog, {
      identifiers: ['10.1234/a', '10.1234/b'],
      modalities: ['MR', 'CT'],
    });
    const patch = { identifiers: [{ scheme: 'DOI', value: '10.1234/c' }], modalities: ['PT'] };
    const { dataset } = await mustDo(catalog, 'updateDataset', { id, expectedVersion: version, patch }, steward);
    expect(dataset.identifiers.map((item: any) => item.value)).toEqual(['10.1234/c']);
    expect(dataset.modalities).toEqual([{ code: 'PT' }]);
    const emptied = { id, expectedVersion: dataset.version, patch: { identifiers: [], modalities: null } };
    expect((await mustDo(catalog, 'updateDataset', emptied, steward)).dataset).toMatchObject({
      identifiers: [],
      modalities: [],
    });
  });

  it('of a published record is seen at once, and its published versions stay as they were', async () => {
    const { slug, id, version } = await described(catalog);
    const { dataset } = await mustDo(
      catalog,
      'updateDataset',
      { id, expectedVersion: version, patch: { title: 'Live' } },
      steward,
    );
    expect(dataset.versions.nodes.map((node: any) => [node.number, node.snapshot.record.title])).toEqual([
      [1, `Title of ${slug}`],
    ]);
    const { data } = await catalog.ask('query ($slug: String) { dataset(slug: $slug) { title status } }', { slug });
    expect(data.dataset).toEqual({ title: 'Live', status: 'PUBLISHED' });
  });

  it('is announced once', async () => {
    const { slug, id, version } = await described(catalog);
    await mustDo(
      catalog,
      'updateDataset',
      { id, expectedVersion: version, patch: { title: 'A', year: 2002, keywords: ['x'] } },
      steward,
    );
    const events = await catalog.app.db.query(
      `SELECT type FROM catalog_event WHERE payload->>'slug' = $1 ORDER BY id`,
      [slug],
    );
    expect(events).toEqual([{ type: 'DATASET_PUBLISHED' }, { type: 'DATASET_CHANGED' }]);
  });

  it('is seen by what follows in the same request', async () => {
    const { id, version } = await described(catalog);
    const { data, errors } = await catalog.ask(
      `mutation ($id: ID!, $a: Int!, $b: Int!) {
        one: updateDataset(input: { id: $id, expectedVersion: $a, patch: { keywords: ["1"], conditions: ["Never heard of 1"] } }) { dataset { keywords conditions { label } } }
        two: updateDataset(input: { id: $id, expectedVersion: $b, patch: { keywords: ["2"], conditions: ["Never heard of 2"] } }) { dataset { keywords conditions { label } } }
      }`,
      { id, a: version, b: version + 1 },
      steward,
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      one: { dataset: { keywords: ['1'], conditions: [{ label: 'Never heard of 1' }] } },
      two: { dataset: { keywords: ['2'], conditions: [{ label: 'Never heard of 2' }] } },
    });
  });
});

describe('an edit that changes nothing', () => {
  it.each<[string, object]>([
    ['an empty patch', {}],
    ['what the source says', { acronym: 'SRC', year: 2001 }],
    ['the same things by other names', { modalities: ['Magnetic resonance'], conditions: ['D001321'] }],
    ['clearing what is empty', { species: null, keywords: null, publisher: null }],
    ['resetting what no steward said', { reset: ['TITLE', 'YEAR'] }],
  ])('leaves everything as it is: %s', async (_, patch) => {
    const { slug, id, version } = await described(catalog, { modalities: ['MRI'], conditions: ['Autistic Disorder'] });
    const before = await stateOf(catalog, slug);
    const { dataset } = await mustDo(catalog, 'updateDataset', { id, expectedVersion: version, patch }, steward);
    expect([dataset.version, await stateOf(catalog, slug)]).toEqual([version, before]);
  });

  it('is one that was made before', async () => {
    const { slug, id, version } = await described(catalog);
    const patch = { title: 'Twice', accessNote: 'Ask.' };
    await mustDo(catalog, 'updateDataset', { id, expectedVersion: version, patch }, steward);
    const before = await stateOf(catalog, slug);
    await mustDo(catalog, 'updateDataset', { id, expectedVersion: version + 1, patch }, steward);
    expect(await stateOf(catalog, slug)).toEqual(before);
  });
});

describe('the version that was edited', () => {
  it('must be the current one: the conflict holds both sides', async () => {
    const { slug, id, version } = await described(catalog);
    await mustDo(
      catalog,
      'updateDataset',
      { id, expectedVersion: version, patch: { title: 'First', acronym: 'F' } },
      steward,
    );
    const before = await stateOf(catalog, slug);
    const late = { id, expectedVersion: version, patch: { title: 'Second', landingPage: null, reset: ['ACRONYM'] } };
    const { details } = await mustFail(catalog, 'updateDataset', late, { code: 'CONFLICT', token: steward });
    expect(details).toEqual({
      expectedVersion: version,
      currentVersion: version + 1,
      fields: ['title', 'landingPage', 'acronym'],
      attempted: { title: 'Second', landingPage: null },
      current: { title: 'First', landingPage: null, acronym: 'F' },
    });
    expect(await stateOf(catalog, slug)).toEqual(before);
  });

  it('lets one of two writers win, ten times', async () => {
    const { id, version } = await described(catalog);
    for (let round = 0; round < 10; round += 1) {
      const writers = ['a', 'b', 'c'].map((name) => `${name} of round ${round}`);
      const answers = await Promise.all(
        writers.map((title) =>
          tryTo(catalog, 'updateDataset', { id, expectedVersion: version + round, patch: { title } }, steward),
        ),
      );
      const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'DONE').sort();
      expect(codes, `round ${round}`).toEqual(['CONFLICT', 'CONFLICT', 'DONE']);
      const winner = answers.find(({ errors }) => errors === undefined)?.data.updateDataset.dataset;
      const { data } = await catalog.ask('query ($id: ID!) { node(id: $id) { ... on Dataset { title version } } }', {
        id,
      });
      expect(data.node).toEqual({ title: winner.title, version: version + round + 1 });
    }
  });

  it.each([0, -1, -2_147_483_648])('is refused when it cannot be one: %d', async (expectedVersion) => {
    const { id } = await described(catalog);
    const { details } = await mustFail(
      catalog,
      'updateDataset',
      { id, expectedVersion, patch: { title: 'x' } },
      { code: 'BAD_USER_INPUT', token: steward },
    );
    expect(details.fields).toEqual(['expectedVersion']);
  });
});

describe('who may edit', () => {
  it('is a steward of the catalog or of the dataset; what is hidden is not found', async () => {
    const { slug, id, version } = await described(catalog);
    await mustDo(catalog, 'createDataset', { slug: 'a-draft', title: 't', description: 'd' }, steward);
    const edit = (of: string, title: string, expectedVersion = version): object => ({
      id: of,
      expectedVersion,
      patch: { title },
    });
    const researcher = await catalog.token('RESEARCHER');
    await mustFail(catalog, 'updateDataset', edit(id, 'x'), { code: 'UNAUTHENTICATED' });
    await mustFail(catalog, 'updateDataset', edit(nodeIdOf('a-draft'), 'x'), { code: 'UNAUTHENTICATED' });
    await mustFail(catalog, 'updateDataset', edit(id, 'x'), { code: 'FORBIDDEN', token: researcher });
    const hidden = await mustFail(catalog, 'updateDataset', edit(nodeIdOf('a-draft'), 'x'), {
      code: 'NOT_FOUND',
      token: researcher,
    });
    for (const nobody of [nodeIdOf('no-such'), 'nonsense', '', `Subject:${nodeIdOf('x').slice(8)}`, 'Dataset:\0']) {
      expect(
        await mustFail(catalog, 'updateDataset', edit(nobody, 'x'), { code: 'NOT_FOUND', token: researcher }),
      ).toEqual(hidden);
    }
    const granted = await tokenFor(catalog, 'STEWARD', slug);
    const other = await described(catalog);
    await mustFail(catalog, 'updateDataset', edit(other.id, 'x', other.version), { code: 'FORBIDDEN', token: granted });
    expect(
      (await mustDo(catalog, 'updateDataset', edit(id, 'By the one with the grant'), granted)).dataset.version,
    ).toBe(version + 1);
  });
});

describe('the name of the stewards’ source', () => {
  it('is had by no other kind of source', async () => {
    await expect(takeRecords(catalog, [record('x')], { source: 'steward' })).rejects.toThrow(
      'kept for what stewards say',
    );
  });
});
