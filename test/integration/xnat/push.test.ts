import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PushRequest, pushDataset } from '../../../ingest/xnat-push/push-dataset.ts';
import { guest } from '../../../src/access/index.ts';
import { ConflictError, ForbiddenError, NotFoundError } from '../../../src/kernel/errors.ts';
import {
  deleteItem,
  listExperiments,
  listFiles,
  putItem,
  putProject,
  type XnatServer,
} from '../../../src/xnat/index.ts';
import { record, scan, session, subject, takeRecords, takeRows } from '../../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';
import { headsInXnat, pushWith, stateOf, takeHeads } from './pushed-dataset.ts';
import { never, type SmallXnat, startSmallXnat } from './small-xnat.ts';

let catalog: TestCatalog;
let xnat: SmallXnat;
const folder = mkdtempSync(join(tmpdir(), 'mia-push-'));

beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  await takeHeads(catalog);
});
afterAll(async () => {
  await catalog.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  xnat = await startSmallXnat();
});
afterEach(() => xnat.close());

const push = (more: Partial<PushRequest> = {}, server = xnat.server) => pushWith(catalog, server, more);

function put(path: string, content: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const filesAt = async (item: Readonly<Record<string, string>>, resource: string) =>
  Object.fromEntries((await listFiles(xnat.server, { ...item, resource }, never)).map((row) => [row.path, row.md5]));

describe('pushing a dataset', () => {
  it('puts subjects, values, sessions and scans into a project, and a second time changes nothing', async () => {
    const first = await push();
    expect(first).toMatchObject({ accepted: 11, unchanged: 0, rejected: [], checked: 11, project: 'heads' });
    expect(await stateOf(xnat, 'heads')).toEqual(headsInXnat);
    const server = xnat.connect();
    expect(await push({}, server)).toMatchObject({ accepted: 0, unchanged: 11, rejected: [], checked: 11 });
    expect(server.usage().operations.filter((one) => one.operation === 'item.put')).toEqual([]);
    await server.close(never);
    expect(await stateOf(xnat, 'heads')).toEqual(headsInXnat);
  });

  it('makes the project for its members only, and leaves no lock behind', async () => {
    await push({ project: 'mine' });
    const { accessibility } = (await (await xnat.get('/_sim/state?project=mine')).json()) as Record<string, unknown>;
    expect(accessibility).toBe('private');
    expect(Object.keys(await filesAt({ project: 'mine' }, 'MIA_CATALOG'))).toEqual(['dataset.json']);
    await expect(push({ dataset: 'heads', project: 'bad id' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('says what it would do in a dry run, and writes nothing', async () => {
    expect(await push({ dryRun: true })).toMatchObject({ accepted: 11, added: 11, dryRun: true });
    expect((await xnat.get('/_sim/state?project=heads')).status).toBe(404);
  });

  it('fills in what came to XNAT by another way under the same UID, and does not double it', async () => {
    await putProject(xnat.server, { id: 'heads' }, never);
    const there = { project: 'heads', subject: 'H2', experiment: 'arrived' };
    const fields = { 'xnat:ctSessionData/UID': '2.1' };
    await putItem(xnat.server, { address: there, xsiType: 'xnat:ctSessionData', fields }, never);
    const scanFields = { 'xnat:ctScanData/UID': '2.1.1' };
    await putItem(
      xnat.server,
      { address: { ...there, scan: '900' }, xsiType: 'xnat:ctScanData', fields: scanFields },
      never,
    );
    expect(await push()).toMatchObject({ rejected: [], checked: 11 });
    const state = await stateOf(xnat, 'heads');
    expect(state['H2']).toMatchObject({
      sessions: { arrived: { values: { UID: '2.1' }, scans: { '900': { values: { UID: '2.1.1', type: 'CT' } } } } },
    });
    const { rows } = await listExperiments(xnat.server, { project: 'heads' }, never);
    expect(rows.map((row) => row.label).sort()).toEqual(['H_1_1_1', 'H_1_1_2', 'arrived']);
  });

  it('leaves values that XNAT holds differently, says so, and replaces them when asked', async () => {
    await push();
    const address = { project: 'heads', subject: 'H2' };
    const fields = { 'xnat:subjectData/demographics/gender': 'female', 'xnat:subjectData/group': 'theirs' };
    await putItem(xnat.server, { address, xsiType: 'xnat:subjectData', fields }, never);
    const refused = await push();
    expect(refused.rejected).toEqual([{ sourceId: 'H2', error: expect.stringContaining('--overwrite') }]);
    expect(await stateOf(xnat, 'heads')).toMatchObject({ H2: { values: { 'demographics/gender': 'female' } } });
    expect(await push({ overwrite: true })).toMatchObject({ accepted: 1, rejected: [] });
    expect(await stateOf(xnat, 'heads')).toMatchObject({
      H2: { values: { 'demographics/gender': 'male', group: 'theirs' } },
    });
  });

  it('is written down in the audit trail before the first row leaves and at the end, refusals too', async () => {
    const entries = async (dataset: string) => {
      const { data } = await catalog.ask(`{ dataset(slug: "${dataset}") { id } }`);
      const where = `where: { objectId: "${data.dataset.id}" }, first: 2`;
      const trail = await catalog.ask(
        `{ auditEntries(${where}) { nodes { action outcome facts } } }`,
        {},
        await catalog.token('ADMIN'),
      );
      return trail.data.auditEntries.nodes;
    };
    await push({ project: 'audited' });
    const facts = { project: 'audited', server: xnat.url };
    expect(await entries('heads')).toEqual([
      {
        action: 'dataset.push',
        outcome: 'DONE',
        facts: { ...facts, added: 11, changed: 0, unchanged: 0, rejected: 0 },
      },
      { action: 'dataset.beginPush', outcome: 'DONE', facts },
    ]);
    await takeRecords(catalog, [record('secret', { slug: 'secret', accessClass: 'RESTRICTED' })], { publish: true });
    await expect(push({ dataset: 'secret' })).rejects.toThrow(ForbiddenError);
    expect((await entries('secret'))[0]).toMatchObject({ action: 'dataset.push', outcome: 'REFUSED' });
  });

  it('refuses to fill a project from two datasets', async () => {
    await takeRecords(catalog, [record('other', { slug: 'other', license: 'CC0-1.0' })], { publish: true });
    await push();
    await expect(push({ dataset: 'other', project: 'heads' })).rejects.toThrow(ConflictError);
  });
});

describe('rights', () => {
  it('never copies a restricted dataset, and one without a licence only when the right is claimed', async () => {
    await takeRecords(
      catalog,
      [
        record('closed', { slug: 'closed', accessClass: 'RESTRICTED', license: 'CC-BY-4.0' }),
        record('unclear', { slug: 'unclear' }),
        record('agreed', { slug: 'agreed', license: 'ADNI DUA' }),
      ],
      { publish: true },
    );
    await expect(push({ dataset: 'closed', mayRedistribute: true })).rejects.toThrow(ForbiddenError);
    await expect(push({ dataset: 'unclear' })).rejects.toThrow(/--i-may-redistribute/);
    await expect(push({ dataset: 'agreed' })).rejects.toThrow(/--i-may-redistribute/);
    expect(await push({ dataset: 'unclear', mayRedistribute: true })).toMatchObject({ rejected: [] });
    for (const project of ['closed', 'agreed'])
      expect((await xnat.get(`/_sim/state?project=${project}`)).status).toBe(404);
  });

  it('leaves out single scans whose own licence does not allow it', async () => {
    await takeRecords(catalog, [record('mixed', { slug: 'mixed', license: 'CC-BY-4.0' })], { publish: true });
    const scans = [scan('5.1.1', { label: '1' }), scan('5.1.2', { label: '2', license: 'AIBL DUA' })];
    await takeRows(catalog, 'mixed', [subject('M1', [session('5.1', scans)])]);
    const report = await push({ dataset: 'mixed' });
    expect(report.rejected).toEqual([{ sourceId: 'M1/5.1/2', error: expect.stringContaining('AIBL') }]);
    expect(await stateOf(xnat, 'mixed')).toMatchObject({ M1: { sessions: { M1_5_1: { scans: { '1': {} } } } } });
    expect(JSON.stringify(await stateOf(xnat, 'mixed'))).not.toContain('5.1.2');
  });

  it('knows no dataset that the principal may not see', async () => {
    const request = {
      dataset: 'hidden',
      dryRun: true,
      overwrite: false,
      mayRedistribute: true,
      writer: 'w',
      now: () => new Date(),
    };
    await takeRecords(catalog, [record('hidden', { slug: 'hidden', license: 'CC0-1.0' })]);
    await expect(pushDataset(request, { ...catalog.app, server: xnat.server }, guest, never)).rejects.toThrow(
      NotFoundError,
    );
  });
});

describe('files', () => {
  it('go to scans, sessions, subjects and the project by their folders; strangers are named', async () => {
    put('plain/README', 'all');
    put('plain/H 1/consent.txt', 'yes');
    put('plain/H 1/1.1/notes.txt', 'session');
    put('plain/H 1/1.1/MR_1.1.1/a.dcm', 'dicom a');
    put('plain/H 1/1.1/1.1.2/seg.nii.gz', 'mask');
    put('plain/H2/H2_2_1/1/deep/b.dcm', 'dicom b');
    put('plain/H2/9.9/1/c.dcm', 'no such session');
    put('plain/H2/2.1/7/c.dcm', 'no such scan');
    put('plain/H2/2.1/1/empty.dcm', '');
    put('plain/H9/2.1/1/c.dcm', 'no such subject');
    symlinkSync('/etc/hostname', join(folder, 'plain/H2/2.1/1/link.dcm'));
    const report = await push({ files: join(folder, 'plain') });
    expect(report.files).toEqual({ stored: 6, replaced: 0, unchanged: 0, byteSize: 31 });
    expect(report.rejected.map((one) => one.sourceId).sort()).toEqual([
      'H2/2.1/1/DICOM/empty.dcm',
      'H2/2.1/1/link.dcm',
      'H2/2.1/7',
      'H2/9.9',
      'H9',
    ]);
    const h1 = { project: 'heads', subject: 'H_1' };
    const session1 = { ...h1, experiment: 'H_1_1_1' };
    expect(await filesAt({ project: 'heads' }, 'FILES')).toEqual({ README: md5('all') });
    expect(await filesAt(h1, 'FILES')).toEqual({ 'consent.txt': md5('yes') });
    expect(await filesAt(session1, 'FILES')).toEqual({ 'notes.txt': md5('session') });
    expect(await filesAt({ ...session1, scan: '4' }, 'DICOM')).toEqual({ 'a.dcm': md5('dicom a') });
    expect(await filesAt({ ...session1, scan: '4-SEG1' }, 'NIFTI')).toEqual({ 'seg.nii.gz': md5('mask') });
    const h2 = { project: 'heads', subject: 'H2', experiment: 'H2_2_1', scan: '1' };
    expect(await filesAt(h2, 'DICOM')).toEqual({ 'deep/b.dcm': md5('dicom b') });
    expect((await push({ files: join(folder, 'plain') })).files).toMatchObject({ stored: 0, unchanged: 6 });
    put('plain/H 1/consent.txt', 'no');
    expect((await push({ files: join(folder, 'plain') })).rejected.map((one) => one.sourceId)).toContain(
      'H 1/FILES/consent.txt',
    );
    expect(await push({ files: join(folder, 'plain'), overwrite: true })).toMatchObject({ files: { replaced: 1 } });
    expect(await filesAt(h1, 'FILES')).toEqual({ 'consent.txt': md5('no') });
  });

  it('of a BIDS folder go to the scans their names say', async () => {
    await takeRecords(catalog, [record('bids', { slug: 'bids', license: 'CC0-1.0' })], { publish: true });
    const scans = [scan('6.1', { label: 'T1w', modality: 'SMRI', seriesInstanceUid: undefined })];
    await takeRows(catalog, 'bids', [
      subject('sub-01', [{ ...session('sub-01', scans), studyInstanceUid: undefined }]),
      subject('sub-02', [{ ...session('sub-02_ses-1', scans), studyInstanceUid: undefined }]),
    ]);
    put('bids/dataset_description.json', '{}');
    put('bids/derivatives/sub-01/x.txt', 'not ours');
    put('bids/sub-01/anat/sub-01_T1w.nii.gz', 'one');
    put('bids/sub-01/anat/sub-01_T1w.json', 'side');
    put('bids/sub-01/sub-01_scans.tsv', 'tsv');
    put('bids/sub-02/ses-1/anat/sub-02_ses-1_T1w.nii.gz', 'two');
    put('bids/sub-02/ses-2/anat/sub-02_ses-2_T1w.nii.gz', 'stranger');
    const report = await push({ dataset: 'bids', files: join(folder, 'bids') });
    expect(report.rejected.map((one) => one.sourceId)).toEqual(['sub-02/ses-2']);
    const one = { project: 'bids', subject: 'sub-01', experiment: 'sub-01' };
    expect(await filesAt({ ...one, scan: 'T1w' }, 'BIDS')).toEqual({
      'anat/sub-01_T1w.nii.gz': md5('one'),
      'anat/sub-01_T1w.json': md5('side'),
    });
    expect(await filesAt(one, 'BIDS')).toEqual({ 'sub-01_scans.tsv': md5('tsv') });
    const two = { project: 'bids', subject: 'sub-02', experiment: 'sub-02_ses-1', scan: 'T1w' };
    expect(await filesAt(two, 'BIDS')).toEqual({ 'ses-1/anat/sub-02_ses-1_T1w.nii.gz': md5('two') });
    expect(await filesAt({ project: 'bids' }, 'BIDS')).toEqual({ 'dataset_description.json': md5('{}') });
  });

  it('and scans that XNAT loses after it took them are found by the check pass', async () => {
    put('lost/H2/2.1/1/a.dcm', 'here');
    const lost = { project: 'heads', subject: 'H2', experiment: 'H2_2_1', scan: '1' };
    let uploaded = false;
    let deleted = false;
    // Between the two passes somebody deletes the scan: the check pass begins with a list of subjects.
    const losing: XnatServer = {
      url: xnat.url,
      send: async (request, signal) => {
        uploaded ||= request.operation === 'files.upload' && request.path.includes('a.dcm');
        if (uploaded && !deleted && request.operation === 'subjects.list') {
          deleted = true;
          await deleteItem(xnat.server, lost, never);
        }
        return await xnat.server.send(request, signal);
      },
      stream: async (request, signal) => await xnat.server.stream(request, signal),
      clockSkewMs: () => xnat.server.clockSkewMs(),
      usage: () => xnat.server.usage(),
      close: () => Promise.resolve(),
    };
    const report = await push({ files: join(folder, 'lost') }, losing);
    expect(report.rejected).toEqual([
      { sourceId: 'H2/2.1/1', error: 'was sent and is not there' },
      { sourceId: 'H2/2.1/1/DICOM', error: 'its item is not in XNAT' },
    ]);
    expect(report).toMatchObject({ accepted: 10, checked: 10 });
  });
});
