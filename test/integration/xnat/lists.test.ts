import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  listExperiments,
  listProjectScans,
  listScans,
  listSubjects,
  openSearch,
  pageExperiments,
  pageSnapshot,
  putItem,
  readExperimentsConfirmed,
  readSubjectsConfirmed,
  sweepExperimentIds,
} from '../../../src/xnat/index.ts';
import { never, type SeriesRow, type SmallXnat, startSmallXnat } from './small-xnat.ts';

const many: readonly SeriesRow[] = Array.from({ length: 60 }, (_, index) => ({
  patient: `P${index % 20}`,
  study: `1.${index}`,
  series: `1.${index}.1`,
}));

describe('XNAT lists', () => {
  let xnat: SmallXnat;
  afterEach(() => xnat.close());

  describe('of a small server', () => {
    beforeEach(async () => {
      xnat = await startSmallXnat();
    });

    it('reads every scan of a project in one request, equal to asking session by session', async () => {
      const wide = await listProjectScans(xnat.server, { project: 'upenn_gbm' }, never);
      expect(xnat.server.usage().operations.find((one) => one.operation === 'scans.wide')?.requests).toBe(1);
      const { rows } = await listExperiments(xnat.server, { project: 'upenn_gbm' }, never);
      const columns = ['ID', 'type', 'quality', 'note', 'series_description', 'UID', 'modality', 'frames'];
      const single = await Promise.all(
        rows.map((row) => listScans(xnat.server, { experiment: row.id, columns }, never)),
      );
      const plain = (scan: (typeof wide.rows)[number]) => ({ ...scan, columns: undefined, xsiType: undefined });
      expect(wide.rows.map(plain)).toEqual(single.flatMap((one) => one.rows).map(plain));
      expect(wide.missingColumns).toEqual([]);
      expect(wide.rows.map((scan) => scan.uid)).toContain('1.1.1');
    });

    it('gives sessions the type of their images', async () => {
      const { rows } = await listExperiments(xnat.server, { project: 'upenn_gbm' }, never);
      expect(rows.map((row) => row.xsiType)).toEqual([
        'xnat:mrSessionData',
        'xnat:otherDicomSessionData',
        'xnat:mrSessionData',
        'xnat:petSessionData',
      ]);
    });

    it('names columns the server dropped, so that absent is not read as null', async () => {
      const listing = await listSubjects(
        xnat.server,
        { project: 'upenn_gbm', columns: ['gender', 'no_such_column'] },
        never,
      );
      expect(listing.missingColumns).toEqual(['no_such_column']);
      expect(listing.rows[0]?.columns['gender']).toBe('F');
    });

    it('filters on the server: OR, wildcards, ranges of dates as XNAT wants them', async () => {
      const ids = async (filter: Record<string, string>) =>
        (await listExperiments(xnat.server, { project: 'upenn_gbm', filter }, never)).rows.map((row) => row.label);
      expect(await ids({ label: 'P1*' })).toHaveLength(2);
      expect(await ids({ label: 'P1_MR_1,P2_MR_1' })).toHaveLength(2);
      expect(await ids({ date: '03/01/2021-03/31/2021' })).toEqual(['P2_MR_1']);
      await expect(ids({ date: '2021-03-01' })).rejects.toThrow(/Unparseable/);
    });

    it('reads an answer without totalRecords', async () => {
      await xnat.fault({ kind: 'missing-total-records' });
      const listing = await listSubjects(xnat.server, { project: 'upenn_gbm' }, never);
      expect(listing.rows).toHaveLength(3);
      expect(listing.totalRecords).toBeUndefined();
    });
  });

  describe('in pages', () => {
    beforeEach(async () => {
      xnat = await startSmallXnat({ rows: many });
    });
    const options = { project: 'upenn_gbm', pageSize: 7 };

    it('reads to the empty page', async () => {
      const sizes: number[] = [];
      for await (const page of pageExperiments(xnat.server, options, never)) sizes.push(page.length);
      expect(sizes).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 4]);
      expect(xnat.server.usage().operations.find((one) => one.operation === 'experiments.page')?.requests).toBe(10);
    });

    it.each([
      ['shuffled', { kind: 'shuffled-pages' }],
      ['losing rows between pages', { kind: 'vanishing-rows', rows: 2 }],
      ['shuffled and losing rows', { kind: 'shuffled-pages' }],
    ])('finds every row although pages come %s', async (_, fault) => {
      await xnat.fault({ ...fault, path: '^/data/experiments' });
      const alive = await sweepExperimentIds(xnat.server, { project: 'upenn_gbm' }, never);
      const confirmed = await readExperimentsConfirmed(xnat.server, options, never);
      expect(new Set(confirmed.rows.map((row) => row.id))).toEqual(alive);
      expect(confirmed.recovered.length).toBeGreaterThan(0);
      expect(alive.size).toBe(60);
    });

    it('reads subjects the same way', async () => {
      await xnat.fault({ kind: 'shuffled-pages', path: '/subjects$' });
      expect((await readSubjectsConfirmed(xnat.server, options, never)).rows).toHaveLength(20);
    });

    it('pages over a frozen search while subjects are added', async () => {
      const rootType = 'xnat:subjectData';
      const spec = {
        rootType,
        fields: [{ type: rootType, field: 'SUBJECT_ID' }],
        criteria: [{ schemaField: 'xnat:subjectData/PROJECT', comparison: '=', value: 'upenn_gbm' } as const],
      };
      const snapshot = await openSearch(xnat.server, spec, never);
      const seen: string[] = [];
      for await (const page of pageSnapshot(
        xnat.server,
        { snapshotId: snapshot.id, pageSize: 6, sortBy: 'subject_id' },
        never,
      )) {
        seen.push(...page.map((row) => row['subject_id'] ?? ''));
        await putItem(
          xnat.server,
          { address: { project: 'upenn_gbm', subject: `new${seen.length}` }, xsiType: rootType },
          never,
        );
      }
      expect(seen).toEqual(snapshot.rows.map((row) => row['subject_id']).toSorted());
      expect(seen).toHaveLength(20);
    });
  });
});
