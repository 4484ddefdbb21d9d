import { describe, expect, it } from 'vitest';
import { intakeRows } from '../../../src/catalog/index.ts';
import { ConflictError } from '../../../src/kernel/errors.ts';
import { datasetIdOf } from '../../../src/kernel/ids.ts';
import { deleteItem, putItem, putProject, putResource, shareItem, uploadFile } from '../../../src/xnat/index.ts';
import { mirror, rowsOf, runUnderWay } from './mirror-kit.ts';
import { mirrorScene } from './mirror-scene.ts';
import { bytesOf, never } from './small-xnat.ts';

describe('mirroring an XNAT', () => {
  const scene = mirrorScene();

  it('takes all of it once, and then asks a handful of times for each project', async () => {
    const first = await mirror(scene.catalog, scene.xnat.url);
    expect(first).toMatchObject({ added: 7, changed: 0, removed: 0, rejected: [] });
    expect(first.items.scans).toEqual({ added: 7, changed: 0, removed: 0 });
    expect(first.lagMs).toBeUndefined();
    expect(await scene.scansOf()).toEqual(['1.1.1', '1.1.2', '1.2.1', '2.1.1', '3.1.1', '3.1.2']);
    const second = await mirror(scene.catalog, scene.xnat.url);
    expect(second).toMatchObject({ added: 0, changed: 0, removed: 0, unchanged: 7, rejected: [] });
    // Two to log in, eight for the site, seven for each of two projects.
    expect(second.requests).toBeLessThanOrEqual(2 + 8 + 2 * 7);
    expect(second.lagMs).toBeGreaterThan(0);
    const { data } = await scene.catalog.ask(
      '{ dataset(slug: "upenn-gbm") { status freshness { source readable checkedAt } } }',
      {},
      scene.admin,
    );
    expect(data.dataset).toMatchObject({ status: 'DRAFT', freshness: { source: 'sim', readable: true } });
  });

  it('finds what a release of the data added, revised and removed, as the tables say', async () => {
    await scene.xnat.version({ idc: 10 });
    await mirror(scene.catalog, scene.xnat.url);
    expect(await scene.scansOf()).toContain('4.1.1');
    const moved = await scene.xnat.version({ idc: 20 });
    const report = await mirror(scene.catalog, scene.xnat.url);
    expect(report.items.scans).toEqual({ added: moved['added'], changed: moved['revised'], removed: moved['removed'] });
    expect(report.removed).toBe(moved['removed']);
    expect(await scene.scansOf()).not.toContain('4.1.1');
  });

  it('recognises scans that another source brought, and keeps what only that one knows', async () => {
    const scan = {
      label: '1',
      seriesInstanceUid: '1.1.1',
      modality: 'MR',
      derived: false,
      license: 'CC-BY-4.0',
      sourceDoi: '10.7937/x',
      resources: [],
    };
    await mirror(scene.catalog, scene.xnat.url, {
      mapping: { projects: { upenn_gbm: 'upenn-gbm' }, ignore: ['cptac_pda'] },
    });
    const session = { label: '1.1', studyInstanceUid: '1.1', scans: [scan], resources: [], assessors: [] };
    const subject = { label: 'P1', sessions: [session], resources: [] };
    await intakeRows(
      { datasetId: datasetIdOf('upenn-gbm'), source: { name: 'idc', kind: 'IDC' }, subjects: [subject] },
      scene.catalog.app.rows,
    );
    await mirror(scene.catalog, scene.xnat.url, { options: { full: true } });
    expect(await scene.scansOf()).toEqual(['1.1.1', '1.1.2', '1.2.1', '2.1.1', '3.1.1', '3.1.2']);
    const { data } = await scene.catalog.ask(
      '{ dataset(slug: "upenn-gbm") { scans(where: { seriesInstanceUid: { eq: "1.1.1" } }) { nodes { seriesDescription license { spdxId } sourceDoi source } } } }',
      {},
      scene.admin,
    );
    expect(data.dataset.scans.nodes).toEqual([
      {
        seriesDescription: 'T1 "gad", axial',
        license: { spdxId: 'CC-BY-4.0' },
        sourceDoi: '10.7937/x',
        source: 'xnat:sim',
      },
    ]);
  });

  it('takes an answer of 403, or an empty one, for no deletion', async () => {
    await mirror(scene.catalog, scene.xnat.url);
    await scene.xnat.fault({ kind: 'forbidden', path: '/data/projects/upenn_gbm/subjects$' });
    const report = await mirror(scene.catalog, scene.xnat.url);
    expect(report.rejected).toEqual([{ sourceId: 'upenn_gbm', error: expect.stringMatching(/\w/) }]);
    await scene.xnat.clearFaults();
    expect(await scene.scansOf()).toHaveLength(6);
    await deleteItem(scene.xnat.server, { project: 'upenn_gbm', subject: 'P2' }, never);
    // Listed no more, and then nobody may say whether it is there.
    await scene.xnat.fault({ kind: 'forbidden', path: '/data/projects/upenn_gbm/(subjects|experiments)/XNAT_' });
    await mirror(scene.catalog, scene.xnat.url);
    expect(await scene.scansOf()).toHaveLength(6);
    await scene.xnat.clearFaults();
    expect(await mirror(scene.catalog, scene.xnat.url)).toMatchObject({
      removed: 1,
      items: { subjects: { removed: 1 } },
    });
    expect(await scene.scansOf()).toHaveLength(5);
  });

  it('tells an administrator’s missing project from a hidden one', async () => {
    await mirror(scene.catalog, scene.xnat.url);
    await deleteItem(scene.xnat.server, { project: 'cptac_pda' }, never);
    const report = await mirror(scene.catalog, scene.xnat.url);
    expect(report).toMatchObject({ removed: 1 });
    expect((await rowsOf(scene.catalog, 'cptac-pda', scene.admin)).subjects.nodes).toEqual([]);
  });

  it('shows a shared subject as one row with an edge, and lets it go when the share ends', async () => {
    await shareItem(
      scene.xnat.server,
      { address: { project: 'upenn_gbm', subject: 'P2' }, into: 'cptac_pda', label: 'guest-2' },
      never,
    );
    await mirror(scene.catalog, scene.xnat.url);
    const shared = (await rowsOf(scene.catalog, 'upenn-gbm', scene.admin)).subjects.nodes.find(
      (subject: any) => subject.label === 'P2',
    );
    expect(shared.sharedInto).toEqual([{ label: 'guest-2', dataset: { slug: 'cptac-pda' } }]);
    expect(
      (await rowsOf(scene.catalog, 'cptac-pda', scene.admin)).subjects.nodes.map((subject: any) => subject.label),
    ).toEqual(['P1']);
    await deleteItem(scene.xnat.server, { project: 'cptac_pda', subject: 'guest-2' }, never);
    await mirror(scene.catalog, scene.xnat.url);
    const alone = (await rowsOf(scene.catalog, 'upenn-gbm', scene.admin)).subjects.nodes.find(
      (subject: any) => subject.label === 'P2',
    );
    expect(alone.sharedInto).toEqual([]);
  });

  it('leaves a steward’s word alone when XNAT says something else, and shows both', async () => {
    await mirror(scene.catalog, scene.xnat.url);
    const { data } = await scene.catalog.ask('{ dataset(slug: "upenn-gbm") { id version } }', {}, scene.admin);
    const patch = { title: 'A better title' };
    const input = { id: data.dataset.id, expectedVersion: data.dataset.version, patch };
    await scene.catalog.ask(
      'mutation($input: UpdateDatasetInput!) { updateDataset(input: $input) { dataset { title } } }',
      { input },
      scene.admin,
    );
    await putItem(
      scene.xnat.server,
      { address: { project: 'upenn_gbm' }, xsiType: 'xnat:projectData', fields: { name: 'Renamed in XNAT' } },
      never,
    );
    await mirror(scene.catalog, scene.xnat.url);
    const after = await scene.catalog.ask(
      '{ dataset(slug: "upenn-gbm") { title conflicts { field value overruled { value source } } } }',
      {},
      scene.admin,
    );
    expect(after.data.dataset.title).toBe('A better title');
    expect(after.data.dataset.conflicts).toContainEqual({
      field: 'title',
      value: 'A better title',
      overruled: [expect.objectContaining({ value: 'Renamed in XNAT' })],
    });
  });

  it('makes a draft of its own of a project that the mapping does not name', async () => {
    await putProject(
      scene.xnat.server,
      {
        id: 'HOSPITAL',
        fields: { name: 'A hospital’s project', description: 'Scans &lt;of&gt; people &amp; phantoms' },
      },
      never,
    );
    await mirror(scene.catalog, scene.xnat.url);
    const { data } = await scene.catalog.ask(
      '{ datasets(where: { source: { eq: "xnat:sim" } }) { nodes { title description status } } }',
      {},
      scene.admin,
    );
    expect(data.datasets.nodes).toContainEqual({
      title: 'A hospital’s project',
      description: 'Scans <of> people & phantoms',
      status: 'DRAFT',
    });
  });

  it('sees a file that was added to a scan, by a request for its session alone, and digests only then', async () => {
    await mirror(scene.catalog, scene.xnat.url);
    const scan = { project: 'upenn_gbm', subject: 'P1', experiment: 'P1_MR_1', scan: '1', resource: 'NOTES' };
    await putResource(scene.xnat.server, { ...scan, format: 'TEXT' }, never);
    await uploadFile(
      scene.xnat.server,
      { ...scan, path: 'a.txt', open: bytesOf('abc'), byteSize: 3, overwrite: false },
      never,
    );
    const before = await mirror(scene.catalog, scene.xnat.url);
    expect(before.items.scans).toEqual({ added: 0, changed: 1, removed: 0 });
    // One more than a run without changes: the session's resources.
    expect(before.requests).toBe((await mirror(scene.catalog, scene.xnat.url)).requests + 1);
    const { subjects } = await rowsOf(scene.catalog, 'upenn-gbm', scene.admin);
    expect(JSON.stringify(subjects)).toContain('{"label":"NOTES","fileCount":1,"byteSize":3}');
  });

  it('keeps an item of a foreign type whole', async () => {
    await putItem(
      scene.xnat.server,
      {
        address: { project: 'upenn_gbm', subject: 'P1', experiment: 'P1_EEG' },
        xsiType: 'neuro:eegSessionData',
        fields: { note: 'alpha' },
      },
      never,
    );
    await mirror(scene.catalog, scene.xnat.url);
    const subject = (await rowsOf(scene.catalog, 'upenn-gbm', scene.admin)).subjects.nodes.find(
      (one: any) => one.label === 'P1',
    );
    const session = subject.sessions.nodes.find((one: any) => one.label === 'P1_EEG');
    expect(session.assessors).toEqual([{ label: 'P1_EEG (neuro:eegSessionData)', xsiType: 'neuro:eegSessionData' }]);
  });

  it('lets one mirror at a time read a server', async () => {
    await scene.xnat.fault({ kind: 'slow', delayMs: 700, times: 3 });
    const first = mirror(scene.catalog, scene.xnat.url);
    await runUnderWay(scene.catalog);
    await expect(mirror(scene.catalog, scene.xnat.url)).rejects.toThrow(ConflictError);
    expect(await first).toMatchObject({ added: 7 });
  });
});
