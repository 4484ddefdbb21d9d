import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ingestTable } from '../../../ingest/table/ingest-table.ts';
import { intakeVariables } from '../../../src/catalog/index.ts';
import { datasetIdOf } from '../../../src/kernel/ids.ts';
import { record, subject, takeRecords, takeRows } from '../../kit/intake.ts';
import { type RunCatalog, startRunCatalog } from '../../kit/run-worker.ts';
import { type RunningSlurm, startSlurm } from '../../kit/slurm.ts';

/** The table is not ours to ship: data/mappings/abide-1.yaml says where it comes from. */
const abide = fileURLToPath(
  new URL('../../../../shared/data/abide/Phenotypic_V1_0b_preprocessed1.csv', import.meta.url),
);
const mapping = fileURLToPath(new URL('../../../data/mappings/abide-1.yaml', import.meta.url));

let slurm: RunningSlurm;
let catalog: RunCatalog;
let stop: () => Promise<void>;
let token: string;
beforeAll(async () => {
  slurm = await startSlurm();
  catalog = await startRunCatalog({ SLURM_URL: slurm.url, SLURM_USER: 'root', SLURM_JWT_FILE: slurm.jwtFile });
  token = await catalog.token('RESEARCHER');
  await takeRecords(
    catalog,
    [record('small', { slug: 'small' }), record('abide', { slug: 'abide', accessClass: 'OPEN_NON_COMMERCIAL' })],
    {
      publish: true,
    },
  );
  const datasetId = datasetIdOf('small');
  const source = { name: 'table', kind: 'TABLE' } as const;
  const variables = ['height', 'weight'].map((name) => ({ name, type: 'DECIMAL' }));
  await intakeVariables(
    { datasetId, source, variables: [...variables, { name: 'split', type: 'TEXT' }] },
    catalog.app.rows,
  );
  const subjects = Array.from({ length: 12 }, (_, index) => {
    const split = index < 8 ? 'train' : 'test';
    const numbers = [
      { variable: 'height', number: 150 + index },
      ...(index % 4 === 3 ? [] : [{ variable: 'weight', number: 50 + index }]),
    ];
    const values = [
      ...numbers.map((value) => ({ ...value, text: String(value.number) })),
      { variable: 'split', text: split },
    ];
    return subject(`s${String(index).padStart(2, '0')}`, [], { values });
  });
  expect((await takeRows(catalog, 'small', subjects, { source: 'table', kind: 'TABLE' })).rejected).toEqual([]);
  stop = catalog.work();
});
afterAll(async () => {
  await stop();
  await catalog.close();
  await slurm.stop();
});

/** The run, whose failure is told. */
async function succeeded(input: object): Promise<any> {
  const answer = await catalog.launch({ pipeline: 'impute-clinical@1', ...input }, token);
  expect(answer).toMatchObject({ __typename: 'LaunchedRun' });
  const run = await catalog.ended(answer.run.id, token);
  expect([run.state, run.error]).toEqual(['SUCCEEDED', null]);
  return run;
}

async function weights(slug: string): Promise<readonly number[]> {
  const { data } = await catalog.ask(
    `query ($slug: String!) { dataset(slug: $slug) { subjects(first: 100) { nodes { values(names: ["weight"]) { number } } } } }`,
    { slug },
    token,
  );
  return data.dataset.subjects.nodes.map(({ values }: any) => values[0].number);
}

const parameters = { method: 'mean', variables: ['height', 'weight'], splitColumn: 'split' };

describe('impute-clinical from the API', () => {
  it('fills by the mean of the training rows alone, with equal bytes on both engines', async () => {
    const local = await succeeded({ dataset: 'small', parameters, engine: 'local' });
    const remote = await succeeded({ dataset: 'small', parameters, engine: 'slurm' });
    const digests = (run: any): unknown => run.outputs.map(({ path, sha256 }: any) => [path, sha256]);
    expect(digests(remote)).toEqual(digests(local));
    // 50, 51, 52, 54, 55, 56 are known in training: 53 on average; the last row, of the test rows, gets the same.
    for (const { derivedDataset } of [local, remote])
      expect(await weights(derivedDataset.slug)).toEqual([50, 51, 52, 53, 54, 55, 56, 53, 58, 59, 60, 53]);
  });

  it('tells why it refuses', async () => {
    const { run: asked } = await catalog.launch(
      { pipeline: 'impute-clinical@1', dataset: 'small', parameters: { ...parameters, trainingValue: 'nobody' } },
      token,
    );
    const run = await catalog.ended(asked.id, token);
    expect(run.state).toBe('FAILED');
    const { data } = await catalog.ask(
      `query ($id: ID!) { run(id: $id) { logs(stream: STDERR) { text } } }`,
      { id: run.id },
      token,
    );
    expect(data.run.logs.text).toContain('There is no training row');
  });

  it.skipIf(!existsSync(abide)).each(['local', 'slurm'])(
    'on ABIDE I, on %s: 1,112 people, no gap left',
    async (engine) => {
      const report = await ingestTable({ file: abide, dataset: 'abide', mapping }, catalog.app);
      expect([report.accepted + report.unchanged, report.rejected]).toEqual([1_112, []]);
      const variables = ['FIQ', 'VIQ', 'PIQ', 'AGE_AT_SCAN'];
      const run = await succeeded({
        cohort: { dataset: 'abide', where: {} },
        parameters: { method: 'knn', variables },
        engine,
      });
      expect(run.cohort.memberCount).toBe(1_112);
      expect(run.derivedDataset.accessClass).toBe('OPEN_NON_COMMERCIAL');
      const { data } = await catalog.ask(
        `query ($slug: String!) { dataset(slug: $slug) { subjects { totalCount { ... on ExactCount { value } } }
        variables(first: 200, where: { name: { in: ["FIQ", "VIQ", "PIQ"] } }) { nodes { name type summary { n missing } } } } }`,
        { slug: run.derivedDataset.slug },
        token,
      );
      expect(data.dataset.subjects.totalCount.value).toBe(1_112);
      for (const { summary } of data.dataset.variables.nodes) expect(summary).toEqual({ n: 1_112, missing: 0 });
    },
  );
});
