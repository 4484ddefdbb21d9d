import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const requirements = resolve(import.meta.dirname, 'requirements.txt');
const home = resolve(import.meta.dirname, '../../../../node_modules/.cache/xnat-judges');

/** A Python with unmodified pyxnat and xnatpy; made once, by venv and pip. @returns its path */
export async function pythonOfJudges(): Promise<string> {
  const python = resolve(home, 'bin/python');
  const wanted = readFileSync(requirements, 'utf8');
  const stamp = resolve(home, 'installed.txt');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  await run('python3', ['-m', 'venv', home]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], { maxBuffer: 1 << 26 });
  writeFileSync(stamp, wanted);
  return python;
}
