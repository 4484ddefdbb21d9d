import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalSha256 } from '../../src/kernel/canonical-json.ts';
import { record, scan, session, subject, takeRecords, takeRows } from '../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
let admin = '';
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  admin = await catalog.token('ADMIN');
  for (const accessClass of ['OPEN', 'OPEN_NON_COMMERCIAL', 'RESTRICTED']) {
    const slug = accessClass.toLowerCase().replaceAll('_', '-');
    await takeRecords(catalog, [record(slug, { slug, accessClass })]);
    await takeRows(catalog, slug, [subject('P1', [session('1.1', [scan('1.1.1')])])]);
    await takeRecords(catalog, [record(slug, { slug, accessClass })], { publish: true });
  }
  await takeRows(catalog, 'restricted', [subject('P2', [])], { source: 'secret-lab' });
  await takeRows(catalog, 'open', [subject('P2', [])], { source: 'open-lab' });
});
afterAll(async () => {
  await catalog.close();
});

describe('rows that a guest may not see', () => {
  it.each(['open-non-commercial', 'restricted'])('of %s show neither their number nor their date', async (slug) => {
    const { data } = await catalog.ask(
      `query ($slug: String!) { dataset(slug: $slug) { subjectCount { ...n } sessionCount { ...n } scanCount { ...n } } }
       fragment n on ExactCount { value asOf }`,
      { slug },
    );
    for (const count of Object.values(data.dataset)) expect(count).toEqual({ value: 0, asOf: null });
  });

  it.each(['open-non-commercial', 'restricted'])('of %s are not counted in its public snapshots', async (slug) => {
    const { data } = await catalog.ask(
      'query ($slug: String!) { dataset(slug: $slug) { versions { nodes { snapshot sha256 } } } }',
      { slug },
    );
    const [version] = data.dataset.versions.nodes;
    expect(version.snapshot.record.title).toBe(`Title of ${slug}`);
    expect(version.snapshot).not.toHaveProperty('rowsHeld');
    expect(version.sha256).toBe(canonicalSha256(version.snapshot));
  });

  it('do not show through the filter by source', async () => {
    const bySource = async (source: string, token?: string): Promise<string[]> => {
      const { data } = await catalog.ask(
        'query ($source: String!) { datasets(where: { source: { eq: $source } }) { nodes { slug } } }',
        { source },
        token,
      );
      return data.datasets.nodes.map((node: any) => node.slug);
    };
    expect(await bySource('secret-lab')).toEqual([]);
    expect(await bySource('secret-lab', admin)).toEqual(['restricted']);
    expect(await bySource('open-lab')).toEqual(['open']);
  });
});

describe('rows that everybody may see', () => {
  it('are counted in the snapshot of a version', async () => {
    const { data } = await catalog.ask('{ dataset(slug: "open") { versions { nodes { snapshot } } } }');
    expect(data.dataset.versions.nodes[0].snapshot.rowsHeld).toMatchObject({ subjects: 1, sessions: 1, scans: 1 });
  });
});

describe('a withdrawn dataset', () => {
  it('is not listed by a test of the state in which nothing is given', async () => {
    await catalog.app.db.query(`UPDATE dataset SET status = 'WITHDRAWN' WHERE slug = 'open'`);
    for (const where of ['{ status: {} }', '{ status: { eq: null, in: null } }']) {
      const { data } = await catalog.ask(`{ datasets(where: ${where}) { nodes { slug } } }`);
      expect(data.datasets.nodes, where).not.toContainEqual({ slug: 'open' });
    }
  });
});

describe('a day that no database has', () => {
  it('is refused in a filter', async () => {
    const { errors } = await catalog.ask(
      '{ dataset(slug: "restricted") { sessions(where: { date: { gte: "0000-01-01" } }) { nodes { label } } } }',
      {},
      admin,
    );
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});
