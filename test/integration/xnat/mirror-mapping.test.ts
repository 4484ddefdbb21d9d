import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProjectMapping } from '../../../ingest/xnat/mapping.ts';
import { putAccessibility, putItem, putProject } from '../../../src/xnat/index.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';
import { mirror, rowsOf, runUnderWay } from './mirror-kit.ts';
import { never, type SmallXnat, startSmallXnat } from './small-xnat.ts';

describe('a mirror whose mapping, server or texts are not as before', () => {
  let catalog: TestCatalog;
  let xnat: SmallXnat;
  let admin: string;
  beforeEach(async () => {
    catalog = await startTestCatalog('empty', { MIA_LIMIT_COST: '2000000000' });
    xnat = await startSmallXnat();
    admin = await catalog.token('ADMIN');
  });
  afterEach(async () => {
    await xnat.close();
    await catalog.close();
  });

  const mappingTo = (slug: string): ProjectMapping => ({ projects: { upenn_gbm: slug }, ignore: ['cptac_pda'] });
  const publish = async (slug: string): Promise<void> => {
    const { data } = await catalog.ask(`{ dataset(slug: "${slug}") { id version } }`, {}, admin);
    const input = { id: data.dataset.id, expectedVersion: data.dataset.version };
    await catalog.ask(
      'mutation($input: PublishDatasetInput!) { publishDataset(input: $input) { dataset { id } } }',
      { input },
      admin,
    );
  };
  const guestSees = async (slug: string): Promise<unknown> =>
    (await catalog.ask(`{ dataset(slug: "${slug}") { slug status } }`)).data.dataset;

  it('hides a dataset that the mapping feeds no more: nothing would tell when its project is closed', async () => {
    await mirror(catalog, xnat.url, { mapping: mappingTo('before') });
    await publish('before');
    expect(await guestSees('before')).toEqual({ slug: 'before', status: 'PUBLISHED' });
    await mirror(catalog, xnat.url, { mapping: mappingTo('after') });
    expect(await guestSees('before')).toBeNull();
    await putAccessibility(xnat.server, { project: 'upenn_gbm', level: 'private' }, never);
    await mirror(catalog, xnat.url, { mapping: mappingTo('after') });
    expect(await guestSees('before')).toBeNull();
    expect((await rowsOf(catalog, 'before', admin)).subjects.nodes).toEqual([]);
  });

  it('hides, and does not withdraw, what the mapping leaves out, and counts nothing as removed', async () => {
    await mirror(catalog, xnat.url);
    await publish('upenn-gbm');
    const report = await mirror(catalog, xnat.url, { mapping: { projects: {}, ignore: ['upenn_gbm'] } });
    expect(report).toMatchObject({ removed: 0 });
    expect(await guestSees('upenn-gbm')).toBeNull();
    const { data } = await catalog.ask('{ dataset(slug: "upenn-gbm") { status } }', {}, admin);
    expect(data.dataset.status).toBe('DRAFT');
  });

  it('refuses another server under the name of one, and keeps the address of the first', async () => {
    await mirror(catalog, xnat.url);
    const other = await startSmallXnat();
    try {
      for (const project of ['upenn_gbm', 'cptac_pda'])
        await other.server.send(
          { operation: 'test', method: 'DELETE', path: `/data/projects/${project}`, read: () => undefined },
          never,
        );
      await expect(mirror(catalog, other.url)).rejects.toThrow(/so it is another one. Nothing was changed/);
    } finally {
      await other.close();
    }
    expect((await rowsOf(catalog, 'upenn-gbm', admin)).subjects.nodes).toHaveLength(3);
    const { data } = await catalog.ask('{ dataSources { name url } }', {}, admin);
    expect(data.dataSources).toEqual([{ name: 'sim', url: xnat.url }]);
  });

  it('follows a server that moved to another address', async () => {
    await mirror(catalog, xnat.url);
    const moved = await startSmallXnat();
    try {
      expect(await mirror(catalog, moved.url)).toMatchObject({ added: 0, removed: 0, unchanged: 7 });
      const { data } = await catalog.ask('{ dataSources { name url } }', {}, admin);
      expect(data.dataSources).toEqual([{ name: 'sim', url: moved.url }]);
    } finally {
      await moved.close();
    }
  });

  it('leaves out what no database can hold, and takes the rest', async () => {
    await putItem(
      xnat.server,
      { address: { project: 'upenn_gbm' }, xsiType: 'xnat:projectData', fields: { description: 'a\0b <script>' } },
      never,
    );
    await putItem(
      xnat.server,
      { address: { project: 'upenn_gbm', subject: 'P\0X' }, xsiType: 'xnat:subjectData' },
      never,
    );
    expect(await mirror(catalog, xnat.url)).toMatchObject({ added: 8, rejected: [] });
    const { data } = await catalog.ask(
      '{ dataset(slug: "upenn-gbm") { description subjects { nodes { label } } } }',
      {},
      admin,
    );
    expect(data.dataset.description).toBe('ab <script>');
    expect(data.dataset.subjects.nodes).toContainEqual({ label: 'PX' });
  });

  it('takes a project for what it is, whatever it is called', async () => {
    for (const id of ['constructor', 'toString', '__proto__'])
      await putProject(xnat.server, { id, fields: { name: `Called ${id}` } }, never);
    expect(await mirror(catalog, xnat.url)).toMatchObject({ rejected: [] });
    const { data } = await catalog.ask('{ datasets(first: 100) { nodes { title } } }', {}, admin);
    const titles = data.datasets.nodes.map((node: any) => node.title);
    expect(titles).toEqual(expect.arrayContaining(['Called constructor', 'Called toString', 'Called __proto__']));
  });

  it('leaves no run waiting that was refused its turn', async () => {
    await xnat.fault({ kind: 'slow', delayMs: 700, times: 3 });
    const first = mirror(catalog, xnat.url);
    await runUnderWay(catalog);
    await expect(mirror(catalog, xnat.url)).rejects.toThrow(/is being mirrored by another process/);
    await first;
    const { data } = await catalog.ask('{ harvestRuns { nodes { state } } }', {}, admin);
    expect(data.harvestRuns.nodes).toEqual([{ state: 'CANCELLED' }, { state: 'SUCCEEDED' }]);
  });
});
