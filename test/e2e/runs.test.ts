import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intakeVariables } from '../../src/catalog/index.ts';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { tokenFor } from '../kit/curate.ts';
import { record, subject, takeRecords, takeRows } from '../kit/intake.ts';
import { type RunCatalog, startRunCatalog } from '../kit/run-worker.ts';

let catalog: RunCatalog;
let stop: () => Promise<void>;
let researcher: string;
let admin: string;

beforeAll(async () => {
  catalog = await startRunCatalog();
  researcher = await catalog.token('RESEARCHER');
  admin = await catalog.token('ADMIN');
  for (const [slug, fields] of [
    ['small', { accessClass: 'OPEN_NON_COMMERCIAL', license: 'CC-BY-NC-4.0', dataUseTerms: ['DUO:0000018'] }],
    ['closed', { accessClass: 'RESTRICTED' }],
    ['bound', { dataUseTerms: ['DUO:0000021'] }],
  ] as const)
    await fill(slug, fields);
  await takeRecords(catalog, [record('draft', { slug: 'draft' })]);
  stop = catalog.work();
});
afterAll(async () => {
  await stop();
  await catalog.close();
});

async function fill(slug: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
  await takeRecords(catalog, [record(slug, { slug, ...fields })], { publish: true });
  const source = { name: 'table', kind: 'TABLE' } as const;
  const variables = [
    { name: 'weight', type: 'DECIMAL', unit: 'kg', label: 'Weight' },
    { name: 'hand', type: 'CATEGORICAL', categories: { 1: 'left', 2: 'right' } },
  ];
  await intakeVariables({ datasetId: datasetIdOf(slug), source, variables }, catalog.app.rows);
  const subjects = ['a', 'b', 'c'].map((label, index) =>
    subject(label, [], {
      sex: index === 0 ? 'F' : 'M',
      ageYears: 20 + index,
      values: [
        { variable: 'weight', text: String(60 + index), number: 60 + index },
        ...(index === 2 ? [] : [{ variable: 'hand', text: String(index + 1), label: ['left', 'right'][index] }]),
      ],
    }),
  );
  expect((await takeRows(catalog, slug, subjects, { source: 'table', kind: 'TABLE' })).rejected).toEqual([]);
}

