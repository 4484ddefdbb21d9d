import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../src/access/index.ts';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { record, scan, session, subject, takeRecords, takeRows } from '../kit/intake.ts';
import { type Answer, startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
const tokens = new Map<Role | 'GRANTED', string>();
const classes = { open: 'OPEN', noncommercial: 'OPEN_NON_COMMERCIAL', restricted: 'RESTRICTED' };
const slugs = [...Object.keys(classes), 'draft', 'withdrawn'];
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  const records = Object.entries(classes).map(([slug, accessClass]) => record(slug, { slug, accessClass }));
  for (const slug of slugs.slice(3))
    await takeRecords(catalog, [record(slug, { slug })], { publish: slug !== 'draft' });
  await takeRecords(catalog, records, { publish: true });
  for (const [index, slug] of slugs.entries()) {
    const uid = `1.${index + 1}`;
    await takeRows(catalog, slug, [subject(`P-${slug}`, [session(uid, [scan(`${uid}.1`)])])]);
  }
  await catalog.app.db.query(`UPDATE dataset SET status = 'WITHDRAWN' WHERE slug = 'withdrawn'`);
  for (const role of ['RESEARCHER', 'STEWARD', 'ADMIN'] as const) tokens.set(role, await catalog.token(role));
  tokens.set('GRANTED', await catalog.token('GUEST'));
  await catalog.app.db.query(
    `INSERT INTO role_grant (id, principal_id, role, dataset_id)
     SELECT gen_random_uuid(), id, 'RESEARCHER', $1 FROM principal WHERE name = 'test-guest'`,
    [datasetIdOf('restricted')],
  );
});
afterAll(async () => {
  await catalog.close();
});

type Caller = Role | 'GRANTED';

async function ask(caller: Caller, query: string, variables = {}): Promise<Answer> {
  const answer = await catalog.ask(query, variables, tokens.get(caller));
  expect(answer.errors).toBeUndefined();
  return answer;
}

/** Who sees which records in lists, and which rows. */
const rules: readonly (readonly [caller: Caller, records: readonly string[], rows: readonly string[]])[] = [
  ['GUEST', ['noncommercial', 'open', 'restricted'], ['open']],
  ['RESEARCHER', ['noncommercial', 'open', 'restricted'], ['noncommercial', 'open']],
  ['GRANTED', ['noncommercial', 'open', 'restricted'], ['open', 'restricted']],
  ['STEWARD', ['draft', 'noncommercial', 'open', 'restricted'], ['draft', 'noncommercial', 'open']],
  ['ADMIN', ['draft', 'noncommercial', 'open', 'restricted'], ['draft', 'noncommercial', 'open', 'restricted']],
];

