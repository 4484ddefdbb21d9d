import { describe, expect, it } from 'vitest';
import type { ProjectMapping } from '../../../ingest/xnat/mapping.ts';
import { putAccessibility, putItem, putProject } from '../../../src/xnat/index.ts';
import { mirror, rowsOf, runUnderWay } from './mirror-kit.ts';
import { mirrorScene } from './mirror-scene.ts';
import { never, startSmallXnat } from './small-xnat.ts';

describe('a mirror whose mapping, server or texts are not as before', () => {
  const scene = mirrorScene();
  const mappingTo = (slug: string): ProjectMapping => ({ projects: { upenn_gbm: slug }, ignore: ['cptac_pda'] });

  it('hides a dataset that the mapping feeds no more: nothing would tell when its project is closed', async () => {
    await mirror(scene.catalog, scene.xnat.url, { mapping: mappingTo('before') });
    await scene.publish('before');
    expect(await scene.guestSees('before')).toEqual({ slug: 'before', scanCount: { value: 6 } });
    await mirror(scene.catalog, scene.xnat.url, { mapping: mappingTo('after') });
    expect(await scene.guestSees('before')).toBeNull();
    await putAccessibility(scene.xnat.server, { project: 'upenn_gbm', level: 'private' }, never);
    await mirror(scene.catalog, scene.xnat.url, { mapping: mappingTo('after') });
    expect(await scene.guestSees('before')).toBeNull();
    expect((await rowsOf(scene.catalog, 'before', scene.admin)).subjects.nodes).toEqual([]);
  });

  it('hides, and does not withdraw, what the mapping leaves out, and counts nothing as removed', async () => {
    await mirror(scene.catalog, scene.xnat.url);
    await scene.publish('upenn-gbm');
    const report = await mirror(scene.catalog, scene.xnat.url, { mapping: { projects: {}, ignore: ['upenn_gbm'] } });
    expect(report).toMatchObject({ removed: 0 });
    expect(await scene.guestSees('upenn-gbm')).toBeNull();
    const { data } = await scene.catalog.ask('{ dataset(slug: "upenn-gbm") { status } }', {}, scene.admin);
    expect(data.dataset.status).toBe('DRAFT');
  });

  it('refuses another server under the name of one, and keeps the address of the first', async () => {
    await mirror(scene.catalog, scene.xnat.url);
    const other = await startSmallXnat();
    try {
      for (const project of ['upenn_gbm', 'cptac_pda'])
        await other.server.send(
          { operation: 'test', method: 'DELETE', path: `/data/projects/${project}`, read: () => undefined },
          never,
        );
      await expect(mirror(scene.catalog, other.url)).rejects.toThrow(/so it is another one. Nothing was changed/);
    } finally {
      await other.close();
    }
    expect((await rowsOf(scene.catalog, 'upenn-gbm', scene.admin)).subjects.nodes).toHaveLength(3);
    const { data } = await scene.catalog.ask('{ dataSources { name url } }', {}, scene.admin);
    expect(data.dataSources).toEqual([{ name: 'sim', url: scene.xnat.url }]);
  });

  it('follows a server that moved to another address', async () => {
    await mirror(scene.catalog, scene.xnat.url);
    const moved = await startSmallXnat();
    try {
      expect(await mirror(scene.catalog, moved.url)).toMatchObject({ added: 0, removed: 0, unchanged: 7 });
      const { data } = await scene.catalog.ask('{ dataSources { name url } }', {}, scene.admin);
      expect(data.dataSources).toEqual([{ name: 'sim', url: moved.url }]);
    } finally {
      await moved.close();
    }
  });

  it('leaves out what no database can hold, and takes the rest', async () => {
    await putItem(
      scene.xnat.server,
      { address: { project: 'upenn_gbm' }, xsiType: 'xnat:projectData', fields: { description: 'a\0b <script>' } },
      never,
    );
    await putItem(
      scene.xnat.server,
      { address: { project: 'upenn_gbm', subject: 'P\0X' }, xsiType: 'xnat:subjectData' },
      never,
    );
    expect(await mirror(scene.catalog, scene.xnat.url)).toMatchObject({ added: 8, rejected: [] });
    const { data } = await scene.catalog.ask(
      '{ dataset(slug: "upenn-gbm") { description subjects { nodes { label } } } }',
      {},
      scene.admin,
    );
    expect(data.dataset.description).toBe('ab <script>');
    expect(data.dataset.subjects.nodes).toContainEqual({ label: 'PX' });
  });

  it('takes a project for what it is, whatever it is called', async () => {
    for (const id of ['constructor', 'toString', '__proto__'])
      await putProject(scene.xnat.server, { id, fields: { name: `Called ${id}` } }, never);
    expect(await mirror(scene.catalog, scene.xnat.url)).toMatchObject({ rejected: [] });
    const { data } = await scene.catalog.ask('{ datasets(first: 100) { nodes { title } } }', {}, scene.admin);
    const titles = data.datasets.nodes.map((node: any) => node.title);
    expect(titles).toEqual(expect.arrayContaining(['Called constructor', 'Called toString', 'Called __proto__']));
  });

  it('leaves no run waiting that was refused its turn', async () => {
    await scene.xnat.fault({ kind: 'slow', delayMs: 700, times: 3 });
    const first = mirror(scene.catalog, scene.xnat.url);
    await runUnderWay(scene.catalog);
    await expect(mirror(scene.catalog, scene.xnat.url)).rejects.toThrow(/is being mirrored by another process/);
    await first;
    const { data } = await scene.catalog.ask('{ harvestRuns { nodes { state } } }', {}, scene.admin);
    expect(data.harvestRuns.nodes).toEqual([{ state: 'CANCELLED' }, { state: 'SUCCEEDED' }]);
  });
});
