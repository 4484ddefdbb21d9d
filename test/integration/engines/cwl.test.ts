import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { environmentOf } from '../../kit/python-tools.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../../..');
const home = resolve(root, 'node_modules/.cache/cwltool');
const version = '3.3.20260925135507';
const cwltool = join(home, 'bin/cwltool');

/** The reference implementation of CWL, unmodified; made once. */
beforeAll(async () => {
  const stamp = join(home, `installed-${version}`);
  if (existsSync(stamp)) return;
  await run('python3', ['-m', 'venv', home]);
  await run(join(home, 'bin/python'), ['-m', 'pip', 'install', '--quiet', `cwltool==${version}`], {
    maxBuffer: 1 << 26,
  });
  await writeFile(stamp, '');
}, 600_000);

describe('cwltool', () => {
  it('takes every shipped specification for valid CWL, strictly', async () => {
    const shelf = resolve(root, 'pipelines');
    const folders = (await readdir(shelf, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    expect(folders.length).toBeGreaterThan(0);
    for (const { name } of folders) {
      const { stdout, stderr } = await run(cwltool, ['--validate', '--strict', join(shelf, name, `${name}.cwl`)]);
      expect(stdout + stderr).toContain('is valid CWL');
    }
  }, 120_000);

  it('runs impute-clinical from its specification alone', async () => {
    const { folder } = await environmentOf('impute-clinical');
    const at = await mkdtemp(join(tmpdir(), 'mia-cwl-'));
    await mkdir(join(at, 'inputs/tiny'), { recursive: true });
    await writeFile(join(at, 'inputs/tiny/participants.tsv'), 'participant_id\tage\na\t10\nb\tn/a\nc\t20\n');
    const params = { method: 'mean', variables: ['age'], neighbours: 5, trainingValue: 'train', missing: '', seed: 0 };
    await writeFile(join(at, 'params.json'), JSON.stringify(params));
    const spec = resolve(root, 'pipelines/impute-clinical/impute-clinical.cwl');
    const inputs = ['--params', join(at, 'params.json'), '--inputs', join(at, 'inputs')];
    await run(cwltool, ['--no-container', '--outdir', join(at, 'out'), spec, ...inputs], {
      env: { PATH: `${folder}/bin:/usr/local/bin:/usr/bin:/bin`, HOME: at },
    });
    const written = await readFile(join(at, 'out/outputs/participants.tsv'), 'utf8');
    expect(written).toBe('participant_id\tage\na\t10\nb\t15.0\nc\t20\n');
  }, 120_000);
});
