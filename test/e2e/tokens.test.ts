import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashToken } from '../../src/access/index.ts';
import { record, scan, session, subject, takeRecords, takeRows } from '../kit/intake.ts';
import { codeOf, datasetNode, endToken, grant, makeToken, person, ungrant } from '../kit/people.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

const classes = { open: 'OPEN', noncommercial: 'OPEN_NON_COMMERCIAL', restricted: 'RESTRICTED', draft: 'OPEN' };
let catalog: TestCatalog;
let admin: string;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  for (const [slug, accessClass] of Object.entries(classes)) {
    await takeRecords(catalog, [record(slug, { slug, accessClass })], { publish: slug !== 'draft' });
    await takeRows(catalog, slug, [subject(`P-${slug}`, [session(`1.${slug.length}`, [scan(`1.${slug.length}.1`)])])]);
  }
  admin = await catalog.token('ADMIN');
});
afterAll(async () => {
  await catalog.close();
});

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** Slugs whose record, and whose rows, a token opens. */
async function sees(token: string | undefined): Promise<{ readonly records: string[]; readonly rows: string[] }> {
  const { data } = await catalog.ask(
    '{ datasets(orderBy: { field: SLUG }) { nodes { slug rowAccess subjects { nodes { label } } } } }',
    {},
    token,
  );
  const nodes: any[] = data.datasets.nodes;
  return {
    records: nodes.map((node) => node.slug),
    rows: nodes.filter((node) => node.subjects.nodes.length > 0).map((node) => node.slug),
  };
}

describe('createAccessToken', () => {
  it('shows the secret once, keeps its hash only, and the token works', async () => {
    const jane = await person(catalog, admin, { name: 'jane', role: 'RESEARCHER' });
    const { data, errors } = await makeToken(catalog, jane, {
      name: 'laptop',
      roles: ['RESEARCHER'],
      expiresAt: inDays(30),
    });
    expect(errors).toBeUndefined();
    const { token, accessToken, viewer } = data.createAccessToken;
    expect(token).toMatch(/^mia_[\w-]{43}$/);
    expect(accessToken).toMatchObject({ name: 'laptop', roles: ['RESEARCHER'], datasetIds: [], revokedAt: null });
    expect(viewer.tokens.map((each: any) => each.id)).toContain(accessToken.id);
    const rows: unknown[] = await catalog.app.db.query('SELECT * FROM access_token');
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(JSON.stringify(rows)).toContain(hashToken(token));
    const asked = await catalog.ask('{ viewer { name roles } }', {}, token);
    expect(asked.data.viewer).toEqual({ name: 'jane', roles: ['GUEST', 'RESEARCHER'] });
  });

  it('is refused to guests', async () => {
    expect(codeOf(await makeToken(catalog, undefined, {}))).toBe('UNAUTHENTICATED');
  });

  it('gives no role above its maker’s', async () => {
    const steward = await person(catalog, admin, { name: 'steward-a', role: 'STEWARD' });
    expect(codeOf(await makeToken(catalog, steward, { roles: ['GUEST', 'ADMIN'] }))).toBe('FORBIDDEN');
    expect(codeOf(await makeToken(catalog, steward, { roles: ['STEWARD'] }))).toBeUndefined();
  });

  it('narrows: a token with a lower role, and tokens made with it, have no more than that', async () => {
    const narrow = (await makeToken(catalog, admin, { roles: ['RESEARCHER'] })).data.createAccessToken.token;
    const { data } = await catalog.ask('{ viewer { roles } }', {}, narrow);
    expect(data.viewer.roles).toEqual(['GUEST', 'RESEARCHER']);
    expect(codeOf(await makeToken(catalog, narrow, { roles: ['STEWARD'] }))).toBe('FORBIDDEN');
    expect(codeOf(await makeToken(catalog, narrow, { roles: ['RESEARCHER'], principal: 'somebody' }))).toBe(
      'FORBIDDEN',
    );
    expect(codeOf(await grant(catalog, narrow, { principal: 'jane', role: 'ADMIN' }))).toBe('FORBIDDEN');
  });

  it('follows the grants of its principal: what is taken away is gone at once', async () => {
    const token = await person(catalog, admin, { name: 'leaver', role: 'STEWARD' });
    expect((await sees(token)).records).toContain('draft');
    await ungrant(catalog, admin, { principal: 'leaver', role: 'STEWARD' });
    expect((await sees(token)).records).not.toContain('draft');
  });

  it.each([
    ['an empty name', { name: '' }],
    ['a name of 101 characters', { name: 'x'.repeat(101) }],
    ['a name with a line feed', { name: 'a\nb' }],
    ['no role', { roles: [] }],
    ['an end in the past', { expiresAt: inDays(-1) }],
    ['an empty list of datasets', { datasetIds: [] }],
    ['a principal without a name', { principal: ' ' }],
    ['the principal of the command line', { principal: 'cli' }],
  ])('refuses %s', async (_what, input) => {
    expect(codeOf(await makeToken(catalog, admin, input))).toBe('BAD_USER_INPUT');
  });

  it('takes a name of 100 characters', async () => {
    expect(codeOf(await makeToken(catalog, admin, { name: 'é'.repeat(100) }))).toBeUndefined();
  });

  it('makes tokens for others only for admins, who then act within the others’ rights', async () => {
    const steward = await person(catalog, admin, { name: 'steward-b', role: 'STEWARD' });
    expect(codeOf(await makeToken(catalog, steward, { principal: 'robot' }))).toBe('FORBIDDEN');
    const made = await makeToken(catalog, admin, { principal: 'robot', roles: ['ADMIN'] });
    const { data } = await catalog.ask('{ viewer { name roles } }', {}, made.data.createAccessToken.token);
    expect(data.viewer).toEqual({ name: 'robot', roles: ['GUEST'] });
  });

  it('keeps to the life of the token it is made with', async () => {
    const ending = (await makeToken(catalog, admin, { roles: ['ADMIN'], expiresAt: inDays(2) })).data.createAccessToken;
    expect(codeOf(await makeToken(catalog, ending.token, { expiresAt: inDays(3) }))).toBe('FORBIDDEN');
    const made = (await makeToken(catalog, ending.token, {})).data.createAccessToken.accessToken;
    expect(made.expiresAt).toBe(ending.accessToken.expiresAt);
  });

  it('stops at 100 live tokens of one principal, and goes on when one has ended', async () => {
    const token = await person(catalog, admin, { name: 'collector', role: 'GUEST' });
    const made = await Promise.all(Array.from({ length: 99 }, async () => await makeToken(catalog, token, {})));
    expect(made.map(codeOf)).toEqual(Array.from({ length: 99 }, () => undefined));
    expect(codeOf(await makeToken(catalog, token, {}))).toBe('CONFLICT');
    await endToken(catalog, token, made[0]?.data.createAccessToken.accessToken.id);
    expect(codeOf(await makeToken(catalog, token, {}))).toBeUndefined();
  });

  it('counts tokens that are made at the same time', async () => {
    const token = await person(catalog, admin, { name: 'racer', role: 'GUEST' });
    const made = await Promise.all(Array.from({ length: 105 }, async () => await makeToken(catalog, token, {})));
    expect(made.filter((answer) => codeOf(answer) === undefined)).toHaveLength(99);
  });
});

