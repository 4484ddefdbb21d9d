import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { record, subject, takeRecords, takeRows } from '../../kit/intake.ts';
import { type RunCatalog, startRunCatalog } from '../../kit/run-worker.ts';
import { judgeCrate, unpack } from './judges/crate-judge.ts';

const execute = promisify(execFile);

let catalog: RunCatalog;
let stop: () => Promise<void>;
let token: string;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mia-crates-'));
  catalog = await startRunCatalog();
  token = await catalog.token('RESEARCHER');
  await takeRecords(
    catalog,
    [record('small', { slug: 'small', license: 'CC-BY-4.0' }), record('bare', { slug: 'bare' })],
    {
      publish: true,
    },
  );
  for (const slug of ['small', 'bare'])
    await takeRows(catalog, slug, [subject('a', [], { sex: 'F' }), subject('ü "b"', [], { sex: 'M', ageYears: 40.5 })]);
  stop = catalog.work();
});
afterAll(async () => {
  await stop();
  await catalog.close();
  await rm(folder, { recursive: true, force: true });
});

async function crateOf(input: object): Promise<{ readonly run: any; readonly archive: Uint8Array }> {
  const { run: asked } = await catalog.launch({ parameters: { mark: 'x' }, ...input }, token);
  const run = await catalog.ended(asked.id, token);
  const response = await fetch(`${catalog.url}/runs/${asked.id.split(':')[1]}/crate.zip`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip']);
  return { run, archive: new Uint8Array(await response.arrayBuffer()) };
}

describe('the crate of a run', () => {
  it.each([
    ['that succeeded', { dataset: 'small' }, 'SUCCEEDED'],
    ['on data without a licence', { dataset: 'bare' }, 'SUCCEEDED'],
    ['that failed', { dataset: 'small', parameters: { mode: 'exit' } }, 'FAILED'],
  ])('%s passes the Process Run Crate validator with every recommendation', async (_, input, state) => {
    const { run, archive } = await crateOf(input);
    expect(run.state).toBe(state);
    expect(await judgeCrate(archive)).toBe('');
  });

  it('is judged by a judge that can say no', async () => {
    const { archive } = await crateOf({ dataset: 'small' });
    const spoilt = Buffer.from(
      Buffer.from(archive).toString('latin1').replaceAll('"instrument"', '"instrumint"'),
      'latin1',
    );
    expect(await judgeCrate(spoilt)).not.toBe('');
  });

  it('alone is enough to do the run again, to the same bytes', async () => {
    const { run, archive } = await crateOf({ dataset: 'small' });
    const names = await unpack(archive, folder);
    expect(names).toContain('ro-crate-metadata.json');
    const graph: any[] = JSON.parse(await readFile(join(folder, 'ro-crate-metadata.json'), 'utf8'))['@graph'];
    const files = graph.filter((entity) => entity['@type'] === 'File');
    for (const file of files) expect(await digestOf(decodeURI(file['@id'])), file['@id']).toBe(file.sha256);
    const again = join(folder, 'again');
    await mkdir(again);
    const program = names.find((name) => name.endsWith('.py')) ?? '';
    await execute('python3', [program, '--params', 'params.json', '--inputs', 'inputs', '--outputs', again], {
      cwd: folder,
    });
    for (const { path, sha256 } of run.outputs) expect(await digestOf(path.replace('outputs/', 'again/'))).toBe(sha256);
  });
});

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(folder, path)))
    .digest('hex');
}
