import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listFiles } from '../../../src/xnat/index.ts';
import { record, scan, session, subject, takeRecords, takeRows } from '../../kit/intake.ts';
import { runMia, startMia } from '../../kit/mia-process.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';
import { stateOf } from './pushed-dataset.ts';
import { never, type SmallXnat, startSmallXnat } from './small-xnat.ts';

const subjects = 24;
const numbers = Array.from({ length: subjects }, (_, index) => index + 1);
const labelOf = (number: number): string => `S${String(number).padStart(2, '0')}`;

describe('mia xnat push', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mia-push-'));
  let catalog: TestCatalog;
  let xnat: SmallXnat;
  let env: Record<string, string>;

  beforeAll(async () => {
    [catalog, xnat] = await Promise.all([startTestCatalog('empty'), startSmallXnat()]);
    env = {
      DATABASE_URL: catalog.databaseUrl,
      MIA_HOME: folder,
      XNAT_URL: xnat.url,
      XNAT_USER: 'admin',
      XNAT_PASSWORD: 'admin',
      XNAT_ALLOW_PRIVATE: '1',
    };
    await takeRecords(
      catalog,
      [
        record('many', { slug: 'many', license: 'CC0-1.0' }),
        record('closed', { slug: 'closed', accessClass: 'RESTRICTED', accessNote: 'Apply to the holder.' }),
      ],
      { publish: true },
    );
    const scans = (number: number) => [
      scan(`1.${number}.1`, { label: '1' }),
      scan(`1.${number}.2`, { label: '2', modality: 'PT' }),
    ];
    const rows = numbers.map((number) =>
      subject(labelOf(number), [session(`1.${number}`, scans(number))], { sex: 'O' }),
    );
    await takeRows(catalog, 'many', rows);
    for (const number of numbers) {
      mkdirSync(join(folder, 'files', labelOf(number), `1.${number}`, '1'), { recursive: true });
      writeFileSync(join(folder, 'files', labelOf(number), `1.${number}`, '1', 'a.dcm'), `of ${number}`);
    }
  });
  afterAll(async () => {
    await xnat.close();
    await catalog.close();
    rmSync(folder, { recursive: true });
  });

  const args = (dataset: string, ...more: readonly string[]) => [
    'xnat',
    'push',
    '--dataset',
    dataset,
    '--server',
    'ours',
    '--json',
    ...more,
  ];
  const whole = Object.fromEntries(
    numbers.map((number) => [
      labelOf(number),
      {
        values: { 'demographics/gender': 'other' },
        sessions: {
          [`${labelOf(number)}_1_${number}`]: {
            xsiType: 'xnat:petSessionData',
            values: { UID: `1.${number}`, modality: 'PT' },
            scans: {
              '1': { xsiType: 'xnat:ctScanData', values: { type: 'CT', UID: `1.${number}.1`, modality: 'CT' } },
              '2': { xsiType: 'xnat:petScanData', values: { type: 'PT', UID: `1.${number}.2`, modality: 'PT' } },
            },
          },
        },
      },
    ]),
  );
  const scansHeld = async (): Promise<number> => Number((await xnat.version({}))['scans']);

  it('killed again and again goes on where it was, and ends with each thing once', async () => {
    await xnat.fault({ kind: 'slow', delayMs: 8 });
    const before = await scansHeld();
    const command = args('many', '--files', join(folder, 'files'));
    for (const after of [1, 14, 29, 43]) {
      const run = startMia(command, env);
      while ((await scansHeld()) - before < after && run.child.exitCode === null) await sleep(3);
      run.child.kill('SIGKILL');
      expect((await run.ended).code).toBeNull();
    }
    const last = await runMia(command, env);
    expect(last.told).toEqual([]);
    expect(last.events.at(-1)).toMatchObject({
      event: 'done',
      rejected: 0,
      removed: 0,
      checked: subjects * 5,
      files: { byteSize: expect.any(Number) },
      server: 'ours',
    });
    expect(last.code).toBe(0);
    await xnat.clearFaults();
    expect(await stateOf(xnat, 'many')).toEqual(whole);
    for (const number of numbers) {
      const item = {
        project: 'many',
        subject: labelOf(number),
        experiment: `${labelOf(number)}_1_${number}`,
        scan: '1',
      };
      const rows = await listFiles(xnat.server, { ...item, resource: 'DICOM' }, never);
      expect(rows.map((row) => [row.path, row.byteSize])).toEqual([['a.dcm', `of ${number}`.length]]);
    }
  });

  it('stops on a signal, gives the project back, and says how to go on', async () => {
    await xnat.fault({ kind: 'slow', delayMs: 20 });
    const run = startMia(args('many', '--project', 'stopped'), env);
    const before = await scansHeld();
    while ((await scansHeld()) === before && run.child.exitCode === null) await sleep(3);
    const { code, told } = await run.stop();
    await xnat.clearFaults();
    expect(code).toBe(1);
    expect(told.join(' ')).toContain('the same command goes on from there');
    const left = await listFiles(xnat.server, { project: 'stopped', resource: 'MIA_CATALOG' }, never);
    expect(left.map((row) => row.path)).toEqual(['dataset.json']);
  });

  it('ends with 2 for wrong usage, 1 for what may not be copied, is not there or has no server, 3 with rejections', async () => {
    expect((await runMia(['xnat', 'push', '--dataset', 'many'], env)).code).toBe(2);
    const closed = await runMia(args('closed', '--i-may-redistribute'), env);
    expect(closed).toMatchObject({
      code: 1,
      events: [{ event: 'failed', error: expect.stringContaining('Apply to the holder.') }],
    });
    expect((await runMia(args('nothing'), env)).code).toBe(1);
    const { XNAT_URL: _url, ...without } = env;
    expect((await runMia(args('many'), without)).told.join(' ')).toContain('set XNAT_URL');
    mkdirSync(join(folder, 'files', 'stranger'));
    const strange = await runMia(args('many', '--dry-run', '--files', join(folder, 'files')), env);
    expect(strange.code).toBe(3);
    expect(strange.events).toMatchObject([
      { event: 'rejected', sourceId: 'stranger' },
      { event: 'done', rejected: 1 },
    ]);
  });
});
