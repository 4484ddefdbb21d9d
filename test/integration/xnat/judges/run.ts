/**
 * Runs unmodified pyxnat and xnatpy against the simulator and compares what they see with what our client sees.
 * `node test/integration/xnat/judges/run.ts [--every N] [--out FILE]` looks inside every N-th session (default 50), says what
 * is wrong, and ends with a line `N passed, N failed`; exit 0 when both agree with us and only the listed steps fail.
 * Needs python3 with venv and pip; the environment is kept in node_modules/.cache.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { z } from 'zod';
import { connectXnat, simulatorCollections, startXnatSimulator } from '../../../../src/compose-xnat.ts';
import { silentLogger } from '../../../../src/kernel/logger.ts';
import type { XnatServer } from '../../../../src/xnat/index.ts';
import { writeOurProject } from './our-project.ts';
import {
  ourDemographics,
  ourExperiments,
  ourMembers,
  ourProjects,
  ourSearch,
  ourSessions,
  ourSubjects,
  ourVariables,
} from './our-view.ts';
import { pythonOfJudges } from './python-of-judges.ts';

const here = import.meta.dirname;
const root = resolve(here, '../../../..');

const verdictSchema = z.object({
  client: z.string(),
  steps: z.array(
    z.object({
      step: z.string(),
      ok: z.boolean(),
      error: z.string().optional(),
      at: z.string().optional(),
      seconds: z.number().optional(),
    }),
  ),
  seen: z.record(z.string(), z.unknown()),
});
type Verdict = z.infer<typeof verdictSchema>;

const expectedSchema = z.array(z.object({ client: z.string(), step: z.string(), error: z.string(), why: z.string() }));

/** Result for one judge. */
interface Judgement {
  readonly client: string;
  readonly passed: number;
  readonly failed: number;
  readonly listedFailures: readonly string[];
  readonly unexpectedFailures: readonly string[];
  /** Listed as failing, but passed: the list is out of date. */
  readonly unexpectedPasses: readonly string[];
  readonly compared: number;
  /** How many of the compared answers differ, and where. */
  readonly differing: number;
  readonly differences: readonly string[];
  readonly seconds: number;
}

async function judge(every: string): Promise<Judgement[]> {
  const python = await pythonOfJudges();
  const shipped = resolve(root, 'data/idc');
  const folder = existsSync(resolve(shipped, 'upenn_gbm.series.csv.gz'))
    ? shipped
    : resolve(root, '../shared/data/idc');
  const abide = resolve(root, '../shared/data/abide/Phenotypic_V1_0b_preprocessed1.csv');
  if (!existsSync(abide)) console.log(`skipped: ABIDE, for want of ${relative(root, abide)}`);
  const simulator = await startXnatSimulator({
    host: '127.0.0.1',
    port: 0,
    users: [],
    idc: { folder, collections: simulatorCollections },
    abide: existsSync(abide) ? { path: abide } : undefined,
    logger: silentLogger,
  });
  const server = connectXnat({
    url: simulator.url,
    credentials: { kind: 'password', login: 'admin', password: 'admin' },
    allowPrivate: true,
    concurrency: 8,
    logger: silentLogger,
  });
  try {
    await writeOurProject(server);
    const judgements: Judgement[] = [];
    for (const script of ['judge_xnatpy.py', 'judge_pyxnat.py']) {
      const started = performance.now();
      const verdict = await hear(python, script, [simulator.url, every]);
      const seconds = Math.round((performance.now() - started) / 100) / 10;
      judgements.push({ ...weigh(verdict), ...(await compare(server, verdict)), seconds });
    }
    return judgements;
  } finally {
    await server.close(AbortSignal.timeout(5000));
    await simulator.close();
  }
}

function hear(python: string, script: string, args: readonly string[]): Promise<Verdict> {
  return new Promise((settle, fail) => {
    const child = spawn(python, [resolve(here, script), ...args], { stdio: ['ignore', 'pipe', 'inherit'], cwd: here });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', fail);
    child.once('close', () => {
      // Clients print progress bars of their own: the verdict is the last line.
      const last = Buffer.concat(chunks).toString('utf8').trim().split('\n').at(-1) ?? '';
      try {
        settle(verdictSchema.parse(JSON.parse(last)));
      } catch (cause) {
        fail(new Error(`${script} gave no verdict`, { cause }));
      }
    });
  });
}

