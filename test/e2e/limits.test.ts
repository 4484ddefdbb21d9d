import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

/** Limits small enough to meet. */
const small = {
  MIA_LIMIT_BODY_BYTES: '20000',
  MIA_LIMIT_TOKENS: '300',
  MIA_LIMIT_DEPTH: '6',
  MIA_LIMIT_FIELDS: '60',
  MIA_LIMIT_ALIASES: '5',
  MIA_LIMIT_ROOT_FIELDS: '6',
  MIA_LIMIT_DIRECTIVES: '3',
  MIA_LIMIT_INPUT_DEPTH: '5',
  MIA_LIMIT_PAGE_SIZE: '100',
  MIA_LIMIT_COST: '1000',
  MIA_LIMIT_OPERATION_MS: '700',
};

let catalog: TestCatalog;
let folder: string;
const persistedText = '{ viewer { roles } }\n';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mia-persisted-'));
  await writeFile(join(folder, 'viewer.graphql'), persistedText);
  catalog = await startTestCatalog('shipped', { ...small, MIA_PERSISTED_FOLDER: folder });
});
afterAll(async () => {
  await catalog.close();
  await rm(folder, { recursive: true });
});

/** Sends a request as it is. */
async function post(
  url: string,
  init: { readonly body: string; readonly headers?: Readonly<Record<string, string>> },
): Promise<Answer & { headers: Headers }> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    ...init,
    headers: { 'content-type': 'application/json', ...init.headers },
  });
  return { status: response.status, headers: response.headers, ...((await response.json()) as Omit<Answer, 'status'>) };
}

const spread = (times: number, text: (index: number) => string): string =>
  Array.from({ length: times }, (_, index) => text(index)).join(' ');