describe('a run from a cohort to a derived dataset', () => {
  it('stages a BIDS table, runs in the sandbox, and registers what came out, as closed as its input', async () => {
    const { run: asked } = await catalog.launch(
      { cohort: { dataset: 'small', where: { sex: { eq: 'M' } } } },
      researcher,
    );
    expect(asked).toMatchObject({ state: 'REQUESTED', engine: 'local', cohort: { dataset: 'small', memberCount: 2 } });
    const run = await catalog.ended(asked.id, researcher);
    expect(run).toMatchObject({ state: 'SUCCEEDED', error: null, exitCode: 0, attempt: 1 });
    expect(run.timeline.map(({ state }: any) => state).filter((state: string) => state !== 'RUNNING')).toEqual([
      'REQUESTED',
      'STAGING',
      'SUBMITTING',
      'QUEUED',
      'COLLECTING',
      'REGISTERING',
      'SUCCEEDED',
    ]);
    expect(run.inputs.map(({ path }: any) => path)).toEqual([
      'inputs/small/participants.json',
      'inputs/small/participants.tsv',
      'params.json',
    ]);
    expect(run.logs).toEqual({ text: 'good: reading participants.tsv\n', complete: true });
    const slug = run.derivedDataset.slug;
    expect(run.derivedDataset).toEqual({ slug, status: 'DRAFT', accessClass: 'OPEN_NON_COMMERCIAL' });
    expect(run.outputs).toEqual([expect.objectContaining({ path: 'outputs/participants.tsv', dataset: { slug } })]);
    const { data } = await catalog.ask(
      `query ($slug: String!) { dataset(slug: $slug) { accessClass license { spdxId } relations { type dataset { slug } } generatedBy { id }
        origins { field source } variables { nodes { name type unit label } }
        subjects { nodes { label sex ageYears values { name number label text } } } } small: dataset(slug: "small") { runs { nodes { id } } } }`,
      { slug },
      researcher,
    );
    expect(data.dataset).toMatchObject({
      license: { spdxId: 'CC-BY-NC-4.0' },
      relations: [{ type: 'DERIVED_FROM', dataset: { slug: 'small' } }],
      generatedBy: { id: run.id },
    });
    expect(data.dataset.variables.nodes.map(({ name, type, unit }: any) => [name, type, unit])).toEqual([
      ['weight', 'DECIMAL', 'kg'],
      ['hand', 'CATEGORICAL', null],
      ['mark', 'TEXT', null],
    ]);
    expect(data.dataset.subjects.nodes.map(({ label, sex, ageYears }: any) => [label, sex, ageYears])).toEqual([
      ['b', 'M', 21],
      ['c', 'M', 22],
    ]);
    expect(data.dataset.subjects.nodes[0].values).toEqual([
      { name: 'weight', number: 61, label: null, text: '61' },
      { name: 'hand', number: null, label: 'right', text: '2' },
      { name: 'mark', number: null, label: null, text: 'seen' },
    ]);
    expect(data.small.runs.nodes).toContainEqual({ id: run.id });
  });

  it('is the same run for the same key and input, and a conflict for another input', async () => {
    const input = { dataset: 'small', idempotencyKey: 'once', parameters: { mark: 'x' } };
    const both = await Promise.all([catalog.launch(input, researcher), catalog.launch(input, researcher)]);
    expect(both[0].run.id).toBe(both[1].run.id);
    await catalog.ended(both[0].run.id, researcher);
    expect((await catalog.launch(input, researcher)).run.id).toBe(both[0].run.id);
    const { errors } = await catalog.launch({ ...input, parameters: { mark: 'y' } }, researcher);
    expect(errors[0].extensions.code).toBe('CONFLICT');
    // A key is its owner's.
    const other = await catalog.launch(input, admin);
    expect(other.run.id).not.toBe(both[0].run.id);
    await catalog.ended(other.run.id, admin);
  });

  it('is repeated with the same bytes, although the rows have changed', async () => {
    const { run: asked } = await catalog.launch({ dataset: 'bound', acceptedTerms: ['DUO:0000021'] }, researcher);
    const first = await catalog.ended(asked.id, researcher);
    await takeRows(catalog, 'bound', [subject('a', [], { sex: 'O' })], { source: 'other', kind: 'XNAT' });
    const { data, errors } = await catalog.ask(
      `mutation ($input: RerunInput!) { rerun(input: $input) { ... on LaunchedRun { run { id rerunOf { id } } } } }`,
      { input: { id: first.id, idempotencyKey: 'again' } },
      researcher,
    );
    expect(errors).toBeUndefined();
    expect(data.rerun.run.rerunOf).toEqual({ id: first.id });
    const second = await catalog.ended(data.rerun.run.id, researcher);
    const digests = (run: any): unknown =>
      [...run.inputs, ...run.outputs].map(({ path, sha256 }: any) => [path, sha256]);
    expect(digests(second)).toEqual(digests(first));
    expect(second.derivedDataset.slug).not.toBe(first.derivedDataset.slug);
  });

  it('is cancelled in the middle: nothing is registered, its process ends, its folder goes', async () => {
    const { run } = await catalog.launch({ dataset: 'small', parameters: { mode: 'slow' } }, researcher);
    await until(async () => (await stateOf(run.id)) === 'RUNNING');
    const cancel = `mutation ($input: CancelRunInput!) { cancelRun(input: $input) { run { state } } }`;
    for (let time = 0; time < 2; time += 1)
      expect((await catalog.ask(cancel, { input: { id: run.id } }, researcher)).data.cancelRun.run.state).toBe(
        'CANCELLED',
      );
    const uuid = run.id.split(':')[1];
    await until(async () => !(await readdir(join(catalog.home, 'runs'))).includes(uuid));
    expect(await catalog.ended(run.id, researcher)).toMatchObject({
      state: 'CANCELLED',
      derivedDataset: null,
      outputs: [],
    });
  });
});

