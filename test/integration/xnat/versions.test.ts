import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listExperiments, listProjectScans, listResources, listSubjects } from '../../../src/xnat/index.ts';
import { never, type SmallXnat, startSmallXnat } from './small-xnat.ts';

describe('the simulator moved between data releases', () => {
  let xnat: SmallXnat;
  beforeEach(async () => {
    xnat = await startSmallXnat();
  });
  afterEach(() => xnat.close());

  const uids = async () =>
    (await listProjectScans(xnat.server, { project: 'upenn_gbm' }, never)).rows.map((scan) => scan.uid).toSorted();
  const petBytes = async () =>
    (
      await listResources(
        xnat.server,
        { project: 'upenn_gbm', experiment: 'P3_PT_1', all: true, statistics: true },
        never,
      )
    ).map((one) => one.byteSize);

  it('goes back to what was replaced and removed, and forward again', async () => {
    const now = await uids();
    expect(await petBytes()).toEqual([12_500_000, 12_500_000]);
    expect(await xnat.version({ idc: 10 })).toMatchObject({ idc: 10, added: 1, revised: 1, removed: 0 });
    expect(await uids()).toEqual([...now, '4.1.1'].toSorted());
    expect(await petBytes()).toEqual([12_500_000, 7_500_000]);
    expect((await listSubjects(xnat.server, { project: 'upenn_gbm' }, never)).rows.map((row) => row.label)).toContain(
      'P4',
    );
    expect(await xnat.version({ idc: 20 })).toMatchObject({ added: 0, revised: 1, removed: 1 });
    expect(await uids()).toEqual(now);
    expect(
      (await listSubjects(xnat.server, { project: 'upenn_gbm' }, never)).rows.map((row) => row.label),
    ).not.toContain('P4');
  });

  it('keeps ids, and stamps only what changed', async () => {
    const stamps = async () =>
      new Map(
        (await listExperiments(xnat.server, { project: 'upenn_gbm', columns: ['last_modified'] }, never)).rows.map(
          (row) => [row.id, row.lastModified],
        ),
      );
    const before = await stamps();
    await xnat.version({ time: '2026-05-06T07:08:09Z' });
    await xnat.version({ idc: 10 });
    const after = await stamps();
    expect([...before.keys()].every((id) => after.has(id))).toBe(true);
    expect([...after].filter(([, stamp]) => stamp?.startsWith('2026-05-06 07:08:09')).length).toBe(2);
  });
});