describe('one request', () => {
  const cases: readonly (readonly [
    limit: string,
    allowed: number,
    query: string,
    variables?: Record<string, unknown>,
  ])[] = [
    ['depth', 6, '{ dataset(slug: "abide") { conditions { broader { broader { broader { broader { iri } } } } } } }'],
    ['fields', 60, `{ catalog { ${spread(61, () => 'title')} } }`],
    ['aliases', 5, `{ catalog { ${spread(6, (index) => `a${index}: title`)} } }`],
    ['rootFields', 6, `{ ${spread(7, () => '__typename')} }`],
    [
      'directives',
      3,
      `{ catalog { title @skip(if: false) url @include(if: true) softwareVersion @include(if: true) modalities @include(if: true) { code } } }`,
    ],
    [
      'inputDepth',
      5,
      '{ datasets(where: { not: { not: { not: { not: { not: { year: { eq: 1 } } } } } } }) { nodes { slug } } }',
    ],
    [
      'inputDepth',
      5,
      'query($w: DatasetWhere) { datasets(where: $w) { nodes { slug } } }',
      { w: JSON.parse('{"not":'.repeat(9) + '{}' + '}'.repeat(9)) },
    ],
    ['cost', 1000, '{ datasets(first: 50) { nodes { subjects(first: 50) { nodes { label } } } } }'],
    [
      'cost',
      1000,
      'query($n: Int!) { datasets(first: $n) { nodes { subjects(first: $n) { nodes { label } } } } }',
      { n: 50 },
    ],
    [
      'cost',
      1000,
      'query($n: Int = 50) { datasets(first: $n) { nodes { ...S } } } fragment S on Dataset { subjects(first: $n) { edges { node { label } } } }',
    ],
    ['cost', 1000, '{ __schema { types { fields { args { type { name } } } } } }'],
    ['tokens', 300, `{ catalog { ${spread(299, () => 'title')} } }`],
  ];

  it.each(cases.map(([limit, allowed, query, variables = {}]) => ({ limit, allowed, query, variables })))(
    'may not go beyond its $limit',
    async ({ limit, allowed, query, variables }) => {
      const { status, data, errors } = await catalog.ask(query, variables);
      expect({ status, data, code: errors?.[0]?.extensions.code }).toEqual({
        status: 400,
        data: undefined,
        code: 'LIMIT_EXCEEDED',
      });
      expect(errors?.[0]?.extensions.details).toMatchObject({ limit, allowed });
      expect(errors?.[0]?.message).toMatch(/^[A-Z`].*\.$/);
      expect(errors).toHaveLength(1);
    },
  );

  it('counts fields of a fragment as often as it is spread', async () => {
    const levels = spread(
      8,
      (index) => `fragment F${index} on Concept { label iri ...F${index + 1} ...F${index + 1} }`,
    );
    const { errors } = await catalog.ask(
      `{ dataset(slug: "abide") { conditions { ...F0 } } } ${levels} fragment F8 on Concept { label }`,
    );
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { limit: 'fields' } });
  });

  it('may ask for pages up to the limit', async () => {
    expect((await catalog.ask('{ datasets(first: 100) { nodes { slug } } }')).status).toBe(200);
    const { status, errors } = await catalog.ask('{ datasets(first: 101) { nodes { slug } } }');
    expect([status, errors?.[0]?.extensions.code, errors?.[0]?.extensions.details]).toEqual([
      400,
      'BAD_USER_INPUT',
      { fields: ['first'], limit: 'pageSize', allowed: 100, found: 101 },
    ]);
  });

  it('is told what it costs', async () => {
    const { headers } = await post(catalog.url, {
      body: JSON.stringify({ query: '{ datasets(first: 7) { nodes { publisher { name } } } }' }),
    });
    expect(headers.get('x-operation-cost')).toBe('15');
  });

  it('has a body of limited size', async () => {
    const { status, errors } = await post(catalog.url, {
      body: JSON.stringify({ query: `{ viewer { roles } } # ${'x'.repeat(30_000)}` }),
    });
    expect([status, errors?.[0]?.extensions.code, errors?.[0]?.extensions.details]).toEqual([
      413,
      'LIMIT_EXCEEDED',
      { limit: 'bodyBytes', allowed: 20_000 },
    ]);
  });

  it.each([
    [
      'an array of requests',
      JSON.stringify([{ query: '{ viewer { roles } }' }, { query: '{ viewer { roles } }' }]),
      400,
      'BAD_REQUEST',
    ],
    ['something that is not JSON', '{"query":', 400, 'BAD_USER_INPUT'],
    ['nothing', '', 400, 'BAD_USER_INPUT'],
    ['no query', '{}', 400, 'BAD_REQUEST'],
    ['a query that is no text', '{"query":5}', 400, 'BAD_REQUEST'],
  ])('that is %s is refused', async (_, body, status, code) => {
    const answer = await post(catalog.url, { body });
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([status, code]);
  });

  it('of another content type is refused before it is read', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
    ]) {
      const answer = await post(catalog.url, {
        body: '{"query":"{viewer{roles}}"}',
        headers: { 'content-type': type },
      });
      expect([type, answer.status < 500, answer.data]).toEqual([type, true, undefined]);
    }
  });

  it('by GET needs a header that no other site can send', async () => {
    const query = encodeURIComponent('{ viewer { roles } }');
    const plain = await fetch(`${catalog.url}/graphql?query=${query}`);
    expect(plain.status).toBe(400);
    const preflighted = await fetch(`${catalog.url}/graphql?query=${query}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(preflighted.status).toBe(200);
  });

  it('is ended when its time is over, in the database too', async () => {
    await catalog.app.db.query(
      'CREATE FUNCTION slow() RETURNS boolean VOLATILE LANGUAGE sql AS $$ SELECT pg_sleep(20) IS NULL $$',
    );
    await catalog.app.db.query('ALTER TABLE agent RENAME TO agent_table');
    await catalog.app.db.query('CREATE VIEW agent AS SELECT * FROM agent_table WHERE slow() IS NOT NULL');
    try {
      const began = performance.now();
      const { status, data, errors } = await catalog.ask('{ datasets(first: 3) { nodes { publisher { name } } } }');
      expect({ status, data, code: errors?.[0]?.extensions.code }).toEqual({
        status: 504,
        data: undefined,
        code: 'TIMEOUT',
      });
      expect(errors?.[0]?.extensions.details).toEqual({ allowedMs: 700 });
      expect(performance.now() - began).toBeLessThan(5_000);
      await expect.poll(async () => await sleeping(), { timeout: 5_000 }).toBe(0);
    } finally {
      await catalog.app.db.query('DROP VIEW agent; ALTER TABLE agent_table RENAME TO agent');
    }
    expect((await catalog.ask('{ datasets(first: 3) { nodes { publisher { name } } } }')).status).toBe(200);
  });

  it('has an id that the answer names', async () => {
    const { headers } = await post(catalog.url, { body: JSON.stringify({ query: '{ viewer { roles } }' }) });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('can name a known document by its hash, and add none', async () => {
    const extensions = (text: string) => ({
      persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(text).digest('hex') },
    });
    const known = await post(catalog.url, { body: JSON.stringify({ extensions: extensions(persistedText) }) });
    expect(known.data).toEqual({ viewer: { roles: ['GUEST'] } });
    const other = '{ catalog { title } }';
    await post(catalog.url, { body: JSON.stringify({ query: other, extensions: extensions(other) }) });
    const again = await post(catalog.url, { body: JSON.stringify({ extensions: extensions(other) }) });
    expect(again.errors?.[0]?.extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  async function sleeping(): Promise<number> {
    const rows: { n: number }[] = await catalog.app.db.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND wait_event = 'PgSleep'`,
    );
    return rows[0]?.n ?? -1;
  }
});