describe('a program that does not do what it should', () => {
  it.each([
    ['exit', 'The program ended with exit code 3.'],
    ['nothing', 'without the outputs it promises: participants.tsv'],
    ['link', '"passwd" is no plain file'],
    ['device', '"pipe" is no plain file'],
    ['name', 'has a name that is not UTF-8'],
    ['ragged', 'line 2 has another number of cells'],
    ['twice', 'a participant_id is there twice'],
  ])('%s: fails with a sentence, registers nothing, keeps its log', async (mode, sentence) => {
    const { run: asked } = await catalog.launch({ dataset: 'small', parameters: { mode } }, researcher);
    const run = await catalog.ended(asked.id, researcher);
    expect(run).toMatchObject({ state: 'FAILED', derivedDataset: null, error: expect.stringContaining(sentence) });
    expect(run.logs.text).toContain(`${mode}: reading`);
    const [{ n }] = (await catalog.app.db.query<{ n: number }[]>(
      'SELECT count(*)::int AS n FROM dataset WHERE slug LIKE $1',
      [`%${asked.id.split(':')[1].replaceAll('-', '').slice(0, 12)}`],
    )) as [{ n: number }];
    expect(n).toBe(0);
  });

  it('prints a secret: the log has it not', async () => {
    const { run: asked } = await catalog.launch({ dataset: 'small', parameters: { mode: 'secret' } }, researcher);
    const { logs } = await catalog.ended(asked.id, researcher);
    expect(logs.text).toContain('Bearer [redacted] and [redacted]');
  });
});

describe('what stands against a run', () => {
  it.each([
    [{ dataset: 'closed' }, ['NO_ACCESS_TO_ROWS']],
    [{ dataset: 'bound' }, ['DATA_USE_NOT_ACCEPTED']],
    [{ cohort: { dataset: 'small', where: { sex: { eq: 'O' } } } }, ['EMPTY_COHORT']],
    [{ dataset: 'small', parameters: { of: 'height' } }, ['VARIABLE_MISSING']],
    [{ dataset: 'small', parameters: { colour: 1, mode: 'dance' } }, ['PARAMETER_UNKNOWN', 'PARAMETER_INVALID']],
    [{ dataset: 'small', parameters: { mark: 'a\0b' } }, ['PARAMETER_INVALID']],
    [{ dataset: 'small', engine: 'abacus' }, ['ENGINE_UNKNOWN']],
  ])('%j', async (input, codes) => {
    const answer = await catalog.launch(input, researcher);
    expect(answer).toMatchObject({ __typename: 'RunRejected' });
    expect(answer.reasons.map(({ code }: any) => code)).toEqual(codes);
  });

  it.each([
    [{ dataset: 'small' }, undefined, 'UNAUTHENTICATED'],
    [{ dataset: 'nowhere' }, 'RESEARCHER', 'NOT_FOUND'],
    [{ dataset: 'draft' }, 'RESEARCHER', 'NOT_FOUND'],
    [{ dataset: 'small', pipeline: 'none' }, 'RESEARCHER', 'NOT_FOUND'],
    [{ dataset: 'small', idempotencyKey: '' }, 'RESEARCHER', 'BAD_USER_INPUT'],
    [{}, 'RESEARCHER', 'BAD_USER_INPUT'],
    [{ dataset: 'small', parameters: [1] }, 'RESEARCHER', 'BAD_USER_INPUT'],
  ] as const)('%j by %s is %s', async (input, role, code) => {
    const { errors } = await catalog.launch(input, role === undefined ? undefined : await catalog.token(role));
    expect(errors[0].extensions.code).toBe(code);
  });

  it('is quotas: of two runs at once, the second waits outside', async () => {
    const tight = await startRunCatalog({ MIA_RUNS_OPEN: '1' });
    try {
      await takeRecords(tight, [record('small', { slug: 'small' })], { publish: true });
      await takeRows(tight, 'small', [subject('a', [])]);
      const token = await tight.token('RESEARCHER');
      const answers = await Promise.all([1, 2, 3].map(async () => await tight.launch({ dataset: 'small' }, token)));
      expect(answers.map(({ __typename }) => __typename).sort()).toEqual(['LaunchedRun', 'RunRejected', 'RunRejected']);
      expect(answers.flatMap(({ reasons = [] }) => reasons.map(({ code }: any) => code))).toEqual([
        'QUOTA_EXCEEDED',
        'QUOTA_EXCEEDED',
      ]);
    } finally {
      await tight.close();
    }
  });
});

