import { execFile } from 'node:child_process';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip, gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { messageOf } from '../../src/kernel/errors.ts';
import type { Figure } from '../figure.ts';
import { compared, judged, round } from '../judge-figure.ts';
import { equalityFigures } from './parse-equality.ts';

const execute = promisify(execFile);
const folder = resolve(process.cwd(), '../shared/data/pubmed-xml');
const sample = join(folder, 'pubmedsample18n0001.xml.gz');
/** Least XML that is read for a figure of speed. */
const leastBytes = 200 * 2 ** 20;
/** Rounds; the median of the ratios counts, as other work on the machine comes and goes. */
const rounds = 3;

const cost = z.object({ citations: z.number(), seconds: z.number(), cpuSeconds: z.number(), peakMb: z.number() });
type Cost = z.infer<typeof cost>;

/** Parsing PubMed XML beside PyPI pubmed_parser, from the same .gz in the same run, and every field beside two other readers. */
export async function parseFigures(): Promise<readonly Figure[]> {
  if (!existsSync(sample)) return [{ name: 'parse', skipped: '../shared/data/pubmed-xml is not beside this checkout' }];
  const work = mkdtempSync(join(tmpdir(), 'mia-parse-'));
  try {
    const python = await installRivals(work);
    const equality = await equalityFigures(python, folder);
    return [...equality, ...(await speedFigures(python, work))];
  } catch (error) {
    return [{ name: 'parse', skipped: messageOf(error) }];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function installRivals(work: string): Promise<string> {
  const venv = join(work, 'venv');
  await execute('python3', ['-m', 'venv', venv]);
  await execute(join(venv, 'bin/pip'), ['install', '--quiet', 'pubmed_parser==0.5.1', 'lxml==6.1.3']);
  return join(venv, 'bin/python');
}

async function speedFigures(python: string, work: string): Promise<readonly Figure[]> {
  const file = join(work, 'repeated.xml.gz');
  const { citations, megabytes } = await repeatSample(file);
  const rival: Cost[] = [];
  const one: Cost[] = [];
  const two: Cost[] = [];
  for (let round = 0; round < rounds; round += 1) {
    rival.push(await measure('taskset', ['-c', '0', python, script('parse_pubmed.py'), 'time', file]));
    one.push(await measure('taskset', ['-c', '0', process.execPath, script('parse-file.ts'), file, '0']));
    two.push(await measure(process.execPath, [script('parse-file.ts'), file, '2']));
  }
  const wrong = [...rival, ...one, ...two].filter((run) => run.citations !== citations).length;
  const rates = (runs: readonly Cost[]): number => median(runs.map((run) => run.citations / run.seconds));
  const perCpu = (runs: readonly Cost[]): number => median(runs.map((run) => run.citations / run.cpuSeconds));
  const beside = { unit: 'citations/s', rival: 'pubmed_parser, one core, same run', rivalValue: rates(rival) };
  const besideCpu = { unit: 'citations/CPU-s', rival: beside.rival, rivalValue: perCpu(rival) };
  const from = `${round(megabytes, 0)} MB of XML from .gz`;
  const peak = (runs: readonly Cost[]): number => round(Math.max(...runs.map(({ peakMb }) => peakMb)), 0);
  return [
    {
      name: `runs that did not count ${citations} citations`,
      value: wrong,
      unit: 'runs',
      target: '= 0',
      met: wrong === 0,
    },
    compared({ name: `parse, one core, ${from}`, value: rates(one), ...beside }, { atLeast: 3 }),
    compared({ ...besideCpu, name: `parse, one core, per second of CPU, start included, ${from}`, value: perCpu(one) }),
    compared({ name: `parse, two workers, ${from}`, value: rates(two), ...beside }, { atLeast: 5 }),
    judged({ name: 'peak memory, one core', value: peak(one), unit: 'MB' }, { atMost: 600 }),
    judged({ name: 'peak memory, two workers', value: peak(two), unit: 'MB' }, { atMost: 600 }),
  ];
}

async function measure(command: string, args: readonly string[]): Promise<Cost> {
  const { stdout } = await execute(command, [...args]);
  const result = cost.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  process.stderr.write(`${args.at(-1) ?? ''} ${JSON.stringify(result)}\n`);
  return result;
}

/** The sample's citations again and again, as one file. */
async function repeatSample(file: string): Promise<{ readonly citations: number; readonly megabytes: number }> {
  const xml = gunzipSync(readFileSync(sample));
  const open = '<PubmedArticleSet>';
  const begin = xml.indexOf(open) + open.length;
  const body = xml.subarray(begin, xml.indexOf('</PubmedArticleSet>'));
  const times = Math.ceil(leastBytes / body.length);
  function* pieces(): Generator<Buffer> {
    yield xml.subarray(0, begin);
    for (let time = 0; time < times; time += 1) yield body;
    yield Buffer.from('</PubmedArticleSet>\n');
  }
  await pipeline(Readable.from(pieces()), createGzip({ level: 6 }), createWriteStream(file));
  const each = body.toString('latin1').split('<PubmedArticle>').length - 1;
  return { citations: each * times, megabytes: (body.length * times) / 2 ** 20 };
}

function script(name: string): string {
  return join(import.meta.dirname, name);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
