import { type GraphQLInputType, getNamedType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actionOf } from '../../src/server/audit-mutations.ts';
import { createSchema } from '../../src/server/schema.ts';
import { record, takeRecords } from '../kit/intake.ts';
import { codeOf, datasetNode, endToken, grant, makeToken, person } from '../kit/people.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

const schema = createSchema();
let catalog: TestCatalog;
let admin: string;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  await takeRecords(catalog, [record('open', { slug: 'open' })], { publish: true });
  admin = await catalog.token('ADMIN');
});
afterAll(async () => {
  await catalog.close();
});

/** Entries as an admin reads them, latest first. */
async function entries(where: Readonly<Record<string, unknown>>, first = 100): Promise<any[]> {
  const { data, errors } = await catalog.ask(
    `query ($where: AuditEntryWhere, $first: Int) { auditEntries(where: $where, first: $first) { nodes {
      sequence at actorId actorName action objectId outcome code requestId facts previousHash hash } } }`,
    { where, first },
    admin,
  );
  expect(errors).toBeUndefined();
  return data.auditEntries.nodes;
}

describe('a write', () => {
  it('has its entry: who, what, to what, in which request', async () => {
    const made = await makeToken(catalog, admin, { name: 'audited', roles: ['STEWARD'] });
    const { id } = made.data.createAccessToken.accessToken;
    const [entry] = await entries({ objectId: id });
    expect(entry).toMatchObject({ action: 'accessToken.create', outcome: 'DONE', code: null, actorName: 'test-admin' });
    expect(entry.facts).toMatchObject({ roles: ['STEWARD'] });
    expect(entry.requestId).toMatch(/^[0-9a-f-]{36}$/);
    await endToken(catalog, admin, id);
    expect((await entries({ objectId: id })).map((each) => each.action)).toEqual([
      'accessToken.revoke',
      'accessToken.create',
    ]);
  });

  it('that changes nothing has one, too', async () => {
    for (let time = 0; time < 2; time++) await grant(catalog, admin, { principal: 'again', role: 'GUEST' });
    const { data } = await grant(catalog, admin, { principal: 'again', role: 'GUEST' });
    const found = await entries({ objectId: data.grantRole.principal.id });
    expect(found.map((entry) => entry.facts.changed)).toEqual([false, false, true]);
  });

  it('names the request by the id of its answer', async () => {
    const response = await fetch(`${catalog.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${admin}` },
      body: JSON.stringify({
        query: 'mutation { grantRole(input: { principal: "by-id", role: GUEST }) { principal { id } } }',
      }),
    });
    const { data } = await response.json();
    const [entry] = await entries({ objectId: data.grantRole.principal.id });
    expect(entry.requestId).toBe(response.headers.get('x-request-id'));
  });

  it('holds no names and no secrets', async () => {
    const made = await makeToken(catalog, admin, { name: 'Jane Doe, ward 7', principal: 'oidc:x:jane.doe' });
    const rows: unknown[] = await catalog.app.db.query('SELECT * FROM audit_entry');
    const trail = JSON.stringify(rows);
    for (const word of ['Jane', 'jane.doe', made.data.createAccessToken.token]) expect(trail).not.toContain(word);
  });

  it('is not there without its entry', async () => {
    const { db } = catalog.app;
    await db.query('ALTER TABLE audit_entry RENAME TO audit_entry_away');
    const answer = await grant(catalog, admin, { principal: 'never', role: 'ADMIN' });
    await db.query('ALTER TABLE audit_entry_away RENAME TO audit_entry');
    expect(codeOf(answer)).toBe('INTERNAL_SERVER_ERROR');
    expect(await db.query(`SELECT 1 FROM principal WHERE name = 'never'`)).toEqual([]);
  });
});

describe('an attempt', () => {
  it('that is refused has an entry with the code, be it a guest’s', async () => {
    const jane = await person(catalog, admin, { name: 'jane', role: 'RESEARCHER' });
    const input = { principal: 'x', role: 'ADMIN', datasetId: datasetNode('open') };
    await grant(catalog, jane, input);
    await grant(catalog, undefined, input);
    const [byGuest, byJane] = await entries({ action: 'role.grant', outcome: 'REFUSED' });
    expect(byGuest).toMatchObject({
      actorId: null,
      actorName: null,
      code: 'UNAUTHENTICATED',
      objectId: datasetNode('open'),
    });
    expect(byJane).toMatchObject({ actorName: 'jane', code: 'FORBIDDEN', objectId: datasetNode('open') });
  });

  it('that fails has an entry that says so', async () => {
    const { db } = catalog.app;
    await db.query('ALTER TABLE role_grant RENAME COLUMN granted_by TO given_by');
    const answer = await grant(catalog, admin, { principal: 'y', role: 'GUEST' });
    await db.query('ALTER TABLE role_grant RENAME COLUMN given_by TO granted_by');
    expect(codeOf(answer)).toBe('INTERNAL_SERVER_ERROR');
    const [entry] = await entries({ action: 'role.grant' });
    expect(entry).toMatchObject({ outcome: 'FAILED', code: 'INTERNAL_SERVER_ERROR', actorName: 'test-admin' });
  });

  it.each(Object.keys(schema.getMutationType()?.getFields() ?? {}))(
    'of a guest at %s is refused and written down',
    async (name) => {
      const field = schema.getMutationType()?.getFields()[name];
      const variables = Object.fromEntries((field?.args ?? []).map((arg) => [arg.name, sampleOf(arg.type)]));
      const head = field?.args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
      const given = field?.args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
      const answer = await catalog.ask(`mutation (${head}) { ${name}(${given}) { __typename } }`, variables);
      expect(codeOf(answer)).toBe('UNAUTHENTICATED');
      const [entry] = await entries({ action: actionOf(name) });
      expect(entry).toMatchObject({ outcome: 'REFUSED', code: 'UNAUTHENTICATED', actorId: null });
    },
  );
});