describe('who sees a run', () => {
  it('is its owner, and stewards and admins; what is in it, who may see the rows', async () => {
    const owner = await tokenFor(catalog, 'RESEARCHER', 'closed');
    const { run: asked } = await catalog.launch({ dataset: 'closed' }, owner);
    const run = await catalog.ended(asked.id, owner);
    expect(run).toMatchObject({ state: 'SUCCEEDED', derivedDataset: { accessClass: 'RESTRICTED', status: 'DRAFT' } });
    const steward = await catalog.token('STEWARD');
    const query = `query ($id: ID!) { run(id: $id) { id crateUrl logs { text } } node(id: $id) { id } runs { nodes { id } }
      dataset(slug: "closed") { runs { nodes { id } totalCount { ... on ExactCount { value } } } } }`;
    const seen = async (token?: string): Promise<any> => (await catalog.ask(query, { id: run.id }, token)).data;
    for (const token of [undefined, researcher]) {
      const { run: found, node, runs, dataset } = await seen(token);
      expect([found, node, dataset.runs.totalCount.value]).toEqual([null, null, 0]);
      expect(runs.nodes).not.toContainEqual({ id: run.id });
    }
    for (const [token, inside] of [
      [owner, true],
      [steward, false],
      [admin, true],
    ] as const) {
      const { run: found, node, runs, dataset } = await seen(token);
      expect([found.crateUrl !== null, found.logs !== null]).toEqual([inside, inside]);
      expect(node).toEqual({ id: run.id });
      expect(runs.nodes).toContainEqual({ id: run.id });
      expect(dataset.runs.nodes).toEqual([{ id: run.id }]);
    }
    const crate = async (token?: string): Promise<number> =>
      (
        await fetch(`${catalog.url}/runs/${run.id.split(':')[1]}/crate.zip`, {
          headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        })
      ).status;
    expect([
      await crate(),
      await crate(researcher),
      await crate(steward),
      await crate(owner),
      await crate(admin),
    ]).toEqual([401, 404, 403, 200, 200]);
    const cancel = `mutation ($input: CancelRunInput!) { cancelRun(input: $input) { run { state } } }`;
    const { errors } = await catalog.ask(cancel, { input: { id: run.id } }, researcher);
    expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    expect((await catalog.ask(cancel, { input: { id: run.id } }, owner)).data.cancelRun.run.state).toBe('SUCCEEDED');
  });

  it('is told in the audit trail: asked, refused, registered, cancelled', async () => {
    const rows = await catalog.app.db.query<{ action: string; outcome: string }[]>(
      `SELECT DISTINCT action, outcome FROM audit_entry WHERE action LIKE 'run.%' OR action = 'pipeline.launch' ORDER BY 1, 2`,
    );
    expect(rows.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'pipeline.launch DONE',
      'pipeline.launch REFUSED',
      'run.cancel DONE',
      'run.cancel REFUSED',
      'run.register DONE',
    ]);
  });
});

async function stateOf(id: string): Promise<string> {
  return (await catalog.ask('query ($id: ID!) { run(id: $id) { state } }', { id }, admin)).data.run.state;
}

async function until(met: () => Promise<boolean>): Promise<void> {
  while (!(await met())) await new Promise((resolve) => setTimeout(resolve, 50));
}
