import { describe, expect, it } from 'vitest';
import { deleteProjectUser, putAccessibility, putProjectUser } from '../../../src/xnat/index.ts';
import { mirror } from './mirror-kit.ts';
import { ann, mirrorScene } from './mirror-scene.ts';
import { never } from './small-xnat.ts';

const asAnn = { account: { user: ann.login, password: ann.password } };

describe('access that a mirror carries over', () => {
  const scene = mirrorScene();

  it('hides a project that became private from every window, and lets a steward show it again', async () => {
    await mirror(scene.catalog, scene.xnat.url);
    await scene.publish('upenn-gbm');
    expect(await scene.guestSees('upenn-gbm')).toEqual({ slug: 'upenn-gbm', scanCount: { value: 6 } });
    await putAccessibility(scene.xnat.server, { project: 'upenn_gbm', level: 'private' }, never);
    await mirror(scene.catalog, scene.xnat.url);
    expect(await scene.guestSees('upenn-gbm')).toBeNull();
    const { data } = await scene.catalog.ask(
      '{ datasets { nodes { slug } } searchDatasets(text: "upenn") { edges { node { slug } } } suggest(prefix: "upenn") { text } }',
    );
    expect(JSON.stringify(data)).not.toMatch(/upenn/i);
    const hidden = await scene.catalog.ask('{ dataset(slug: "upenn-gbm") { status accessClass } }', {}, scene.admin);
    expect(hidden.data.dataset).toEqual({ status: 'DRAFT', accessClass: 'RESTRICTED' });
    await putAccessibility(scene.xnat.server, { project: 'upenn_gbm', level: 'public' }, never);
    await mirror(scene.catalog, scene.xnat.url);
    expect(await scene.guestSees('upenn-gbm')).toBeNull();
    await scene.publish('upenn-gbm');
    expect(await scene.guestSees('upenn-gbm')).toMatchObject({ slug: 'upenn-gbm', scanCount: { value: 6 } });
  });

  it('keeps what it may read no more, shows it to nobody, and goes on when the right is back', async () => {
    await mirror(scene.catalog, scene.xnat.url, asAnn);
    await scene.publish('upenn-gbm');
    await putAccessibility(scene.xnat.server, { project: 'upenn_gbm', level: 'private' }, never);
    await deleteProjectUser(scene.xnat.server, { project: 'upenn_gbm', group: 'Owners', login: 'ann' }, never);
    const report = await mirror(scene.catalog, scene.xnat.url, asAnn);
    expect(report).toMatchObject({ added: 0, changed: 0, removed: 0 });
    expect(report.warnings.join(' ')).toMatch(/upenn_gbm can be read no more/);
    expect(await scene.guestSees('upenn-gbm')).toBeNull();
    expect(await scene.scansOf()).toHaveLength(6);
    await putProjectUser(scene.xnat.server, { project: 'upenn_gbm', group: 'Owners', login: 'ann' }, never);
    await putAccessibility(scene.xnat.server, { project: 'upenn_gbm', level: 'public' }, never);
    expect(await mirror(scene.catalog, scene.xnat.url, asAnn)).toMatchObject({
      added: 0,
      changed: 0,
      removed: 0,
      unchanged: 7,
    });
  });

  it('changes nothing when the account lost all its rights', async () => {
    await mirror(scene.catalog, scene.xnat.url, asAnn);
    for (const project of ['upenn_gbm', 'cptac_pda']) {
      await putAccessibility(scene.xnat.server, { project, level: 'private' }, never);
      await deleteProjectUser(scene.xnat.server, { project, group: 'Owners', login: 'ann' }, never);
    }
    await expect(mirror(scene.catalog, scene.xnat.url, asAnn)).rejects.toThrow(/can read none of the 2 projects/);
    expect(await scene.scansOf()).toHaveLength(6);
  });

  it('gives members the right to read as principals without a sign-in, and takes it back', async () => {
    const grants = async (): Promise<unknown> =>
      (
        await scene.catalog.ask(
          '{ principals(where: { name: { eq: "xnat:sim:ann" } }) { nodes { name grants { role dataset { slug } } } } }',
          {},
          scene.admin,
        )
      ).data?.principals.nodes[0]?.grants ?? [];
    await mirror(scene.catalog, scene.xnat.url);
    expect(await grants()).toEqual(
      expect.arrayContaining([
        { role: 'RESEARCHER', dataset: { slug: 'upenn-gbm' } },
        { role: 'RESEARCHER', dataset: { slug: 'cptac-pda' } },
      ]),
    );
    await deleteProjectUser(scene.xnat.server, { project: 'upenn_gbm', group: 'Owners', login: 'ann' }, never);
    await mirror(scene.catalog, scene.xnat.url);
    expect(await grants()).toEqual([{ role: 'RESEARCHER', dataset: { slug: 'cptac-pda' } }]);
  });

  it('lets somebody read what their linked login may read, until the server takes it away', async () => {
    await putAccessibility(scene.xnat.server, { project: 'upenn_gbm', level: 'private' }, never);
    await mirror(scene.catalog, scene.xnat.url);
    const researcher = await scene.catalog.token('RESEARCHER');
    const seen = async (): Promise<unknown> =>
      (
        await scene.catalog.ask(
          '{ dataset(slug: "upenn-gbm") { scanCount { ... on ExactCount { value } } } }',
          {},
          researcher,
        )
      ).data.dataset;
    const link = async (input: object, token?: string): Promise<any> =>
      await scene.catalog.ask(
        'mutation($input: LinkPrincipalInput!) { linkPrincipal(input: $input) { principal { name linkedTo } } }',
        { input },
        token,
      );
    expect(await seen()).toBeNull();
    const input = { principal: 'xnat:sim:ann', to: 'test-researcher' };
    expect((await link(input, researcher)).errors[0].extensions.code).toBe('FORBIDDEN');
    expect((await link({ ...input, principal: 'test-researcher' }, scene.admin)).errors[0].extensions.code).toBe(
      'BAD_USER_INPUT',
    );
    expect((await link(input, scene.admin)).data.linkPrincipal.principal).toEqual({
      name: 'xnat:sim:ann',
      linkedTo: 'test-researcher',
    });
    expect(await seen()).toEqual({ scanCount: { value: 6 } });
    await deleteProjectUser(scene.xnat.server, { project: 'upenn_gbm', group: 'Owners', login: 'ann' }, never);
    await mirror(scene.catalog, scene.xnat.url);
    expect(await seen()).toBeNull();
  });
});