describe('a token for some datasets', () => {
  it.each([
    // Whose token, for which dataset, and what it opens beyond what a guest sees.
    ['ADMIN', 'restricted', [], ['restricted']],
    ['ADMIN', 'draft', ['draft'], ['draft']],
    ['STEWARD', 'draft', ['draft'], ['draft']],
    ['STEWARD', 'restricted', [], []],
    ['RESEARCHER', 'noncommercial', [], ['noncommercial']],
    ['RESEARCHER', 'restricted', [], []],
  ])(
    'of a principal with %s for %s opens there what that role opens, and nothing else',
    async (role, slug, records, rows) => {
      const whole = await person(catalog, admin, { name: `bound-${role}`, role });
      const made = await makeToken(catalog, whole, { roles: [role], datasetIds: [datasetNode(slug)] });
      expect(codeOf(made)).toBeUndefined();
      expect(await sees(made.data.createAccessToken.token)).toEqual({
        records: [...records, 'noncommercial', 'open', 'restricted'],
        rows: [...rows, 'open'].sort(),
      });
    },
  );

  it('holds a role for those alone and makes tokens for those alone', async () => {
    const bound = (await makeToken(catalog, admin, { roles: ['ADMIN'], datasetIds: [datasetNode('restricted')] })).data
      .createAccessToken.token;
    expect(codeOf(await grant(catalog, bound, { principal: 'jane', role: 'ADMIN' }))).toBe('FORBIDDEN');
    expect(codeOf(await makeToken(catalog, bound, { datasetIds: [datasetNode('open')] }))).toBe('FORBIDDEN');
    expect(codeOf(await makeToken(catalog, bound, { datasetIds: [datasetNode('draft')] }))).toBe('NOT_FOUND');
    const inherited = await makeToken(catalog, bound, { roles: ['ADMIN'] });
    expect(inherited.data.createAccessToken.accessToken.datasetIds).toEqual([datasetNode('restricted')]);
    expect((await sees(inherited.data.createAccessToken.token)).records).not.toContain('draft');
  });

  it('cannot be made for a dataset its maker does not see, or without the role there', async () => {
    const jane = await person(catalog, admin, { name: 'owner', role: 'STEWARD', slug: 'restricted' });
    const bound = async (slug: string): Promise<string | undefined> =>
      codeOf(await makeToken(catalog, jane, { roles: ['STEWARD'], datasetIds: [datasetNode(slug)] }));
    expect(await bound('draft')).toBe('NOT_FOUND');
    expect(await bound('nowhere')).toBe('NOT_FOUND');
    expect(await bound('open')).toBe('FORBIDDEN');
    expect(await bound('restricted')).toBeUndefined();
  });
});

