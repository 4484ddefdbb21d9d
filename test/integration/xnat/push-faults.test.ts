import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConflictError } from '../../../src/kernel/errors.ts';
import { listFiles } from '../../../src/xnat/index.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';
import { headsInXnat, pushWith, stateOf, takeHeads } from './pushed-dataset.ts';
import { never, type SmallXnat, startSmallXnat } from './small-xnat.ts';

let catalog: TestCatalog;
let xnat: SmallXnat;
const folder = mkdtempSync(join(tmpdir(), 'mia-push-'));
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  await takeHeads(catalog);
  mkdirSync(join(folder, 'H 1/1.1/1.1.1'), { recursive: true });
  writeFileSync(join(folder, 'H 1/1.1/1.1.1/a.dcm'), 'dicom a');
  mkdirSync(join(folder, 'H2/2.1/1'), { recursive: true });
  writeFileSync(join(folder, 'H2/2.1/1/b.dcm'), 'dicom b');
});
afterAll(async () => {
  await catalog.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  xnat = await startSmallXnat();
});
afterEach(() => xnat.close());

describe('a push in which something breaks', () => {
  it.each(['unavailable', 'server-error', 'reset', 'truncated', 'unauthorized', 'html-login', 'forbidden'])(
    '%s at one of its requests leads to the same end when run again',
    async (kind) => {
      for (let skip = 0; skip < 56; skip += 5) {
        const project = `p${skip}`;
        await xnat.fault({ kind, path: `^/data/(?!auth|JSESSION|services)`, skip, times: 1 });
        await pushWith(catalog, xnat.server, { project, files: folder }).catch(() => undefined);
        await xnat.clearFaults();
        expect(await pushWith(catalog, xnat.server, { project, files: folder })).toMatchObject({
          rejected: [],
          checked: 13,
        });
        expect(await stateOf(xnat, project)).toEqual(headsInXnat);
        const scan = { project, subject: 'H_1', experiment: 'H_1_1_1', scan: '4' };
        const rows = await listFiles(xnat.server, { ...scan, resource: 'DICOM' }, never);
        expect(rows.map((row) => [row.path, row.md5])).toEqual([['a.dcm', md5('dicom a')]]);
      }
    },
  );

  it('only one push writes to a project at a time', async () => {
    // Else the one may be done before the other has logged in.
    await xnat.fault({ kind: 'slow', delayMs: 30 });
    const ends = await Promise.allSettled([pushWith(catalog, xnat.server), pushWith(catalog, xnat.connect())]);
    const failed = ends.filter((end) => end.status === 'rejected');
    await xnat.clearFaults();
    expect(failed.map((end) => end.reason)).toEqual([expect.any(ConflictError)]);
    expect(await stateOf(xnat, 'heads')).toEqual(headsInXnat);
  });
});