function weigh(verdict: Verdict) {
  const expected = expectedSchema
    .parse(JSON.parse(readFileSync(resolve(here, 'expected-failures.json'), 'utf8')))
    .filter((one) => one.client === verdict.client);
  const failed = verdict.steps.filter((step) => !step.ok);
  const isListed = (step: (typeof failed)[number]): boolean =>
    expected.some((one) => one.step === step.step && step.error?.startsWith(one.error) === true);
  return {
    client: verdict.client,
    passed: verdict.steps.length - failed.length,
    failed: failed.length,
    listedFailures: failed.filter(isListed).map((step) => step.step),
    unexpectedFailures: failed
      .filter((step) => !isListed(step))
      .map((step) => `${step.step}: ${step.error ?? ''} (${step.at ?? ''})`),
    unexpectedPasses: expected
      .filter((one) => verdict.steps.some((step) => step.step === one.step && step.ok))
      .map((one) => one.step),
  };
}

const record = z.record(z.string(), z.unknown());

async function compare(
  server: XnatServer,
  verdict: Verdict,
): Promise<{ compared: number; differing: number; differences: string[] }> {
  const differences: string[] = [];
  let [compared, differing] = [0, 0];
  for (const [step, theirs] of Object.entries(verdict.seen)) {
    const [what = '', project = ''] = step.split(' ');
    const ours = await ourAnswer(server, { what, project, client: verdict.client }, theirs);
    if (ours === undefined) continue;
    compared += 1;
    const found = differ(step, ours, theirs);
    if (found.length > 0) differing += 1;
    differences.push(...found);
  }
  return { compared, differing, differences };
}

/** What we see where a judge saw something; undefined for what has no counterpart. */
async function ourAnswer(
  server: XnatServer,
  asked: { readonly what: string; readonly project: string; readonly client: string },
  theirs: unknown,
): Promise<unknown> {
  const { what, project } = asked;
  const ids = (): string[] => Object.keys(record.parse(theirs));
  if (what === 'projects') {
    const ours = await ourProjects(server);
    Reflect.deleteProperty(ours, `kept_${asked.client.split(' ')[0] ?? ''}`); // made after the judge listed projects
    return Array.isArray(theirs) ? Object.keys(ours) : ours;
  }
  if (!/^\w+$/.test(project)) return undefined;
  if (what === 'subjects') return ourSubjects(server, project);
  if (what === 'experiments') return ourExperiments(server, project);
  if (what === 'inside') return ourSessions(server, ids());
  if (what === 'fields') return ourDemographics(server, ids());
  if (what === 'variables') return ourVariables(server, ids());
  if (what === 'members') return ourMembers(server, project);
  return what === 'search' && Array.isArray(theirs) ? ourSearch(server, project) : undefined;
}

/** Paths at which two answers differ, at most five. */
function differ(path: string, ours: unknown, theirs: unknown): string[] {
  if (isDeepStrictEqual(ours, theirs)) return [];
  const [left, right] = [record.safeParse(ours), record.safeParse(theirs)];
  if (!left.success || !right.success) {
    return [`${path}: we see ${JSON.stringify(ours)}, they see ${JSON.stringify(theirs)}`.slice(0, 300)];
  }
  const keys = new Set([...Object.keys(left.data), ...Object.keys(right.data)]);
  return [...keys].flatMap((key) => differ(`${path} / ${key}`, left.data[key], right.data[key])).slice(0, 5);
}

const { values } = parseArgs({ options: { every: { type: 'string', default: '50' }, out: { type: 'string' } } });
const judgements = await judge(values.every);
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify({ judgements }, null, 2)}\n`);
let [passed, failed] = [0, 0];
for (const one of judgements) {
  const faults = [
    ...one.unexpectedFailures,
    ...one.unexpectedPasses.map((step) => `${step}: passes, but is listed as failing`),
    ...one.differences,
  ];
  for (const step of one.listedFailures) console.log(`listed: ${one.client}: ${step} (see expected-failures.json)`);
  for (const fault of faults) console.log(`FAILED: ${one.client}: ${fault}`);
  const agreed = one.compared - one.differing;
  console.log(`${one.client}: ${one.passed} steps, ${agreed} of ${one.compared} answers as ours, ${one.seconds} s`);
  passed += one.passed + agreed;
  failed += one.unexpectedFailures.length + one.unexpectedPasses.length + one.differing;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && judgements.every((one) => one.compared > 0) ? 0 : 1;
