import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deleteProjectUser, putAccessibility, putProjectUser } from '../../../src/xnat/index.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';
import { mirror, rowsOf } from './mirror-kit.ts';
import { never, type SmallXnat, startSmallXnat } from './small-xnat.ts';

const ann = {
  login: 'ann',
  password: 'secret',
  role: 'user',
  memberships: { upenn_gbm: 'owner', cptac_pda: 'owner' },
} as const;
const asAnn = { account: { user: ann.login, password: ann.password } };

describe('access that a mirror carries over', () => {
  let catalog: TestCatalog;
  let xnat: SmallXnat;
  let admin: string;
  beforeEach(async () => {
    catalog = await startTestCatalog('empty', { MIA_LIMIT_COST: '2000000000' });
    xnat = await startSmallXnat({ users: [ann] });
    admin = await catalog.token('ADMIN');
  });
  afterEach(async () => {
    await xnat.close();
    await catalog.close();
  });

  const scansOf = async (slug = 'upenn-gbm'): Promise<string[]> => {
    const { subjects } = await rowsOf(catalog, slug, admin);
    return subjects.nodes
      .flatMap((subject: any) => subject.sessions.nodes.flatMap((session: any) => session.scans.nodes))
      .map((scan: any) => scan.seriesInstanceUid)
      .sort();
  };
  const publish = async (slug: string): Promise<void> => {
    const { data } = await catalog.ask(`{ dataset(slug: "${slug}") { id version } }`, {}, admin);
    const input = { id: data.dataset.id, expectedVersion: data.dataset.version };
    const answer = await catalog.ask(
      'mutation($input: PublishDatasetInput!) { publishDataset(input: $input) { dataset { status } } }',
      { input },
      admin,
    );
    expect(answer.errors).toBeUndefined();
  };
  const guestSees = async (slug: string): Promise<unknown> =>
    (await catalog.ask(`{ dataset(slug: "${slug}") { slug scanCount { ... on ExactCount { value } } } }`)).data.dataset;

  it('hides a project that became private from every window, and lets a steward show it again', async () => {
    await mirror(catalog, xnat.url);
    await publish('upenn-gbm');
    expect(await guestSees('upenn-gbm')).toEqual({ slug: 'upenn-gbm', scanCount: { value: 6 } });
    await putAccessibility(xnat.server, { project: 'upenn_gbm', level: 'private' }, never);
    await mirror(catalog, xnat.url);
    expect(await guestSees('upenn-gbm')).toBeNull();
    const { data } = await catalog.ask(
      '{ datasets { nodes { slug } } searchDatasets(text: "upenn") { edges { node { slug } } } suggest(prefix: "upenn") { text } }',
    );
    expect(JSON.stringify(data)).not.toMatch(/upenn/i);
    const hidden = await catalog.ask('{ dataset(slug: "upenn-gbm") { status accessClass } }', {}, admin);
    expect(hidden.data.dataset).toEqual({ status: 'DRAFT', accessClass: 'RESTRICTED' });
    await putAccessibility(xnat.server, { project: 'upenn_gbm', level: 'public' }, never);
    await mirror(catalog, xnat.url);
    expect(await guestSees('upenn-gbm')).toBeNull();
    await publish('upenn-gbm');
    expect(await guestSees('upenn-gbm')).toMatchObject({ slug: 'upenn-gbm', scanCount: { value: 6 } });
  });

  it('keeps what it may read no more, shows it to nobody, and goes on when the right is back', async () => {
    await mirror(catalog, xnat.url, asAnn);
    await publish('upenn-gbm');
    await putAccessibility(xnat.server, { project: 'upenn_gbm', level: 'private' }, never);
    await deleteProjectUser(xnat.server, { project: 'upenn_gbm', group: 'Owners', login: 'ann' }, never);
    const report = await mirror(catalog, xnat.url, asAnn);
    expect(report).toMatchObject({ added: 0, changed: 0, removed: 0 });
    expect(report.warnings.join(' ')).toMatch(/upenn_gbm can be read no more/);
    expect(await guestSees('upenn-gbm')).toBeNull();
    expect(await scansOf()).toHaveLength(6);
    await putProjectUser(xnat.server, { project: 'upenn_gbm', group: 'Owners', login: 'ann' }, never);
    await putAccessibility(xnat.server, { project: 'upenn_gbm', level: 'public' }, never);
    expect(await mirror(catalog, xnat.url, asAnn)).toMatchObject({ added: 0, changed: 0, removed: 0, unchanged: 7 });
  });

  it('changes nothing when the account lost all its rights', async () => {
    await mirror(catalog, xnat.url, asAnn);
    for (const project of ['upenn_gbm', 'cptac_pda']) {
      await putAccessibility(xnat.server, { project, level: 'private' }, never);
      await deleteProjectUser(xnat.server, { project, group: 'Owners', login: 'ann' }, never);
    }
    await expect(mirror(catalog, xnat.url, asAnn)).rejects.toThrow(/can read none of the 2 projects/);
    expect(await scansOf()).toHaveLength(6);
  });

  it('gives members the right to read as principals without a sign-in, and takes it back', async () => {
    const grants = async (): Promise<unknown> =>
      (
        await catalog.ask(
          '{ principals(where: { name: { eq: "xnat:sim:ann" } }) { nodes { name grants { role dataset { slug } } } } }',
          {},
          admin,
        )
      ).data?.principals.nodes[0]?.grants ?? [];
    await mirror(catalog, xnat.url);
    expect(await grants()).toEqual(
      expect.arrayContaining([
        { role: 'RESEARCHER', dataset: { slug: 'upenn-gbm' } },
        { role: 'RESEARCHER', dataset: { slug: 'cptac-pda' } },
      ]),
    );
    await deleteProjectUser(xnat.server, { project: 'upenn_gbm', group: 'Owners', login: 'ann' }, never);
    await mirror(catalog, xnat.url);
    expect(await grants()).toEqual([{ role: 'RESEARCHER', dataset: { slug: 'cptac-pda' } }]);
  });

  it('lets somebody read what their linked login may read, until the server takes it away', async () => {
    await putAccessibility(xnat.server, { project: 'upenn_gbm', level: 'private' }, never);
    await mirror(catalog, xnat.url);
    const researcher = await catalog.token('RESEARCHER');
    const seen = async (): Promise<unknown> =>
      (
        await catalog.ask(
          '{ dataset(slug: "upenn-gbm") { scanCount { ... on ExactCount { value } } } }',
          {},
          researcher,
        )
      ).data.dataset;
    const link = async (input: object, token?: string): Promise<any> =>
      await catalog.ask(
        'mutation($input: LinkPrincipalInput!) { linkPrincipal(input: $input) { principal { name linkedTo } } }',
        { input },
        token,
      );
    expect(await seen()).toBeNull();
    const input = { principal: 'xnat:sim:ann', to: 'test-researcher' };
    expect((await link(input, researcher)).errors[0].extensions.code).toBe('FORBIDDEN');
    expect((await link({ ...input, principal: 'test-researcher' }, admin)).errors[0].extensions.code).toBe(
      'BAD_USER_INPUT',
    );
    expect((await link(input, admin)).data.linkPrincipal.principal).toEqual({
      name: 'xnat:sim:ann',
      linkedTo: 'test-researcher',
    });
    expect(await seen()).toEqual({ scanCount: { value: 6 } });
    await deleteProjectUser(xnat.server, { project: 'upenn_gbm', group: 'Owners', login: 'ann' }, never);
    await mirror(catalog, xnat.url);
    expect(await seen()).toBeNull();
  });
});