describe('many requests', () => {
  it('of one address are refused when they come too fast', async () => {
    const busy = await startTestCatalog('empty', { MIA_RATE_REQUESTS: '5/1' });
    try {
      const answers = await Promise.all(
        Array.from({ length: 12 }, async () => await post(busy.url, { body: '{"query":"{viewer{roles}}"}' })),
      );
      const refused = answers.filter((answer) => answer.status === 429);
      expect(refused.length).toBeGreaterThanOrEqual(6);
      expect(refused[0]?.errors?.[0]?.extensions).toMatchObject({
        code: 'RATE_LIMITED',
        details: { retryAfterMs: expect.any(Number) },
      });
      expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await fetch(`${busy.url}/healthz`)).status).toBe(200);
    } finally {
      await busy.close();
    }
  });

  it('are paid for by each principal with the rows they read', async () => {
    const busy = await startTestCatalog('shipped', { MIA_RATE_GUEST: '100/1', MIA_RATE_PRINCIPAL: '1000/1' });
    try {
      const many = '{ dataset(slug: "upenn-gbm") { subjects(first: 150) { nodes { label } } } }';
      const token = await busy.token('RESEARCHER');
      expect((await busy.ask(many)).status).toBe(200);
      const { status, errors } = await busy.ask('{ viewer { roles } }');
      expect([status, errors?.[0]?.extensions.code]).toEqual([429, 'RATE_LIMITED']);
      expect(errors?.[0]?.extensions.details?.['retryAfterMs']).toBeGreaterThan(1_000);
      expect((await busy.ask(many, {}, token)).status).toBe(200);
      expect((await busy.ask(many, {}, token)).status).toBe(200);
    } finally {
      await busy.close();
    }
  });

  it('that are expensive wait for their turn, then are refused', async () => {
    const busy = await startTestCatalog('shipped', {
      MIA_LIMIT_CONCURRENT_COST: '25000',
      MIA_LIMIT_QUEUE_LENGTH: '2',
      MIA_LIMIT_QUEUE_MS: '20000',
      MIA_LIMIT_OPERATION_MS: '60000',
    });
    try {
      const dear =
        '{ dataset(slug: "upenn-gbm") { subjects(first: 100) { nodes { sessions(first: 100) { nodes { label } } } } } }';
      const answers = await Promise.all(Array.from({ length: 12 }, async () => await busy.ask(dear)));
      const codes = answers.map(({ status, errors }) => errors?.[0]?.extensions.code ?? status);
      expect(new Set(codes)).toEqual(new Set([200, 'OVERLOADED']));
      expect(codes.filter((code) => code === 200).length).toBeGreaterThanOrEqual(4);
      const cheap = await Promise.all(Array.from({ length: 12 }, async () => await busy.ask('{ viewer { roles } }')));
      expect(cheap.every(({ status }) => status === 200)).toBe(true);
    } finally {
      await busy.close();
    }
  });
});

describe('a server that is closed down further', () => {
  it('answers no introspection and shows no sandbox', async () => {
    const closed = await startTestCatalog('empty', { MIA_INTROSPECTION: '0', MIA_SANDBOX: '0' });
    try {
      const { errors } = await closed.ask('{ __schema { types { name } } }');
      expect(errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
      const page = await fetch(`${closed.url}/graphql`, { headers: { accept: 'text/html' } });
      expect(page.headers.get('content-type')).not.toContain('html');
    } finally {
      await closed.close();
    }
  });

  it('answers only documents it knows, except to stewards', async () => {
    const closed = await startTestCatalog('empty', { MIA_PERSISTED_FOLDER: folder, MIA_PERSISTED_ONLY: '1' });
    try {
      expect((await closed.ask(persistedText)).data).toEqual({ viewer: { roles: ['GUEST'] } });
      const refused = await closed.ask('{ catalog { title } }', {}, await closed.token('RESEARCHER'));
      expect([refused.status, refused.errors?.[0]?.extensions.code]).toEqual([403, 'FORBIDDEN']);
      expect((await closed.ask('{ catalog { title } }', {}, await closed.token('STEWARD'))).status).toBe(200);
    } finally {
      await closed.close();
    }
  });
});
