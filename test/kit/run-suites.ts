import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startSystemPostgres } from './system-postgres.ts';

interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numTotalTestSuites: z.number(),
  success: z.boolean(),
});

/** Runs a command with its output shown; gives its exit code. */
async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  return await new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

async function runVitest(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'mia-report-'));
  const file = join(folder, 'report.json');
  try {
    const code = await run(
      'vitest',
      ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...args],
      env,
    );
    const report = vitestReport.parse(JSON.parse(await readFile(file, 'utf8')));
    // A file that cannot even be loaded fails without a failed test.
    return { passed: report.numPassedTests, failed: Math.max(report.numFailedTests, code === 0 ? 0 : 1) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runCommand(command: string, ...args: readonly string[]): Promise<Outcome> {
  const code = await run(command, args);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
}

/** The suites, quickest to find a fault first. `npm test` is what a newcomer runs; the others need more than npm brings. */
const suites: readonly (readonly [name: string, suite: () => Promise<Outcome>])[] = [
  ['format', () => runCommand('biome', 'check', '--linter-enabled=false', '.')],
  ['codegen', () => runCommand('npm', 'run', '--silent', 'codegen')],
  ['lint', () => runCommand('npm', 'run', '--silent', 'lint')],
  ['walls', () => runCommand('npm', 'run', '--silent', 'walls')],
  ['types', () => runCommand('npm', 'run', '--silent', 'types')],
  [
    'npm test (embedded PostgreSQL)',
    () => runVitest(['--project', 'unit', '--project', 'contract', '--project', 'integration', '--project', 'e2e']),
  ],
  [
    'PostgreSQL of the system',
    async () => {
      const server = await startSystemPostgres();
      try {
        return await runVitest(
          [
            '--project',
            'integration',
            '--project',
            'e2e',
            '--exclude',
            'test/integration/{embedded,xnat,retrieval}/**',
          ],
          {
            MIA_TEST_DATABASE_URL: server.url,
          },
        );
      } finally {
        await server.stop();
      }
    },
  ],
  // A real Elasticsearch from Maven Central, started by the suite itself.
  ['Elasticsearch', () => runVitest(['--project', 'retrieval'])],
  // Bubblewrap and a Slurm of Debian's packages, cwltool and scikit-learn from PyPI: what is absent is installed.
  ['engines of pipelines', () => runVitest(['--project', 'engines'])],
  // Whole runs on them, with scikit-learn and the validator of RO-Crates from PyPI.
  ['runs of pipelines and the judge of their crates', () => runVitest(['--project', 'runs'])],
  // pyxnat and xnatpy, unmodified, in a Python environment of their own.
  ['judges of the XNAT simulator', () => runCommand('node', 'test/integration/xnat/judges/run.ts')],
];

let passed = 0;
let failed = 0;
const summary: string[] = [];
for (const [name, suite] of suites) {
  process.stdout.write(`\n=== ${name}\n`);
  const began = performance.now();
  const outcome = await suite().catch((error: unknown): Outcome => {
    process.stdout.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return { passed: 0, failed: 1 };
  });
  passed += outcome.passed;
  failed += outcome.failed;
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  summary.push(`${name}: ${outcome.passed} passed, ${outcome.failed} failed in ${seconds} s`);
}
process.stdout.write(`\n${summary.join('\n')}\n\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
