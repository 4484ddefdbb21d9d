import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustDo, mustFail, nodeIdOf, tokenFor, tryTo } from '../kit/curate.ts';
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

const minimal = (slug: string): object => ({ slug, title: `Title of ${slug}`, description: 'Some words.' });

describe('createDataset', () => {
  it('makes a draft that says all it was given, as the word of a steward', async () => {
    const { dataset } = await mustDo(
      catalog,
      'createDataset',
      {
        ...minimal('whole'),
        acronym: 'W',
        keywords: ['one', 'two'],
        conditions: ['Autistic Disorder', 'No vocabulary has this'],
        modalities: ['MRI', 'CT'],
        accessClass: 'OPEN',
        license: 'CC-BY-4.0',
        publisher: { name: 'A hospital', homepage: null },
        creators: [{ name: 'A. Person', kind: 'PERSON' }, { name: 'A group' }],
        identifiers: [{ scheme: 'DOI', value: '10.1234/abc' }],
        counts: [{ measure: 'SUBJECTS', value: 12, source: 'the paper', headline: true }],
        landingPage: 'https://example.org/whole',
        year: 2020,
        species: null,
      },
      steward,
    );
    expect(dataset).toMatchObject({
      id: nodeIdOf('whole'),
      status: 'DRAFT',
      version: 1,
      publishedVersion: null,
      acronym: 'W',
      keywords: ['one', 'two'],
      conditions: [{ scheme: 'MESH' }, { label: 'No vocabulary has this', scheme: 'LOCAL' }],
      modalities: [{ code: 'MR' }, { code: 'CT' }],
      accessClass: 'OPEN',
      license: { spdxId: 'CC-BY-4.0' },
      publisher: { name: 'A hospital' },
      creators: [
        { name: 'A. Person', kind: 'PERSON' },
        { name: 'A group', kind: 'ORGANISATION' },
      ],
      identifiers: [{ scheme: 'DOI', value: '10.1234/abc', iri: 'https://doi.org/10.1234/abc' }],
      counts: [{ measure: 'SUBJECTS', count: { value: 12, source: 'the paper' } }],
      landingPage: 'https://example.org/whole',
      year: 2020,
    });
    expect(dataset.origins).toContainEqual({ field: 'title', source: 'steward', kind: 'STEWARD' });
    expect(dataset.origins.map((origin: any) => origin.field)).not.toContain('species');
  });

  it('opens nothing by an omission', async () => {
    const { dataset } = await mustDo(catalog, 'createDataset', minimal('silent'), steward);
    expect(dataset.accessClass).toBe('RESTRICTED');
  });

  it('shows the draft to stewards and to those with a grant for it, and to nobody else', async () => {
    await mustDo(catalog, 'createDataset', minimal('hidden'), steward);
    const callers = {
      guest: undefined,
      researcher: await catalog.token('RESEARCHER'),
      steward,
      granted: await tokenFor(catalog, 'RESEARCHER', 'hidden'),
    };
    for (const [caller, token] of Object.entries(callers)) {
      const { data } = await catalog.ask('{ dataset(slug: "hidden") { slug } }', {}, token);
      expect(data.dataset !== null, caller).toBe(caller === 'steward' || caller === 'granted');
    }
  });

  it('announces it once, and what a source says of the same slug comes below it', async () => {
    await mustDo(catalog, 'createDataset', minimal('both'), steward);
    const events = await catalog.app.db.query("SELECT type FROM catalog_event WHERE payload->>'slug' = 'both'");
    expect(events).toEqual([{ type: 'DATASET_CHANGED' }]);
    await takeRecords(catalog, [record('both', { slug: 'both', title: 'Other', acronym: 'B' })], { publish: true });
    const { data } = await catalog.ask('{ dataset(slug: "both") { title acronym status } }');
    expect(data.dataset).toEqual({ title: 'Title of both', acronym: 'B', status: 'PUBLISHED' });
  });
});

