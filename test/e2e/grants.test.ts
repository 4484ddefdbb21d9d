import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { record, takeRecords } from '../kit/intake.ts';
import { codeOf, datasetNode, grant, person, ungrant } from '../kit/people.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
let admin: string;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  for (const slug of ['public', 'draft', 'other-draft'])
    await takeRecords(catalog, [record(slug, { slug })], { publish: slug === 'public' });
  admin = await catalog.token('ADMIN');
});
afterAll(async () => {
  await catalog.close();
});

describe('grantRole', () => {
  it('makes a principal of a name not seen yet, and says who gave what', async () => {
    const { data, errors } = await grant(catalog, admin, { principal: 'xnat:cnda:jane', role: 'RESEARCHER' });
    expect(errors).toBeUndefined();
    expect(data.grantRole.principal).toMatchObject({
      name: 'xnat:cnda:jane',
      grants: [{ role: 'RESEARCHER', datasetId: null, grantedBy: 'test-admin' }],
    });
  });

  it('changes nothing when it is given again', async () => {
    const once = await grant(catalog, admin, { principal: 'twice', role: 'STEWARD', datasetId: datasetNode('draft') });
    const again = await grant(catalog, admin, { principal: 'twice', role: 'STEWARD', datasetId: datasetNode('draft') });
    expect(once.data.grantRole.principal.grants).toHaveLength(1);
    expect(again.data).toEqual(once.data);
  });

  it('for a dataset opens that draft and no other', async () => {
    const token = await person(catalog, admin, { name: 'keeper', role: 'STEWARD', slug: 'draft' });
    const { data } = await catalog.ask(
      '{ datasets(orderBy: { field: SLUG }) { nodes { slug } } viewer { roles grants { role dataset { slug } } } }',
      {},
      token,
    );
    expect(data.datasets.nodes).toEqual([{ slug: 'draft' }, { slug: 'public' }]);
    expect(data.viewer).toEqual({ roles: ['GUEST'], grants: [{ role: 'STEWARD', dataset: { slug: 'draft' } }] });
  });

  it('is refused to guests, and to everybody who is no admin of the place', async () => {
    const steward = await person(catalog, admin, { name: 'steward', role: 'STEWARD' });
    const keeper = await person(catalog, admin, { name: 'draft-steward', role: 'STEWARD', slug: 'draft' });
    const head = await person(catalog, admin, { name: 'draft-admin', role: 'ADMIN', slug: 'draft' });
    const here = { principal: 'new', role: 'RESEARCHER', datasetId: datasetNode('draft') };
    const catalogWide = { principal: 'new', role: 'GUEST' };
    expect(codeOf(await grant(catalog, undefined, catalogWide))).toBe('UNAUTHENTICATED');
    expect(codeOf(await grant(catalog, steward, catalogWide))).toBe('FORBIDDEN');
    expect(codeOf(await grant(catalog, steward, here))).toBe('FORBIDDEN');
    expect(codeOf(await grant(catalog, keeper, here))).toBe('FORBIDDEN');
    expect(codeOf(await grant(catalog, head, catalogWide))).toBe('FORBIDDEN');
    expect(codeOf(await grant(catalog, head, { ...here, datasetId: datasetNode('public') }))).toBe('FORBIDDEN');
    expect(codeOf(await grant(catalog, head, here))).toBeUndefined();
    const { data } = await catalog.ask(
      '{ principals(where: { name: { eq: "new" } }) { nodes { grants { role } } } }',
      {},
      admin,
    );
    expect(data.principals.nodes).toEqual([{ grants: [{ role: 'RESEARCHER' }] }]);
  });

  it('says NOT_FOUND of a dataset the caller cannot see, as of one that is not there', async () => {
    const head = await person(catalog, admin, { name: 'one-admin', role: 'ADMIN', slug: 'draft' });
    const answers = ['other-draft', 'nowhere'].map(
      async (slug) => await grant(catalog, head, { principal: 'x', role: 'GUEST', datasetId: datasetNode(slug) }),
    );
    const [hidden, absent] = await Promise.all(answers);
    expect(hidden?.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    expect(hidden?.errors).toEqual(absent?.errors);
  });

  it('says which role is missing and who gives it', async () => {
    const steward = await person(catalog, admin, { name: 'asker', role: 'STEWARD' });
    const { errors } = await grant(catalog, steward, { principal: 'x', role: 'GUEST' });
    expect(errors?.[0]?.message).toMatch(/needs the role ADMIN .*an admin gives it with grantRole/);
    expect(errors?.[0]?.extensions.details).toEqual({ neededRole: 'ADMIN' });
  });
});

describe('revokeRole', () => {
  it('takes exactly what was given; again changes nothing', async () => {
    await grant(catalog, admin, { principal: 'p', role: 'STEWARD' });
    await grant(catalog, admin, { principal: 'p', role: 'STEWARD', datasetId: datasetNode('draft') });
    for (let time = 0; time < 2; time++) {
      const { data } = await ungrant(catalog, admin, { principal: 'p', role: 'STEWARD' });
      expect(data.revokeRole.principal.grants).toEqual([{ role: 'STEWARD', datasetId: datasetNode('draft') }]);
    }
  });

  it('says NOT_FOUND of a principal nobody has seen', async () => {
    expect(codeOf(await ungrant(catalog, admin, { principal: 'nobody', role: 'GUEST' }))).toBe('NOT_FOUND');
  });

  it('leaves the last admin, however many leave at once', async () => {
    const second = await person(catalog, admin, { name: 'second-admin', role: 'ADMIN' });
    const answers = await Promise.all([
      ungrant(catalog, admin, { principal: 'test-admin', role: 'ADMIN' }),
      ungrant(catalog, second, { principal: 'second-admin', role: 'ADMIN' }),
    ]);
    expect(answers.map(codeOf).sort()).toEqual(['CONFLICT', undefined]);
    const stays = codeOf(answers[0]) === 'CONFLICT' ? admin : second;
    await grant(catalog, stays, { principal: 'test-admin', role: 'ADMIN' });
    expect((await catalog.ask('{ viewer { roles } }', {}, admin)).data.viewer.roles).toContain('ADMIN');
  });
});

describe('principals', () => {
  it('are listed for admins, in pages, with their grants and tokens', async () => {
    await person(catalog, admin, { name: 'page-b', role: 'STEWARD', slug: 'draft' });
    await person(catalog, admin, { name: 'page-a', role: 'RESEARCHER' });
    const page = `query ($after: String) { principals(where: { name: { contains: "PAGE-" } }, first: 1, after: $after) {
      edges { cursor node { id name createdAt tokens { name roles } grants { role dataset { slug } } } }
      pageInfo { hasNextPage endCursor } totalCount { ... on ExactCount { value } } } }`;
    const first = (await catalog.ask(page, {}, admin)).data.principals;
    expect(first.edges.map((edge: any) => edge.node)).toMatchObject([
      { name: 'page-a', tokens: [{ name: 'test', roles: ['ADMIN'] }], grants: [{ role: 'RESEARCHER', dataset: null }] },
    ]);
    expect([first.pageInfo.hasNextPage, first.totalCount.value]).toEqual([true, 2]);
    const second = (await catalog.ask(page, { after: first.pageInfo.endCursor }, admin)).data.principals;
    expect(second.edges[0].node).toMatchObject({
      name: 'page-b',
      grants: [{ role: 'STEWARD', dataset: { slug: 'draft' } }],
    });
    expect(second.pageInfo.hasNextPage).toBe(false);
  });

  it('are found by a role they hold', async () => {
    await person(catalog, admin, { name: 'only-here', role: 'STEWARD', slug: 'other-draft' });
    const { data } = await catalog.ask(
      '{ principals(where: { role: STEWARD, name: { in: ["only-here", "page-a"] } }) { nodes { name } } }',
      {},
      admin,
    );
    expect(data.principals.nodes).toEqual([{ name: 'only-here' }]);
  });

  it('are nobody else’s to list', async () => {
    const steward = await person(catalog, admin, { name: 'curious', role: 'STEWARD' });
    expect(codeOf(await catalog.ask('{ principals { nodes { name } } }'))).toBe('UNAUTHENTICATED');
    expect(codeOf(await catalog.ask('{ principals { nodes { name } } }', {}, steward))).toBe('FORBIDDEN');
  });
});

it('a guest is a viewer without id, grants and tokens', async () => {
  const { data } = await catalog.ask('{ viewer { id name displayName roles grants { role } tokens { id } } }');
  expect(data.viewer).toEqual({ id: null, name: null, displayName: null, roles: ['GUEST'], grants: [], tokens: [] });
});
