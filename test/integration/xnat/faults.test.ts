import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  UpstreamContractError,
  UpstreamUnavailableError,
} from '../../../src/kernel/errors.ts';
import {
  importArchive,
  listExperiments,
  listFiles,
  listProjects,
  listSubjects,
  putCustomFields,
  readCustomFields,
  readItem,
  toUtcInstant,
} from '../../../src/xnat/index.ts';
import { bytesOf, never, type SmallXnat, startSmallXnat } from './small-xnat.ts';

describe('XNAT client under faults', () => {
  let xnat: SmallXnat;
  beforeEach(async () => {
    xnat = await startSmallXnat();
  });
  afterEach(() => xnat.close());

  it.each(['unavailable', 'server-error', 'truncated', 'reset'])('asks again after "%s"', async (kind) => {
    await xnat.fault({ kind, path: '^/data/projects$', times: 2 });
    expect((await listProjects(xnat.server, {}, never)).rows).toHaveLength(2);
    expect(xnat.server.usage().operations.find((one) => one.operation === 'projects.list')).toMatchObject({
      requests: 3,
      retries: 2,
    });
  });

  it.each(['unavailable', 'truncated', 'reset'])('gives up on lasting "%s" with "unavailable"', async (kind) => {
    await xnat.fault({ kind, path: '^/data/projects$' });
    await expect(listProjects(xnat.server, {}, never)).rejects.toThrow(UpstreamUnavailableError);
  });

  it('never repeats what is not repeatable', async () => {
    await xnat.fault({ kind: 'unavailable', path: '/services/import', times: 1 });
    const body = { kind: 'stream', contentType: 'application/zip', open: bytesOf('x') } as const;
    const request = { project: 'upenn_gbm', subject: 's', session: 'e', body };
    await expect(importArchive(xnat.server, request, never)).rejects.toThrow(UpstreamUnavailableError);
    expect(xnat.server.usage().operations.find((one) => one.operation === 'import')?.requests).toBe(1);
  });

  it('waits as long as the server asks', async () => {
    await xnat.fault({ kind: 'unavailable', path: '^/data/projects$', times: 1, retryAfterS: 1 });
    const server = xnat.connect({ retry: { attempts: 2, baseDelayMs: 1, maxDelayMs: 5000 } });
    const started = performance.now();
    await listProjects(server, {}, never);
    expect(performance.now() - started).toBeGreaterThan(900);
    await server.close(never);
  });

  it('ends a request that takes too long', async () => {
    await listProjects(xnat.server, {}, never);
    await xnat.fault({ kind: 'slow', path: '^/data/projects$', delayMs: 2000 });
    const server = xnat.connect({ timeoutMs: 150, retry: { attempts: 1, baseDelayMs: 1, maxDelayMs: 1 } });
    await expect(listProjects(server, {}, never)).rejects.toThrow(UpstreamUnavailableError);
    await server.close(never);
  });

  it('reads a body that trickles', async () => {
    await xnat.fault({ kind: 'slow', trickle: true, path: '^/data/projects$', delayMs: 20 });
    expect((await listProjects(xnat.server, {}, never)).rows).toHaveLength(2);
  });

  it('stops at once when cancelled, in the middle of an answer too', async () => {
    await listProjects(xnat.server, {}, never);
    await xnat.fault({ kind: 'slow', path: '^/data/projects$', delayMs: 3000 });
    const abort = new AbortController();
    const started = performance.now();
    const answer = listProjects(xnat.server, {}, abort.signal);
    setTimeout(() => abort.abort(new Error('enough')), 50);
    await expect(answer).rejects.toThrow('enough');
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('keeps 403 apart from absence', async () => {
    await xnat.fault({ kind: 'forbidden', path: '/subjects$' });
    await expect(listSubjects(xnat.server, { project: 'upenn_gbm' }, never)).rejects.toThrow(ForbiddenError);
    await expect(readItem(xnat.server, { experiment: 'XNAT_E99999' }, never)).rejects.toThrow(NotFoundError);
  });

  it('reads an empty digest as "not computed"', async () => {
    await xnat.fault({ kind: 'empty-digest' });
    const files = await listFiles(xnat.server, { experiment: 'XNAT_E00001', scan: '1', resource: 'DICOM' }, never);
    expect(files.map((file) => file.md5)).toEqual([undefined, undefined]);
  });

  it('reads stamps of a server in another zone', async () => {
    const stamp = async () =>
      (await listSubjects(xnat.server, { project: 'upenn_gbm', columns: ['insert_date'] }, never)).rows[0]
        ?.insertDate ?? '';
    expect(await stamp()).toBe('2026-01-01 00:00:00.0');
    await xnat.fault({ kind: 'clock-zone', offsetMinutes: -300 });
    expect(await stamp()).toBe('2025-12-31 19:00:00.0');
    expect(toUtcInstant(await stamp(), -300)).toBe('2026-01-01T00:00:00.000Z');
  });

  it('keeps an experiment of an unknown type whole', async () => {
    await xnat.fault({ kind: 'unknown-xsi-type', target: 'XNAT_E00003', xsiType: 'ext:alienData' });
    const { rows } = await listExperiments(xnat.server, { project: 'upenn_gbm' }, never);
    expect(rows.find((row) => row.id === 'XNAT_E00003')?.xsiType).toBe('ext:alienData');
    const item = await readItem(xnat.server, { experiment: 'XNAT_E00003' }, never);
    expect(item).toMatchObject({ xsiType: 'ext:alienData', fields: { label: 'P2_MR_1' } });
  });

  it('reports keys that a custom form sends twice', async () => {
    const owner = { kind: 'experiment', experiment: 'XNAT_E00001' } as const;
    await putCustomFields(xnat.server, { owner, forms: { form1: { grade: 4, note: 'x' } } }, never);
    expect(await readCustomFields(xnat.server, owner, never)).toEqual({
      forms: { form1: { grade: 4, note: 'x' } },
      duplicateKeys: [],
    });
    await xnat.fault({ kind: 'duplicate-keys' });
    expect(await readCustomFields(xnat.server, owner, never)).toEqual({
      forms: { form1: { grade: 4, note: 'x' } },
      duplicateKeys: ['grade'],
    });
  });

  it('takes JSON of another shape for a broken contract and does not ask again', async () => {
    const odd = createServer((request, response) => {
      if (request.url?.includes('tokens/issue') === true) response.end('{"alias":"a","secret":"s"}');
      else if (request.url?.includes('JSESSION') === true) response.end('0123456789ABCDEF');
      else response.end('{"ResultSet":{"Result":"none"}}');
    });
    const url = await listening(odd);
    const server = xnat.connect({ url });
    await expect(listProjects(server, {}, never)).rejects.toThrow(UpstreamContractError);
    expect(server.usage().operations.find((one) => one.operation === 'projects.list')?.requests).toBe(1);
    odd.close();
  });

  it('follows no redirect to another server', async () => {
    const thief = createServer((_, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:1/data/projects' }).end(),
    );
    const server = xnat.connect({ url: await listening(thief), credentials: { kind: 'guest' } });
    await expect(listProjects(server, {}, never)).rejects.toThrow(/another server/);
    thief.close();
  });

  it('connects to no private address unless allowed, by number or by name', async () => {
    expect(() => xnat.connect({ allowPrivate: false })).toThrow(InvalidInputError);
    const port = new URL(xnat.url).port;
    const named = xnat.connect({
      url: `https://localhost:${port}`,
      allowPrivate: false,
      credentials: { kind: 'guest' },
    });
    await expect(listProjects(named, {}, never)).rejects.toThrow(/forbidden address/);
  });

  it('runs no more requests at once than asked', async () => {
    let [running, most] = [0, 0];
    const counting = createServer((_, response) => {
      running += 1;
      most = Math.max(most, running);
      setTimeout(() => {
        running -= 1;
        response.end('{"ResultSet":{"Result":[]}}');
      }, 20);
    });
    const server = xnat.connect({ url: await listening(counting), credentials: { kind: 'guest' }, concurrency: 3 });
    await Promise.all(Array.from({ length: 12 }, () => listProjects(server, {}, never)));
    expect(most).toBe(3);
    counting.close();
  });
});

function listening(server: ReturnType<typeof createServer>): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address() as AddressInfo; // a TCP server's address is never a string
      resolve(`http://127.0.0.1:${address.port}`);
    });
  });
}
