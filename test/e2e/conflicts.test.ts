import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { described, mustDo, versionOf } from '../kit/curate.ts';
import { record, takeRecords } from '../kit/intake.ts';
import { person } from '../kit/people.ts';
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

const xnat = { source: 'hospital-xnat', kind: 'XNAT', publish: true } as const;

async function conflicts(slug: string, token?: string): Promise<any> {
  const { data, errors } = await catalog.ask(
    `query ($slug: String!) { dataset(slug: $slug) { year acronym license { spdxId } conflicts { field value source receivedAt
       overruled { source kind value receivedAt } } } }`,
    { slug },
    token,
  );
  expect(errors).toBeUndefined();
  return data.dataset.conflicts;
}

async function edit(slug: string, id: string, patch: object): Promise<void> {
  await mustDo(catalog, 'updateDataset', { id, expectedVersion: await versionOf(catalog, slug), patch }, steward);
}

const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);

describe('conflicts', () => {
  it('hold what a source says anew of a field that a steward edited, and the edit stands', async () => {
    const { slug, id } = await described(catalog, { year: 2001, acronym: 'OLD' });
    await edit(slug, id, { year: 1999 });
    await takeRecords(catalog, [record('p1', { slug, year: 2024, acronym: 'OLD' })], xnat);
    const [year, ...others] = (await conflicts(slug, steward)).filter((one: any) => one.field === 'year');
    expect(others).toEqual([]);
    expect(year).toEqual({
      field: 'year',
      value: 1999,
      source: 'steward',
      receivedAt: instant,
      overruled: [
        { source: 'hospital', kind: 'HARVEST', value: 2001, receivedAt: instant },
        { source: 'hospital-xnat', kind: 'XNAT', value: 2024, receivedAt: instant },
      ],
    });
    expect((await catalog.ask(`{ dataset(slug: "${slug}") { year } }`)).data.dataset.year).toBe(1999);
  });

  it('are none where sources disagree among themselves, or say the same by another name', async () => {
    const { slug, id } = await described(catalog, { license: 'CC BY 4.0' });
    await edit(slug, id, { keywords: ['edited'] });
    expect(await conflicts(slug, steward)).toEqual([]);
    await takeRecords(catalog, [record(`x-${slug}`, { slug, license: 'CC0-1.0' })], xnat);
    expect(await conflicts(slug, steward)).toEqual([]);
    await edit(slug, id, { license: 'CC-BY-4.0' });
    expect(await conflicts(slug, steward)).toMatchObject([
      { field: 'license', value: 'CC-BY-4.0', overruled: [{ source: 'hospital-xnat', value: 'CC0-1.0' }] },
    ]);
  });

  it('tell of a value that a steward cleared, and end when the field is reset', async () => {
    const { slug, id } = await described(catalog, { url: 'https://example.org/data' });
    await edit(slug, id, { landingPage: null });
    expect(await conflicts(slug, steward)).toMatchObject([
      { field: 'landingPage', value: null, overruled: [{ value: 'https://example.org/data' }] },
    ]);
    await edit(slug, id, { reset: ['LANDING_PAGE'] });
    expect(await conflicts(slug, steward)).toEqual([]);
  });

  it('are shown to stewards of the dataset and to nobody else', async () => {
    const { slug, id } = await described(catalog);
    const other = await described(catalog);
    await edit(slug, id, { year: 1999 });
    const admin = await catalog.token('ADMIN');
    const own = await person(catalog, admin, { name: 'own', role: 'STEWARD', slug });
    const others = await person(catalog, admin, { name: 'others', role: 'STEWARD', slug: other.slug });
    expect(await conflicts(slug, own)).toHaveLength(1);
    expect(await conflicts(slug, others)).toEqual([]);
    expect(await conflicts(slug, await catalog.token('RESEARCHER'))).toEqual([]);
    expect(await conflicts(slug)).toEqual([]);
  });
});