describe('revokeAccessToken', () => {
  it('ends the token and those made with it, and again changes nothing', async () => {
    const first = (await makeToken(catalog, admin, { roles: ['ADMIN'] })).data.createAccessToken;
    const second = (await makeToken(catalog, first.token, { roles: ['ADMIN'] })).data.createAccessToken;
    const third = (await makeToken(catalog, second.token, { roles: ['GUEST'] })).data.createAccessToken;
    const ended = await endToken(catalog, admin, first.accessToken.id);
    const listed = new Map<string, unknown>(
      ended.data.revokeAccessToken.viewer.tokens.map((token: any) => [token.id, token.revokedAt]),
    );
    for (const { token, accessToken } of [first, second, third]) {
      expect((await catalog.ask('{ viewer { name } }', {}, token)).status).toBe(401);
      expect(listed.get(accessToken.id)).toEqual(expect.any(String));
    }
    const again = await endToken(catalog, admin, first.accessToken.id);
    expect(again.data.revokeAccessToken.viewer.tokens).toEqual(ended.data.revokeAccessToken.viewer.tokens);
  });

  it('ends others’ tokens for admins; for everybody else they do not exist', async () => {
    const ann = await person(catalog, admin, { name: 'ann', role: 'STEWARD' });
    const bob = await person(catalog, admin, { name: 'bob', role: 'STEWARD' });
    const { data } = await catalog.ask('{ viewer { tokens { id } } }', {}, ann);
    const id = data.viewer.tokens[0].id;
    expect(codeOf(await endToken(catalog, bob, id))).toBe('NOT_FOUND');
    expect(codeOf(await endToken(catalog, bob, 'AccessToken:nonsense'))).toBe('NOT_FOUND');
    expect(codeOf(await endToken(catalog, undefined, id))).toBe('UNAUTHENTICATED');
    expect(codeOf(await endToken(catalog, admin, id))).toBeUndefined();
    expect((await catalog.ask('{ viewer { name } }', {}, ann)).status).toBe(401);
  });

  it('does not let a narrow token end a wider one', async () => {
    const wide = (await makeToken(catalog, admin, { roles: ['ADMIN'] })).data.createAccessToken;
    const narrow = (await makeToken(catalog, admin, { roles: ['GUEST'] })).data.createAccessToken;
    expect(codeOf(await endToken(catalog, narrow.token, wide.accessToken.id))).toBe('FORBIDDEN');
    expect(codeOf(await endToken(catalog, narrow.token, narrow.accessToken.id))).toBeUndefined();
  });
});

describe('the last use of a token', () => {
  it('is written down at most once a minute, not before the answer', async () => {
    const token = await person(catalog, admin, { name: 'user', role: 'GUEST' });
    const lastUsed = async (): Promise<Date | null> => {
      await catalog.app.authenticator.settle();
      const rows: { last_used_at: Date | null }[] = await catalog.app.db.query(
        `SELECT last_used_at FROM access_token WHERE hash = $1`,
        [hashToken(token)],
      );
      return rows[0]?.last_used_at ?? null;
    };
    expect(await lastUsed()).toBeNull();
    await catalog.ask('{ viewer { name } }', {}, token);
    const first = await lastUsed();
    expect(first).not.toBeNull();
    await sleep(20);
    await catalog.ask('{ viewer { name } }', {}, token);
    expect(await lastUsed()).toEqual(first);
    // Another process keeps the pace, too.
    const id = (await catalog.ask('{ viewer { tokens { id } } }', {}, token)).data.viewer.tokens[0].id.split(':')[1];
    const soon = new Date((first?.getTime() ?? 0) + 59_000);
    await catalog.app.principals.noteTokenUse(id, soon);
    expect(await lastUsed()).toEqual(first);
    const later = new Date((first?.getTime() ?? 0) + 60_000);
    await catalog.app.principals.noteTokenUse(id, later);
    expect(await lastUsed()).toEqual(later);
  });
});
