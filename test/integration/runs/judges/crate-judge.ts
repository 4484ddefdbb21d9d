import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);
const requirements = resolve(import.meta.dirname, 'requirements.txt');
const home = resolve(import.meta.dirname, '../../../../node_modules/.cache/crate-judge');

/** A Python with the unmodified validator of RO-Crates; made once, by venv and pip. @returns its path */
export async function pythonOfCrates(): Promise<string> {
  const python = resolve(home, 'bin/python');
  const wanted = readFileSync(requirements, 'utf8');
  const stamp = resolve(home, 'installed.txt');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  await run('python3', ['-m', 'venv', home]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], { maxBuffer: 1 << 26 });
  writeFileSync(stamp, wanted);
  return python;
}

const verdict = z.object({ crate: z.string(), code: z.number(), said: z.string(), complained: z.string() });

/** What the validator says of a crate, a ZIP archive: nothing, when it passes with every recommendation met. */
export async function judgeCrate(archive: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mia-crate-'));
  try {
    const file = join(folder, 'run.crate.zip');
    await writeFile(file, archive);
    const script = resolve(import.meta.dirname, 'validate_crate.py');
    const { stdout } = await run(await pythonOfCrates(), [script, join(folder, 'cache'), file], { maxBuffer: 1 << 26 });
    const { code, said, complained } = verdict.parse(JSON.parse(stdout));
    return code === 0 ? '' : `${said}\n${complained}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Unpacks an archive with Python's own zipfile, and checks every file's CRC. @returns names of its files */
export async function unpack(archive: Uint8Array, folder: string): Promise<readonly string[]> {
  const file = join(folder, 'archive.zip');
  await writeFile(file, archive);
  const program =
    'import sys, zipfile, json; z = zipfile.ZipFile(sys.argv[1]); bad = z.testzip(); z.extractall(sys.argv[2]); print(json.dumps([bad, z.namelist()]))';
  const { stdout } = await run('python3', ['-c', program, file, folder]);
  // The first member names a file whose CRC is wrong: there must be none.
  return z.tuple([z.null(), z.array(z.string())]).parse(JSON.parse(stdout))[1];
}
