import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobSpec } from '../../src/pipelines/index.ts';

/** Bytes and words that a shell, a template or an option parser could stumble over. */
export const hostileTexts: readonly string[] = [
  '$(touch pwned)',
  '`touch pwned`',
  "'; touch pwned; '",
  '"; touch pwned; "',
  'a\ntouch pwned\n',
  '--volume=/etc:/x',
  '-rf',
  '${IFS}touch${IFS}pwned',
  '| touch pwned',
  '&& touch pwned',
  '\\',
  '*',
  '~root',
  '%s%n',
  '!!',
  'é\u202e\u{1f9e0}\t\r',
  '#!/bin/sh',
  ' ',
];

/** A job of one shell program, with its folder made. */
export async function makeJob(body: string, change: Partial<JobSpec> = {}): Promise<JobSpec> {
  const folder = join(await realpath(await mkdtemp(join(tmpdir(), 'mia-job-'))), '1');
  for (const name of ['program', 'inputs', 'outputs', 'job']) await mkdir(join(folder, name), { recursive: true });
  await chmod(join(folder, '..'), 0o755);
  await writeFile(join(folder, 'program/body.sh'), body);
  await writeFile(join(folder, 'params.json'), '{"answer":42}');
  await writeFile(join(folder, 'inputs/table.tsv'), 'a\tb\n1\t2\n');
  return {
    runId: randomUUID(),
    attempt: 1,
    folder,
    command: ['/bin/sh', 'program/body.sh'],
    environment: {},
    image: undefined,
    python: undefined,
    limits: { cpus: 1, memoryMiB: 256, timeoutS: 60, processes: 64, gpus: undefined },
    ...change,
  };
}