describe('a slug', () => {
  it.each(['taken', 'drafted', 'withdrawn'])('that is %s is a conflict, and what has it stays', async (slug) => {
    await takeRecords(catalog, [record(slug, { slug })], { publish: slug !== 'drafted' });
    if (slug === 'withdrawn')
      await mustDo(catalog, 'withdrawDataset', { id: nodeIdOf(slug), reason: 'A mistake.' }, steward);
    const before = await catalog.ask(
      'query ($slug: String) { dataset(slug: $slug) { title version status } }',
      { slug },
      steward,
    );
    const { message, details } = await mustFail(catalog, 'createDataset', minimal(slug), {
      code: 'CONFLICT',
      token: steward,
    });
    expect([message, details.fields]).toEqual([expect.stringContaining(slug), ['slug']]);
    expect(
      await catalog.ask('query ($slug: String) { dataset(slug: $slug) { title version status } }', { slug }, steward),
    ).toEqual(before);
  });

  it('wanted by two at once goes to one of them', async () => {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => tryTo(catalog, 'createDataset', minimal('race'), steward)),
    );
    const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'DONE').sort();
    expect(codes).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT', 'DONE']);
  });

  it.each(['', ' ', 'Upper', 'two words', 'a--b', '-a', 'a-', 'ä', 'a/b', '../x', 'a\0b', '\ud800', 'x'.repeat(81)])(
    'is refused when it is %j',
    async (slug) => {
      const { details } = await mustFail(catalog, 'createDataset', minimal(slug), {
        code: 'BAD_USER_INPUT',
        token: steward,
      });
      expect(details.fields).toEqual(['slug']);
    },
  );
});

describe('who may create', () => {
  it('is a steward of the whole catalog; others are told what is missing', async () => {
    await mustFail(catalog, 'createDataset', minimal('no'), { code: 'UNAUTHENTICATED' });
    const researcher = await catalog.token('RESEARCHER');
    await mustFail(catalog, 'createDataset', minimal('no'), { code: 'FORBIDDEN', token: researcher });
    await mustDo(catalog, 'createDataset', minimal('granted'), steward);
    const granted = await tokenFor(catalog, 'STEWARD', 'granted');
    await mustFail(catalog, 'createDataset', minimal('no'), { code: 'FORBIDDEN', token: granted });
    await mustDo(catalog, 'createDataset', minimal('by-admin'), await catalog.token('ADMIN'));
    expect((await catalog.ask('{ dataset(slug: "no") { slug } }', {}, steward)).data.dataset).toBeNull();
  });
});

describe('a value that no record may have', () => {
  it.each([
    ['title', ''],
    ['title', 'x'.repeat(501)],
    ['title', 'x'.repeat(900_000)],
    ['title', 'a\0b'],
    ['title', '\ud800'],
    ['description', '   '],
    ['keywords.0', ['\udfff']],
    ['keywords', Array.from({ length: 10_000 }, () => 'k')],
    ['modalities.1', ['MR', 'no such thing']],
    ['license', 'no such licence'],
    ['landingPage', 'javascript:alert(1)'],
    ['year', 2_147_483_647],
    ['publications.0.doi', [{ doi: 'https://doi.org/10.1/x' }]],
    ['identifiers.0.value', [{ scheme: 'doi', value: 'https://doi.org/10.1234/x' }]],
    ['dataUseTerms.0', ['GO:1']],
    ['counts.0.value', [{ measure: 'SUBJECTS', value: 1e300, source: 'x' }]],
    ['counts.0.value', [{ measure: 'SUBJECTS', value: -1, source: 'x' }]],
    ['counts.0.asOf', [{ measure: 'SUBJECTS', value: 1, source: 'x', asOf: '0000-01-01' }]],
    ['relations.0.dataset', [{ type: 'DERIVED_FROM', dataset: 'bad-value' }]],
    ['relations.0', [{ type: 'DERIVED_FROM' }]],
    ['distributions.0.license', [{ title: 't', accessUrl: 'https://x.org', license: 'no such licence' }]],
  ])('is refused by the name of the field: %s', async (path, value) => {
    const input = { ...minimal('bad-value'), [path.split('.')[0] ?? '']: value };
    const { message, details } = await mustFail(catalog, 'createDataset', input, {
      code: 'BAD_USER_INPUT',
      token: steward,
    });
    expect(details.fields).toContain(path);
    expect(details.fields.length).toBeLessThanOrEqual(50);
    expect(message).toContain(path);
    expect(message.length).toBeLessThan(1_000);
    expect((await catalog.ask('{ dataset(slug: "bad-value") { slug } }', {}, steward)).data.dataset).toBeNull();
  });
});
