import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProjectItems, type ProjectToRead, readProjectItems } from '../../../ingest/xnat/read-project.ts';
import { putItem } from '../../../src/xnat/index.ts';
import { fewSeries, never, type SmallXnat, startSmallXnat } from './small-xnat.ts';

/** More sessions than one request asks for by id. */
const many = Array.from({ length: 300 }, (_, index) => ({
  patient: `M${index}`,
  study: `7.${index}`,
  series: `7.${index}.1`,
}));

describe('a project with too many experiments for one answer', () => {
  let xnat: SmallXnat;
  beforeAll(async () => {
    xnat = await startSmallXnat({ rows: [...fewSeries, ...many] });
    const session = { project: 'upenn_gbm', subject: 'P1', experiment: 'P1_MR_1' };
    await putItem(
      xnat.server,
      { address: { ...session, assessor: 'QC' }, xsiType: 'xnat:qcManualAssessorData' },
      never,
    );
    await putItem(
      xnat.server,
      { address: { ...session, experiment: 'P1_EMPTY' }, xsiType: 'xnat:mrSessionData' },
      never,
    );
  });
  afterAll(() => xnat.close());

  async function read(project: Pick<ProjectToRead, 'experiments' | 'isFirst'>): Promise<ProjectItems[]> {
    const parts: ProjectItems[] = [];
    for await (const part of readProjectItems(xnat.server, { id: 'upenn_gbm', variables: [], ...project }, never))
      parts.push(part);
    return parts;
  }

  const together = (parts: readonly ProjectItems[]) => ({
    subjects: parts.flatMap((part) => part.subjects).map(({ id, columns }) => [id, columns]),
    experiments: parts
      .flatMap((part) => part.experiments)
      .map(({ id, columns }) => [id, columns] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    scans: parts
      .flatMap((part) => [...part.scans])
      .map(([id, rows]) => [id, rows.map((row) => row.columns)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    stamps: parts.at(-1)?.assessorStamps,
    withExperiments: parts.at(-1)?.subjectsWithExperiments,
  });

  it.each([
    ['the first time, by a frozen search and a list of all ids', true],
    ['later, by a list of all ids', false],
  ])('is read in parts to the same end, %s', async (_, isFirst) => {
    const whole = await read({ experiments: 10, isFirst });
    const parts = await read({ experiments: 1_000_000, isFirst });
    expect(whole).toHaveLength(1);
    expect(parts.length).toBeGreaterThan(2);
    expect(Math.max(...parts.map((part) => part.experiments.length))).toBeLessThanOrEqual(250);
    expect(together(parts)).toEqual(together(whole));
  });
});
