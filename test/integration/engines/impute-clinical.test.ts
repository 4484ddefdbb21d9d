import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderShelf } from '../../../src/pipelines/adapters/folder-shelf.ts';
import { LocalLauncher } from '../../../src/pipelines/adapters/local-launcher.ts';
import {
  checkParameters,
  type Pipeline,
  type PipelineLauncher,
  type PythonEnvironment,
} from '../../../src/pipelines/index.ts';
import { readAll, start, until } from '../../contract/pipelines/launcher-contract.ts';
import { type ClinicalTable, cellsOf, clinicalTable, clinicalVariables, errorOf } from '../../kit/clinical-table.ts';
import { makeJob } from '../../kit/job-bodies.ts';
import { environmentOf } from '../../kit/python-tools.ts';
import { type RunningSlurm, startSlurm } from '../../kit/slurm.ts';

let python: PythonEnvironment;
let pipeline: Pipeline;
let slurm: RunningSlurm;
const local = new LocalLauncher({ unsandboxed: false, logBytes: 1_000_000, isolations: ['SANDBOX'] });

beforeAll(async () => {
  python = await environmentOf('impute-clinical');
  const [first] = await new FolderShelf(resolve(import.meta.dirname, '../../../pipelines')).list();
  if (first === undefined) throw new Error('there is no shipped pipeline');
  pipeline = first;
  slurm = await startSlurm();
}, 900_000);
afterAll(() => slurm.stop());

/** Runs the pipeline as the catalog would: program, inputs and parameters staged, then the command of the specification. */
async function run(engine: PipelineLauncher, table: string, parameters: Readonly<Record<string, unknown>>) {
  const given = { variables: clinicalVariables, splitColumn: 'split', seed: 7, ...parameters };
  const { values, misfits } = checkParameters(pipeline.spec, given);
  expect(misfits).toEqual([]);
  const { command, limits } = pipeline.spec;
  const job = await makeJob('', { command, limits, python });
  await rm(join(job.folder, 'program/body.sh'));
  for (const { path, bytes } of pipeline.files) await writeFile(join(job.folder, 'program', path), bytes);
  await mkdir(join(job.folder, 'inputs/tiny'));
  await writeFile(join(job.folder, 'inputs/tiny/participants.tsv'), table);
  await writeFile(join(job.folder, 'params.json'), JSON.stringify(values));
  const begun = await start(engine, job);
  const ended = await until(engine, begun, 'ENDED', 100_000);
  const read = (name: string): Promise<string> => readFile(join(job.folder, 'outputs', name), 'utf8').catch(() => '');
  return {
    ended,
    tsv: await read('participants.tsv'),
    report: await read('report.json'),
    err: await readAll(engine, begun, 'stderr'),
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('impute-clinical', () => {
  const table: ClinicalTable = clinicalTable(160, 3);

  it.each([
    ['mean', 1.2],
    ['kmeans', 0.5],
    ['knn', 0.1],
    ['trees', 0.1],
  ])(
    'comes near the truth by %s, leaves what was measured as it was, and learns nothing outside training',
    async (method, most) => {
      const neighbours = method === 'kmeans' ? 4 : 5;
      const { ended, tsv, report, err } = await run(local, table.tsv, { method, neighbours });
      expect(err).toBe('');
      expect(ended.outcome).toBe('SUCCEEDED');
      const filled = cellsOf(tsv);
      expect(errorOf(filled, table)).toBeLessThan(most);
      const measured = (cells: number[][]): number[][] =>
        cells.map((row, i) => row.filter((_, place) => table.hidden[i]?.[place] === false));
      expect(measured(filled)).toEqual(measured(cellsOf(table.tsv)));
      const poisoned = await run(local, clinicalTable(160, 3, 1e6).tsv, { method, neighbours });
      const training = (text: string): string[] => text.split('\n').filter((line) => line.includes('\ttrain\t'));
      expect(training(tsv)).toHaveLength(120);
      expect(training(poisoned.tsv)).toEqual(training(tsv));
      const missing = clinicalVariables.map((_, place) => table.hidden.filter((row) => row[place] === true).length);
      expect(JSON.parse(report)).toMatchObject({
        method,
        rows: 160,
        trainingRows: 120,
        variables: clinicalVariables.map((name, place) => ({ name, missing: missing[place], filled: missing[place] })),
      });
    },
  );

  it('gives equal bytes on both engines for equal seeds', async () => {
    const here = await run(local, table.tsv, { method: 'trees' });
    const there = await run(slurm.launcher(), table.tsv, { method: 'trees' });
    expect(there.ended.outcome).toBe('SUCCEEDED');
    expect(sha256(there.tsv)).toBe(sha256(here.tsv));
    expect(there.report).toBe(here.report);
  });

  it.each<[string, string, Record<string, unknown>, string]>([
    [
      'a text among numbers',
      'participant_id\tsplit\tageYears\tiq\tvolumeMl\na\ttrain\tten\t1\t2\n',
      {},
      "ageYears of row 1 is 'ten', not a number",
    ],
    ['no training row', table.tsv, { trainingValue: 'nobody' }, 'There is no training row'],
    ['a variable that is not there', table.tsv, { variables: ['height'] }, "no column 'height'"],
    [
      'a variable without a value',
      'participant_id\tsplit\tageYears\tiq\tvolumeMl\na\ttrain\tn/a\t1\t2\n',
      {},
      'No training row has a value of ageYears',
    ],
  ])('says what is wrong with %s', async (_what, tsv, parameters, sentence) => {
    const { ended, err, tsv: written } = await run(local, tsv, parameters);
    expect(ended).toMatchObject({ outcome: 'FAILED', exitCode: 1 });
    expect(err).toContain(sentence);
    expect(written).toBe('');
  });

  it('takes a mark such as -9999 for a missing number', async () => {
    const marked = table.tsv.replaceAll('n/a', '-9999');
    expect((await run(local, marked, { method: 'mean', missing: '-9999' })).tsv).toBe(
      (await run(local, table.tsv, { method: 'mean' })).tsv,
    );
  });

  it('takes quotation marks for what they are: a table in the form of BIDS has no quoting', async () => {
    const rows = ['"quoted" first\ttrain\t1\t2\t3', "it's\ttrain\tn/a\t2\t3", 'six"\ttest\t1\t2\t3'];
    const head = 'participant_id\tsplit\tageYears\tiq\tvolumeMl';
    const { tsv } = await run(local, `${[head, ...rows].join('\n')}\n`, { method: 'mean' });
    expect(tsv).toBe(`${[head, ...rows].join('\n').replace('n/a', '1.0')}\n`);
  });

  it('keeps an open quotation mark from swallowing the rows below it', async () => {
    const tsv = 'participant_id\tsplit\tageYears\tiq\tvolumeMl\n"a\ttrain\t1\t2\t3\nb\ttrain\t1\t2\t3\n';
    expect((await run(local, tsv, { method: 'mean' })).tsv).toBe(tsv);
  });
});
