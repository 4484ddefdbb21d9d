import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConflictError, UpstreamUnavailableError } from '../../../src/kernel/errors.ts';
import {
  type FilesToStore,
  type ItemToStore,
  listFiles,
  readItem,
  storeDerived,
  storeFiles,
  storeItem,
  uploadFile,
  variablePath,
} from '../../../src/xnat/index.ts';
import { bytesOf, never, type SmallXnat, startSmallXnat } from './small-xnat.ts';

const session = { project: 'upenn_gbm', subject: 'P1', experiment: 'P1_MR_1' };
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

describe('storing in XNAT', () => {
  let xnat: SmallXnat;
  beforeEach(async () => {
    xnat = await startSmallXnat();
  });
  afterEach(() => xnat.close());

  const files = (contents: Readonly<Record<string, string>>, more: Partial<FilesToStore> = {}) =>
    storeFiles(
      xnat.server,
      {
        item: session,
        resource: 'MASKS',
        files: Object.entries(contents).map(([path, text]) => ({ path, open: bytesOf(text) })),
        overwrite: false,
        retry: { attempts: 4, baseDelayMs: 5, maxDelayMs: 20 },
        ...more,
      },
      never,
    );
  const states = async (report: ReturnType<typeof files>) => (await report).stored.map((one) => [one.path, one.state]);
  const held = async () =>
    Object.fromEntries(
      (await listFiles(xnat.server, { ...session, resource: 'MASKS' }, never)).map((row) => [row.path, row.md5]),
    );

  describe('files', () => {
    it('are reported with the digests that were read back, and are unchanged the second time', async () => {
      const first = await files({ 'a.nii': 'aaa', 'deep/b c.nii': 'bbb' });
      expect(first.stored).toMatchObject([
        { path: 'a.nii', state: 'stored', md5: md5('aaa'), byteSize: 3, provenBy: 'digest' },
        { path: 'deep/b c.nii', state: 'stored', sha256: createHash('sha256').update('bbb').digest('hex') },
      ]);
      const before = xnat.server.usage().operations.find((one) => one.operation === 'files.upload')?.requests;
      expect(await states(files({ 'a.nii': 'aaa', 'deep/b c.nii': 'bbb' }))).toEqual([
        ['a.nii', 'unchanged'],
        ['deep/b c.nii', 'unchanged'],
      ]);
      expect(xnat.server.usage().operations.find((one) => one.operation === 'files.upload')?.requests).toBe(before);
    });

    it('that hold other bytes are a conflict and stay, unless overwriting is asked for; the others go on', async () => {
      await files({ 'a.nii': 'theirs' });
      const report = await files({ 'a.nii': 'ours', 'b.nii': 'bbb' });
      expect(report.failed).toMatchObject([
        { path: 'a.nii', error: { code: 'CONFLICT', details: { theirs: { md5: md5('theirs') } } } },
      ]);
      expect(await held()).toEqual({ 'a.nii': md5('theirs'), 'b.nii': md5('bbb') });
      expect(await states(files({ 'a.nii': 'ours' }, { overwrite: true }))).toEqual([['a.nii', 'replaced']]);
      expect(await held()).toEqual({ 'a.nii': md5('ours'), 'b.nii': md5('bbb') });
    });

    it('that an earlier upload left cut are never taken for whole, and said to be what they look like', async () => {
      await files({ 'a.nii': 'the beginn' });
      const report = await files({ 'a.nii': 'the beginning and the end' });
      expect(report.stored).toEqual([]);
      expect(report.failed[0]?.error.message).toContain('as an upload that was cut leaves it');
    });

    it('are proven by their bytes where the server gives no digest, also when the first download breaks', async () => {
      await xnat.fault({ kind: 'empty-digest' });
      await xnat.fault({ kind: 'reset', method: 'GET', path: '/files/a.nii$', times: 1 });
      expect((await files({ 'a.nii': '0123456789' })).stored).toMatchObject([
        { path: 'a.nii', state: 'stored', provenBy: 'download' },
      ]);
      expect((await files({ 'a.nii': '0123456789' })).stored).toMatchObject([
        { state: 'unchanged', provenBy: 'download' },
      ]);
      expect((await files({ 'a.nii': '0123456780' })).failed).toMatchObject([{ error: { code: 'CONFLICT' } }]);
    });

    it('are refused when empty', async () => {
      expect((await files({ 'a.nii': '', 'b.nii': 'b' })).failed).toMatchObject([
        { path: 'a.nii', error: { code: 'BAD_USER_INPUT' } },
      ]);
      expect(await held()).toEqual({ 'b.nii': md5('b') });
    });

    it('that change between digest and upload are not reported stored', async () => {
      let opened = 0;
      const open = () => bytesOf((opened += 1) === 1 ? 'early' : 'later')();
      const report = await files({}, { files: [{ path: 'a.nii', open }] });
      expect(report).toMatchObject({ stored: [], failed: [{ error: { code: 'CONFLICT' } }] });
    });

    it.each(['unavailable', 'server-error', 'reset', 'truncated', 'unauthorized', 'html-login'])(
      'lead to the same end with %s at any one request',
      async (kind) => {
        for (let skip = 0; skip < 8; skip += 1) {
          const resource = `R${skip}`;
          await xnat.fault({ kind, path: '/resources/', skip, times: 1 });
          await files({ 'a.nii': 'aaa', 'b.nii': 'bbb' }, { resource }).catch(() => undefined);
          await xnat.clearFaults();
          const report = await files({ 'a.nii': 'aaa', 'b.nii': 'bbb' }, { resource });
          expect(report.failed).toEqual([]);
          const rows = await listFiles(xnat.server, { ...session, resource }, never);
          expect(rows.map((row) => [row.path, row.md5])).toEqual([
            ['a.nii', md5('aaa')],
            ['b.nii', md5('bbb')],
          ]);
        }
      },
    );

    it('end with an error that says so while the server takes nothing', async () => {
      await xnat.fault({ kind: 'unavailable', method: 'PUT', path: '/files/' });
      await expect(files({ 'a.nii': 'aaa' })).rejects.toThrow(UpstreamUnavailableError);
    });

    it('that another writer was quicker with are unchanged or a conflict, never silently theirs', async () => {
      const race = (theirs: string) => {
        let opened = 0;
        // The second opening is the upload: the other writer comes in between.
        return async function* open() {
          opened += 1;
          if (opened === 2) {
            const other = {
              ...session,
              resource: 'MASKS',
              path: `${theirs}.nii`,
              open: bytesOf(theirs),
              overwrite: true,
            };
            await uploadFile(xnat.server, other, never);
          }
          yield Buffer.from('ours');
        };
      };
      const report = await files(
        {},
        {
          files: [
            { path: 'ours.nii', open: race('ours') },
            { path: 'theirs.nii', open: race('theirs') },
          ],
        },
      );
      expect(report.stored.map((one) => one.path)).toEqual(['ours.nii']);
      expect(report.failed).toMatchObject([{ path: 'theirs.nii', error: { code: 'CONFLICT' } }]);
    });
  });

  describe('items', () => {
    const subject: ItemToStore = {
      address: { project: 'upenn_gbm', subject: 'S 1' },
      xsiType: 'xnat:subjectData',
      fields: {
        group: 'cases',
        'demographics/gender': 'female',
        'demographics/age': '52',
        [variablePath('Grade')]: 'IV',
      },
      overwrite: false,
    };

    it('are made once, read back, and unchanged after that', async () => {
      const first = await storeItem(xnat.server, subject, never);
      expect(first.state).toBe('created');
      expect(await storeItem(xnat.server, subject, never)).toEqual({ state: 'unchanged', id: first.id });
    });

    it('get values they lack, and keep the ones nobody named', async () => {
      const { id } = await storeItem(xnat.server, subject, never);
      const more = { ...subject, fields: { [variablePath('site')]: 'Here' } };
      expect(await storeItem(xnat.server, more, never)).toEqual({ state: 'updated', id });
      expect((await storeItem(xnat.server, subject, never)).state).toBe('unchanged');
    });

    it('with other values or another type are a conflict', async () => {
      await storeItem(xnat.server, subject, never);
      const other = { ...subject, fields: { group: 'controls' } };
      await expect(storeItem(xnat.server, other, never)).rejects.toMatchObject({
        code: 'CONFLICT',
        details: { different: [{ path: 'group', ours: 'controls', theirs: 'cases' }] },
      });
      expect((await storeItem(xnat.server, { ...other, overwrite: true }, never)).state).toBe('updated');
      const scan = { address: session, xsiType: 'xnat:ctSessionData', fields: {}, overwrite: true };
      await expect(storeItem(xnat.server, scan, never)).rejects.toThrow(ConflictError);
    });

    it('with more values than one request holds come whole', async () => {
      const fields = Object.fromEntries(
        Array.from({ length: 300 }, (_, index) => [variablePath(`variable_${index}`), `value ${index}`]),
      );
      await storeItem(xnat.server, { ...subject, fields }, never);
      expect(xnat.server.usage().operations.find((one) => one.operation === 'item.put')?.requests).toBeGreaterThan(3);
      expect((await storeItem(xnat.server, { ...subject, fields }, never)).state).toBe('unchanged');
    });
  });

  it.each([
    {
      what: 'an assessor',
      address: { ...session, assessor: 'P1_MR_1_volumes' },
      xsiType: 'xnat:qcManualAssessorData',
      fields: { rater: 'mia', comments: 'by pipeline' },
    },
    {
      what: 'a derived session',
      address: { project: 'upenn_gbm', subject: 'P1', experiment: 'P1_MR_1_registered' },
      xsiType: 'xnat:mrSessionData',
      fields: { date: '2024-02-29', note: 'registered to the first' },
    },
  ])('puts $what with its files back, whatever breaks in between, and twice is once', async ({ what: _, ...item }) => {
    const files = [{ path: 'volumes.json', open: bytesOf('{}') }];
    const derived = { ...item, overwrite: false, resources: [{ resource: 'REPORT', format: 'JSON', files }] };
    for (let skip = 0; skip < 6; skip += 1) {
      await xnat.fault({ kind: 'reset', path: '^/data/projects/upenn_gbm/', skip, times: 1 });
      await storeDerived(xnat.server, derived, never).catch(() => undefined);
      await xnat.clearFaults();
    }
    const { item: stored } = await storeDerived(xnat.server, derived, never);
    expect(await storeDerived(xnat.server, derived, never)).toMatchObject({
      item: { state: 'unchanged', id: stored.id },
      resources: [{ resource: 'REPORT', stored: [{ path: 'volumes.json', state: 'unchanged', md5: md5('{}') }] }],
      complete: true,
    });
    const held = await readItem(xnat.server, item.address, never);
    expect(held).toMatchObject({ xsiType: item.xsiType, fields: { ID: stored.id, ...item.fields } });
  });
});
