import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  UpstreamUnavailableError,
} from '../../../src/kernel/errors.ts';
import {
  customVariables,
  deleteFile,
  deleteItem,
  downloadFile,
  importArchive,
  launchContainer,
  listAssessors,
  listAvailableCommands,
  listContainers,
  listExperiments,
  listFiles,
  listPrearchive,
  listResources,
  listSubjects,
  putItem,
  putItemXml,
  putProject,
  putResource,
  readItem,
  readWorkflowStatus,
  shareItem,
  sharesOf,
  unshareItem,
  uploadFile,
} from '../../../src/xnat/index.ts';
import { bytesOf, never, readAll, type SmallXnat, startSmallXnat } from './small-xnat.ts';

describe('writing to XNAT', () => {
  let xnat: SmallXnat;
  beforeEach(async () => {
    xnat = await startSmallXnat();
  });
  afterEach(() => xnat.close());

  const session = { project: 'upenn_gbm', subject: 'P1', experiment: 'P1_MR_1' };
  const file = { ...session, resource: 'DERIVED', path: 'sub folder/mask #1.txt' };

  it('stores a file, reads the same digest back, and the same bytes', async () => {
    expect(await putResource(xnat.server, { ...session, resource: 'DERIVED', format: 'TEXT' }, never)).toEqual({
      created: true,
    });
    const outcome = await uploadFile(
      xnat.server,
      { ...file, open: bytesOf('mask'), byteSize: 4, overwrite: false },
      never,
    );
    expect(outcome.state).toBe('sent');
    const [row] = await listFiles(xnat.server, { ...session, resource: 'DERIVED' }, never);
    expect(row).toMatchObject({ path: file.path, md5: outcome.md5, byteSize: 4 });
    const download = await downloadFile(xnat.server, file, never);
    expect(await readAll(download.bytes)).toBe('mask');
    expect(await download.summary).toMatchObject({
      md5: outcome.md5,
      sha256: createHash('sha256').update('mask').digest('hex'),
    });
  });

  it('knows that a duplicate was not stored although the status was 200', async () => {
    const upload = { ...file, open: bytesOf('one'), overwrite: false };
    await uploadFile(xnat.server, upload, never);
    const again = await uploadFile(xnat.server, { ...upload, open: bytesOf('two') }, never);
    expect(again).toMatchObject({ state: 'duplicate', duplicates: [file.path] });
    expect(await readAll((await downloadFile(xnat.server, file, never)).bytes)).toBe('one');
    expect((await uploadFile(xnat.server, { ...upload, open: bytesOf('two'), overwrite: true }, never)).state).toBe(
      'sent',
    );
    expect(await readAll((await downloadFile(xnat.server, file, never)).bytes)).toBe('two');
  });

  it('sends an upload again after a re-login and, with overwrite, after a failure', async () => {
    await xnat.fault({ kind: 'unauthorized', method: 'PUT', path: '/files/', times: 1 });
    expect((await uploadFile(xnat.server, { ...file, open: bytesOf('x'), overwrite: false }, never)).state).toBe(
      'sent',
    );
    await xnat.fault({ kind: 'unavailable', method: 'PUT', path: '/files/', times: 1 });
    await expect(
      uploadFile(xnat.server, { ...file, path: 'b', open: bytesOf('x'), overwrite: false }, never),
    ).rejects.toThrow(UpstreamUnavailableError);
    await xnat.clearFaults();
    await xnat.fault({ kind: 'unavailable', method: 'PUT', path: '/files/', times: 1 });
    expect(
      (await uploadFile(xnat.server, { ...file, path: 'b', open: bytesOf('x'), overwrite: true }, never)).state,
    ).toBe('sent');
  });

  it('streams a large file through without holding it', async () => {
    const chunk = Buffer.alloc(1 << 20, 7);
    const open = async function* () {
      for (let index = 0; index < 48; index += 1) yield await Promise.resolve(chunk);
    };
    const before = process.memoryUsage().arrayBuffers;
    const outcome = await uploadFile(xnat.server, { ...file, open, overwrite: true }, never);
    expect(outcome.byteSize).toBe(48 << 20);
    // The simulator, in this same process, keeps one copy; the client must not keep a second.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(150 << 20);
  });

  it('finds no file shorter than announced good', async () => {
    await uploadFile(xnat.server, { ...file, open: bytesOf('0123456789'), overwrite: true }, never);
    await xnat.fault({ kind: 'reset', path: '/files/' });
    const download = await downloadFile(xnat.server, file, never);
    await expect(readAll(download.bytes)).rejects.toThrow(UpstreamUnavailableError);
    await expect(download.summary).rejects.toThrow(UpstreamUnavailableError);
  });

  it('refuses an empty file and reports an existing resource', async () => {
    await expect(uploadFile(xnat.server, { ...file, open: bytesOf(''), overwrite: true }, never)).rejects.toThrow(
      InvalidInputError,
    );
    await putResource(xnat.server, { ...session, resource: 'R' }, never);
    expect(await putResource(xnat.server, { ...session, resource: 'R' }, never)).toEqual({ created: false });
  });

  it('is not fooled by the files of other resources that XNAT lists for an unknown one', async () => {
    await uploadFile(xnat.server, { ...file, open: bytesOf('x'), overwrite: true }, never);
    await expect(listFiles(xnat.server, { ...session, resource: 'NOPE' }, never)).rejects.toThrow(NotFoundError);
  });

  it('deletes a file', async () => {
    await uploadFile(xnat.server, { ...file, open: bytesOf('x'), overwrite: true }, never);
    await deleteFile(xnat.server, file, never);
    expect(await listFiles(xnat.server, { ...session, resource: 'DERIVED' }, never)).toEqual([]);
    await expect(deleteFile(xnat.server, file, never)).rejects.toThrow(NotFoundError);
  });

  it('tells file counts and sizes of a whole session in one request', async () => {
    const resources = await listResources(xnat.server, { ...session, all: true, statistics: true }, never);
    expect(resources.map((one) => [one.category, one.ownerId, one.fileCount, one.byteSize])).toEqual([
      ['scans', '1', 2, 12_500_000],
      ['scans', '2', 3, 12_500_000],
    ]);
  });

  it('makes project, subject, session, scan and assessor, twice the same', async () => {
    await putProject(xnat.server, { id: 'mine', fields: { description: 'a & b' } }, never);
    const subject = {
      address: { project: 'mine', subject: 's 1' },
      xsiType: 'xnat:subjectData',
      fields: { gender: 'female', 'xnat:subjectData/fields/field[name=Grade]/field': 'IV' },
    };
    const first = await putItem(xnat.server, subject, never);
    expect(first.created).toBe(true);
    expect(await putItem(xnat.server, subject, never)).toEqual({ id: first.id, created: false });
    const item = await readItem(xnat.server, { subject: first.id }, never);
    expect(customVariables(item)).toEqual(new Map([['grade', 'IV']]));
    const experiment = { project: 'mine', subject: 's 1', experiment: 'e1' };
    await putItem(
      xnat.server,
      { address: experiment, xsiType: 'xnat:mrSessionData', fields: { date: '2024-02-03' } },
      never,
    );
    await putItem(
      xnat.server,
      { address: { ...experiment, scan: '5' }, xsiType: 'xnat:mrScanData', fields: { type: 'T1w' } },
      never,
    );
    const xml =
      '<xnat:QCManualAssessment xmlns:xnat="http://nrg.wustl.edu/xnat"><xnat:rater>me</xnat:rater></xnat:QCManualAssessment>';
    const made = await putItemXml(xnat.server, { address: { ...experiment, assessor: 'qc' }, xml }, never);
    expect(made.created).toBe(true);
    const { rows } = await listAssessors(
      xnat.server,
      { experiment: (await listExperiments(xnat.server, { project: 'mine' }, never)).rows[0]?.id ?? '' },
      never,
    );
    expect(rows.map((row) => [row.label, row.xsiType])).toEqual([['qc', 'xnat:qcManualAssessorData']]);
    await deleteItem(xnat.server, { project: 'mine' }, never);
    await expect(readItem(xnat.server, { subject: first.id }, never)).rejects.toThrow(NotFoundError);
  });

  it('shares, ends sharing and moves: the same ID under another project and label', async () => {
    await shareItem(xnat.server, { address: session, into: 'cptac_pda', label: 'guest' }, never);
    const seen = async (project: string) =>
      (await listExperiments(xnat.server, { project }, never)).rows.filter((row) => row.id === 'XNAT_E00001');
    expect((await seen('cptac_pda'))[0]).toMatchObject({ label: 'guest', project: 'cptac_pda' });
    expect((await seen('upenn_gbm'))[0]).toMatchObject({ label: 'P1_MR_1', project: 'upenn_gbm' });
    expect(sharesOf(await readItem(xnat.server, { experiment: 'XNAT_E00001' }, never))).toEqual([
      { project: 'cptac_pda', label: 'guest' },
    ]);
    await expect(shareItem(xnat.server, { address: session, into: 'cptac_pda' }, never)).rejects.toThrow(ConflictError);
    await unshareItem(xnat.server, { address: session, from: 'cptac_pda' }, never);
    expect(await seen('cptac_pda')).toEqual([]);
    await shareItem(xnat.server, { address: session, into: 'cptac_pda', label: 'moved', primary: true }, never);
    expect(await seen('upenn_gbm')).toEqual([]);
    expect((await seen('cptac_pda'))[0]?.label).toBe('moved');
  });

  it('imports an archive into the archive or the prearchive', async () => {
    const body = { kind: 'stream', contentType: 'application/zip', open: bytesOf('not really a zip') } as const;
    const made = await importArchive(xnat.server, { project: 'upenn_gbm', subject: 's9', session: 'e9', body }, never);
    expect(made).toEqual(['/data/projects/upenn_gbm/subjects/s9/experiments/e9']);
    await importArchive(
      xnat.server,
      { project: 'upenn_gbm', subject: 's9', session: 'waiting', destination: '/prearchive', body },
      never,
    );
    expect(
      (await listPrearchive(xnat.server, { project: 'upenn_gbm' }, never)).map((row) => [row.name, row.status]),
    ).toEqual([['waiting', 'READY']]);
    expect((await listSubjects(xnat.server, { project: 'upenn_gbm' }, never)).rows.map((row) => row.label)).toContain(
      's9',
    );
  });

  it('launches a container, follows its workflow, and finds what it stored', async () => {
    const [command] = await listAvailableCommands(
      xnat.server,
      { project: 'upenn_gbm', xsiType: 'xnat:mrSessionData' },
      never,
    );
    const launch = {
      project: 'upenn_gbm',
      wrapperId: command?.wrapperId ?? 0,
      rootElement: command?.rootElement ?? '',
      inputs: { session: '/archive/experiments/XNAT_E00001' },
    };
    const { workflowId } = await launchContainer(xnat.server, launch, never);
    const statuses = new Set<string>();
    while (!statuses.has('Complete')) {
      statuses.add(await readWorkflowStatus(xnat.server, { workflowId }, never));
      await sleep(50);
    }
    expect([...statuses]).toEqual(['Queued', 'Running', 'Finalizing', 'Complete']);
    const [container] = (await listContainers(xnat.server, { project: 'upenn_gbm' }, never)).filter(
      (one) => one.workflowId === workflowId,
    );
    expect(container?.createdUris).toEqual(['/archive/experiments/XNAT_E00001/resources/COUNT_1']);
    expect(
      await readAll(
        (await downloadFile(xnat.server, { experiment: 'XNAT_E00001', resource: 'COUNT_1', path: 'count.txt' }, never))
          .bytes,
      ),
    ).toMatch(/^2 scans/);
  });

  it('reports a refused launch with the server’s words and does not try again', async () => {
    const launch = {
      project: 'upenn_gbm',
      wrapperId: 1,
      rootElement: 'session',
      inputs: { session: '/archive/experiments/NONE' },
    };
    await expect(launchContainer(xnat.server, launch, never)).rejects.toThrow(/Could not resolve session/);
    expect(xnat.server.usage().operations.find((one) => one.operation === 'containers.launch')?.requests).toBe(1);
  });
});