describe.each(rules)('%s', (caller, records, rows) => {
  it('is listed the records of its scope', async () => {
    const { data } = await ask(
      caller,
      '{ datasets(orderBy: { field: SLUG }) { nodes { slug } totalCount { ... on ExactCount { value } } } }',
    );
    expect(data.datasets.nodes.map((node: any) => node.slug)).toEqual(records);
    expect(data.datasets.totalCount.value).toBe(records.length);
  });

  it('gets records outside its scope neither by slug nor by id', async () => {
    for (const slug of slugs) {
      const { data } = await ask(
        caller,
        'query ($slug: String!, $id: ID!) { dataset(slug: $slug) { slug } node(id: $id) { id } }',
        { slug, id: `Dataset:${datasetIdOf(slug)}` },
      );
      const visible = records.includes(slug) || slug === 'withdrawn';
      expect([data.dataset !== null, data.node !== null], slug).toEqual([visible, visible]);
    }
  });

  it('sees rows of its scope, and of the others neither rows nor numbers', async () => {
    const { data } = await ask(
      caller,
      `{ datasets(orderBy: { field: SLUG }) { nodes { slug rowAccess byteSize
      subjectCount { ...n } sessionCount { ...n } scanCount { ...n } counts { measure }
      subjects { nodes { label } totalCount { ...n } } sessions { nodes { label } totalCount { ...n } } scans { nodes { label } totalCount { ...n } }
      found: scans(where: { modality: { anyOf: ["CT"] } }) { totalCount { ...n } } } } }
      fragment n on ExactCount { value }`,
    );
    for (const node of data.datasets.nodes) {
      const n = rows.includes(node.slug) ? 1 : 0;
      expect(node.rowAccess === 'VISIBLE', node.slug).toBe(n === 1);
      expect(node.byteSize, node.slug).toBe(n === 1 ? 10 : null);
      for (const field of ['subjectCount', 'sessionCount', 'scanCount'])
        expect(node[field].value, `${node.slug} ${field}`).toBe(n);
      for (const list of ['subjects', 'sessions', 'scans']) {
        expect(node[list].nodes, `${node.slug} ${list}`).toHaveLength(n);
        expect(node[list].totalCount.value, `${node.slug} ${list}`).toBe(n);
      }
      expect(node.found.totalCount.value, node.slug).toBe(n);
      expect(node.counts.length > 0, node.slug).toBe(n === 1);
    }
  });

  it('fetches rows of its scope only by id', async () => {
    for (const [table, type] of [
      ['subject', 'Subject'],
      ['imaging_session', 'ImagingSession'],
      ['scan', 'Scan'],
    ] as const) {
      const all: { id: string; slug: string }[] = await catalog.app.db.query(
        `SELECT t.id, d.slug FROM "${table}" t JOIN dataset d ON d.id = t.dataset_id`,
      );
      for (const { id, slug } of all) {
        const { data } = await ask(caller, 'query ($id: ID!) { node(id: $id) { id } }', { id: `${type}:${id}` });
        const visible = rows.includes(slug) || (slug === 'withdrawn' && caller === 'ADMIN');
        expect(data.node !== null, `${type} of ${slug}`).toBe(visible);
      }
    }
  });

  it('cannot tell held rows from the filter or the order by number of subjects', async () => {
    const { data } = await ask(
      caller,
      '{ datasets(where: { subjectCount: { gte: 1 } }, orderBy: { field: SUBJECT_COUNT }) { nodes { slug } } }',
    );
    expect(data.datasets.nodes.map((node: any) => node.slug).sort()).toEqual([...rows]);
  });

  it('is told totals of its scope', async () => {
    const { data } = await ask(
      caller,
      '{ catalog { datasetCount { ...n } subjectCount { ...n } sessionCount { ...n } scanCount { ...n } } } fragment n on ExactCount { value }',
    );
    const numbers = Object.values<any>(data.catalog).map((count) => count.value);
    expect(numbers).toEqual([records.length, rows.length, rows.length, rows.length]);
  });
});

describe('a withdrawn dataset', () => {
  it('is listed only where the state is asked about, at any depth', async () => {
    for (const where of ['{ status: { eq: WITHDRAWN } }', '{ or: [{ and: [{ status: { in: [WITHDRAWN] } }] }] }']) {
      const { data } = await ask('GUEST', `{ datasets(where: ${where}) { nodes { slug } } }`);
      expect(data.datasets.nodes, where).toEqual([{ slug: 'withdrawn' }]);
    }
  });

  it('is not listed where the state is given as null', async () => {
    const { data } = await ask('GUEST', '{ datasets(where: { status: null }) { nodes { slug } } }');
    expect(data.datasets.nodes).not.toContainEqual({ slug: 'withdrawn' });
  });
});

describe('the Authorization header', () => {
  it.each(['Basic YTpi', 'Bearer', 'Bearer nonsense', 'Bearer a b', 'mia_token'])(
    'is refused when it is %j',
    async (authorization) => {
      const response = await fetch(`${catalog.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({ query: '{ viewer { name } }' }),
      });
      expect(response.status).toBe(401);
      const { errors } = await response.json();
      expect(errors[0].extensions.code).toBe('UNAUTHENTICATED');
    },
  );

  it('is refused when its token was revoked or has expired', async () => {
    for (const column of ['revoked_at', 'expires_at']) {
      const token = await catalog.token('RESEARCHER');
      await catalog.app.db.query(
        `UPDATE access_token SET ${column} = now() - interval '1 second' WHERE hash = encode(sha256($1::bytea), 'hex')`,
        [token],
      );
      const { status, errors } = await catalog.ask('{ viewer { name } }', {}, token);
      expect([status, errors?.[0]?.extensions.code], column).toEqual([401, 'UNAUTHENTICATED']);
    }
  });
});