/** Some value of an input type: required fields only. */
function sampleOf(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return sampleOf(type.ofType);
  if (isListType(type)) return [];
  const named = getNamedType(type);
  if (isEnumType(named)) return named.getValues()[0]?.name;
  if (isInputObjectType(named))
    return Object.fromEntries(
      Object.values(named.getFields())
        .filter((field) => isNonNullType(field.type))
        .map((field) => [field.name, sampleOf(field.type)]),
    );
  return { ID: datasetNode('open'), Int: 1, Float: 1, Boolean: true }[named.name] ?? 'sample';
}

describe('auditEntries', () => {
  it('is for admins alone', async () => {
    const steward = await person(catalog, admin, { name: 'steward', role: 'STEWARD' });
    const keeper = await person(catalog, admin, { name: 'keeper', role: 'ADMIN', slug: 'open' });
    const query = '{ auditEntries { nodes { sequence } } }';
    expect(codeOf(await catalog.ask(query))).toBe('UNAUTHENTICATED');
    expect(codeOf(await catalog.ask(query, {}, steward))).toBe('FORBIDDEN');
    expect(codeOf(await catalog.ask(query, {}, keeper))).toBe('FORBIDDEN');
  });

  it('is latest first, in pages that new entries do not move', async () => {
    for (let n = 0; n < 5; n++) await grant(catalog, admin, { principal: `paged-${n}`, role: 'GUEST' });
    const page = `query ($after: String) { auditEntries(first: 2, after: $after) {
      nodes { sequence } pageInfo { hasNextPage endCursor } totalCount { ... on ExactCount { value } } } }`;
    const first = (await catalog.ask(page, {}, admin)).data.auditEntries;
    await grant(catalog, admin, { principal: 'between', role: 'GUEST' });
    const second = (await catalog.ask(page, { after: first.pageInfo.endCursor }, admin)).data.auditEntries;
    const last = Number(first.nodes[0].sequence);
    expect([...first.nodes, ...second.nodes].map((node) => node.sequence)).toEqual([
      last,
      last - 1,
      last - 2,
      last - 3,
    ]);
    expect(first.totalCount.value).toBe(last);
    expect(second.totalCount.value).toBe(last + 1);
  });

  it('is filtered by actor, action, outcome and time', async () => {
    const token = await person(catalog, admin, { name: 'filtered', role: 'STEWARD' });
    const from = new Date().toISOString();
    await makeToken(catalog, token, {});
    await makeToken(catalog, token, { roles: ['ADMIN'] });
    await makeToken(catalog, admin, {});
    const me = (await catalog.ask('{ viewer { id } }', {}, token)).data.viewer.id;
    const mine = { actor: me, from };
    expect((await entries(mine)).map((entry) => entry.outcome)).toEqual(['REFUSED', 'DONE']);
    expect(await entries({ ...mine, outcome: 'DONE' })).toHaveLength(1);
    expect(await entries({ ...mine, action: 'role.grant' })).toEqual([]);
    expect(await entries({ actor: me, to: from })).toEqual([]);
    expect(await entries({ from })).toHaveLength(3);
  });

  it('says what is wrong with an id that is none', async () => {
    const answer = await catalog.ask('{ auditEntries(where: { actor: "x" }) { nodes { sequence } } }', {}, admin);
    expect(codeOf(answer)).toBe('BAD_USER_INPUT');
  });
});

describe('the database', () => {
  it.each([
    `UPDATE audit_entry SET action = 'x'`,
    'DELETE FROM audit_entry WHERE sequence = 1',
    'TRUNCATE audit_entry',
    'UPDATE audit_head SET sequence = sequence - 1',
    'DELETE FROM audit_head',
    'TRUNCATE audit_head',
  ])('refuses %s', async (sql) => {
    await expect(catalog.app.db.query(sql)).rejects.toThrow(/audit trail/);
  });
});

it('erasing a principal leaves their entries, without a name', async () => {
  const token = await person(catalog, admin, { name: 'forget-me', role: 'STEWARD' });
  await makeToken(catalog, token, {});
  const me = (await catalog.ask('{ viewer { id } }', {}, token)).data.viewer.id;
  await catalog.app.db.query(`DELETE FROM principal WHERE name = 'forget-me'`);
  expect(await entries({ actor: me })).toMatchObject([{ actorId: me, actorName: null, action: 'accessToken.create' }]);
  expect((await catalog.ask('{ viewer { id } }', {}, token)).status).toBe(401);
});
