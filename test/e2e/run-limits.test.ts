import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usualLimits } from '../../src/pipelines/index.ts';
import { tokenFor } from '../kit/curate.ts';
import { record, subject, takeRecords, takeRows } from '../kit/intake.ts';
import { type RunCatalog, startRunCatalog } from '../kit/run-worker.ts';

async function withRows(env: Readonly<Record<string, string>> = {}): Promise<RunCatalog> {
  const catalog = await startRunCatalog(env);
  await takeRecords(catalog, [record('small', { slug: 'small' })], { publish: true });
  await takeRows(catalog, 'small', [subject('a', []), subject('b', [])]);
  return catalog;
}

describe('what a program leaves behind', () => {
  let catalog: RunCatalog;
  let token: string;
  beforeAll(async () => {
    catalog = await withRows();
    token = await catalog.token('RESEARCHER');
  });
  afterAll(() => catalog.close());

  it.each([
    ['a file with two names', { mode: 'twin' }, {}, 'has a second name elsewhere (hard link)'],
    ['more bytes than are kept', {}, { bytes: 40 }, 'bytes; at most 40 are kept'],
    ['more files than are kept', {}, { files: 1 }, 'left more than 1 files'],
  ] as const)('%s ends the run, and nothing of it is stored', async (_what, parameters, limits, sentence) => {
    const stop = catalog.work({ limits: { ...usualLimits, ...limits } });
    try {
      const { run: asked } = await catalog.launch({ dataset: 'small', parameters }, token);
      const run = await catalog.ended(asked.id, token);
      expect(run).toMatchObject({ state: 'FAILED', outputs: [], derivedDataset: null });
      expect(run.error).toContain(sentence);
    } finally {
      await stop();
    }
  });
});

describe('a run that is asked for with a text that is none', () => {
  let catalog: RunCatalog;
  beforeAll(async () => {
    catalog = await withRows();
  });
  afterAll(() => catalog.close());

  it.each(['a\0b', 'half \ud800 a pair'])("%j in the filter of its cohort is the caller's to mend", async (text) => {
    const cohort = { dataset: 'small', where: { not: { diagnosis: { eq: text } } } };
    const { errors } = await catalog.launch({ cohort }, await catalog.token('RESEARCHER'));
    expect(errors[0].extensions.code).toBe('BAD_USER_INPUT');
  });
});

describe('a run as it goes', () => {
  let catalog: RunCatalog;
  let token: string;
  beforeAll(async () => {
    catalog = await withRows();
    token = await catalog.token('RESEARCHER');
  });
  afterAll(() => catalog.close());

  const follow = async (id: string, by?: string): Promise<string> => {
    const response = await fetch(`${catalog.url}/graphql/stream`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...(by !== undefined && { authorization: `Bearer ${by}` }),
      },
      body: JSON.stringify({
        query: 'subscription ($id: ID!) { runUpdated(id: $id) { state attempt } }',
        variables: { id },
      }),
    });
    // The stream ends with the run: reading it whole is waiting for that.
    return await response.text();
  };

  it('is told by runUpdated: each state once, in their order, until the end', async () => {
    const { run: asked } = await catalog.launch({ dataset: 'small' }, token);
    const told = follow(asked.id, token);
    const stop = catalog.work();
    const text = await told.finally(stop);
    const heard = [...text.matchAll(/"state":"(\w+)"/g)].map(([, state]) => state ?? '');
    expect(heard.at(-1)).toBe('SUCCEEDED');
    const { timeline } = await catalog.ended(asked.id, token);
    const passed: string[] = timeline.map(({ state }: any) => state);
    // Read now and then, so that a quick state may be missed; none is made up, told twice or out of order.
    expect(heard).toEqual(passed.filter((state) => heard.includes(state)));
  });

  it('is not told to who may not see it: not found, as if it were not there', async () => {
    const { run } = await catalog.launch({ dataset: 'small' }, token);
    expect(await follow(run.id)).toContain('UNAUTHENTICATED');
    expect(await follow(run.id, await tokenFor(catalog, 'RESEARCHER', 'small'))).toContain('NOT_FOUND');
  });
});

describe('graphics processors of one principal', () => {
  it('are counted while a run is open, however old it is, and their hours for 30 days', {
    timeout: 60_000,
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mia-shelf-'));
    const jwtFile = join(folder, 'token');
    await onGpus(join(folder, 'two-gpus'));
    // An engine that does not answer keeps nobody from asking: what is asked for waits.
    const slurm = { SLURM_URL: 'http://127.0.0.1:1', SLURM_USER: 'mia', SLURM_JWT_FILE: jwtFile };
    const quotas = { MIA_RUNS_GPUS: '4', MIA_RUNS_GPU_HOURS: '10' };
    const catalog = await withRows({ ...slurm, ...quotas, MIA_PIPELINES_FOLDER: folder });
    try {
      const token = await catalog.token('RESEARCHER');
      const ask = async (): Promise<any> =>
        await catalog.launch({ pipeline: 'two-gpus', dataset: 'small', engine: 'slurm' }, token);
      const [first, second] = [await ask(), await ask()];
      const third = await ask();
      expect([first, second, third].map(({ __typename }) => __typename)).toEqual([
        'LaunchedRun',
        'LaunchedRun',
        'RunRejected',
      ]);
      expect(third.reasons[0]).toMatchObject({
        code: 'QUOTA_EXCEEDED',
        message: expect.stringContaining('4 of 4 graphics processors and 8 of 10 hours'),
      });
      // Of others nothing is taken.
      const other = await tokenFor(catalog, 'RESEARCHER', 'small');
      const asked = { pipeline: 'two-gpus', dataset: 'small', engine: 'slurm' };
      expect((await catalog.launch(asked, other)).__typename).toBe('LaunchedRun');
      // Its hours are spent when a run has ended, and come back after 30 days.
      const cancel = 'mutation ($input: CancelRunInput!) { cancelRun(input: $input) { run { state } } }';
      await catalog.ask(cancel, { input: { id: first.run.id } }, token);
      expect((await ask()).reasons[0].message).toContain('2 of 4 graphics processors and 8 of 10 hours');
      await catalog.app.db.query(`UPDATE pipeline_run SET requested_at = requested_at - interval '31 days'`);
      expect((await ask()).__typename).toBe('LaunchedRun');
      expect((await ask()).reasons[0].message).toContain('4 of 4 graphics processors and 4 of 10 hours');
    } finally {
      await catalog.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** A pipeline like that of the fixtures, which asks for two graphics processors for two hours. */
async function onGpus(folder: string): Promise<void> {
  const fixture = fileURLToPath(new URL('../fixtures/pipelines/mark-rows', import.meta.url));
  await cp(fixture, folder, { recursive: true });
  const file = join(folder, 'mark-rows.cwl');
  const written = (await readFile(file, 'utf8'))
    .replaceAll('mark-rows', 'two-gpus')
    .replace(
      'timelimit: 120',
      'timelimit: 7200\n  cwltool:CUDARequirement:\n    cudaVersionMin: "12.0"\n    cudaComputeCapability: "7.0"\n    cudaDeviceCountMin: 2',
    )
    .replace('$namespaces:\n', '$namespaces:\n  cwltool: "http://commonwl.org/cwltool#"\n');
  await writeFile(file, written);
}
