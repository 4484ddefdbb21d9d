import { describe, expect, it } from 'vitest';
import { compileContainer, compilePlain, compileSandboxed } from '../../../src/pipelines/compile-local.ts';
import type { JobSpec } from '../../../src/pipelines/index.ts';
import { checkJob } from '../../../src/pipelines/job-grammar.ts';
import { hostileTexts } from '../../kit/job-bodies.ts';

const image = `registry.example:5000/team/tool@sha256:${'ab'.repeat(32)}`;
const job: JobSpec & { readonly image: string } = {
  runId: '3f0e2f5c-58a3-4b0f-9d3e-3a1f6f1f7c11',
  attempt: 2,
  folder: '/srv/runs/one/2',
  command: ['tool', '--params', 'params.json'],
  environment: {},
  image,
  python: undefined,
  limits: { cpus: 3, memoryMiB: 512, timeoutS: 60, processes: 40, gpus: undefined },
};
const podman = {
  command: ['podman', '--root', '/srv/images'],
  user: '65534:65534',
  runOptions: ['--userns', 'keep-id'],
};
const name = `mia-${job.runId}-2`;

/** Values of an option, in their order. */
function valuesOf(command: readonly string[], option: string): readonly string[] {
  return command.flatMap((one, index) => (command[index - 1] === option ? [one] : []));
}

describe('a job in a container, as podman and docker are told', () => {
  const { command, cleanup, environment, isolation } = compileContainer(job, podman);

  it('has no network, no capability, no way to gain rights, and writes outputs/ and a bounded /tmp alone', () => {
    expect(command.slice(0, 4)).toEqual([...podman.command, 'run']);
    expect(isolation).toBe('CONTAINER');
    for (const flag of ['--rm', '--read-only', '--userns']) expect(command).toContain(flag);
    expect(
      Object.fromEntries(
        ['--network', '--cap-drop', '--security-opt', '--user', '--pull', '--name'].map((option) => [
          option,
          valuesOf(command, option),
        ]),
      ),
    ).toEqual({
      '--network': ['none'],
      '--cap-drop': ['all'],
      '--security-opt': ['no-new-privileges'],
      '--user': ['65534:65534'],
      '--pull': ['never'],
      '--name': [name],
    });
    expect(valuesOf(command, '--volume')).toEqual([
      '/srv/runs/one/2/program:/work/program:ro',
      '/srv/runs/one/2/inputs:/work/inputs:ro',
      '/srv/runs/one/2/params.json:/work/params.json:ro',
      '/srv/runs/one/2/outputs:/work/outputs:rw',
    ]);
    expect(valuesOf(command, '--tmpfs')).toEqual(['/tmp:rw,size=512m']);
  });

  it('has every limit of the job, and no swap beyond its memory', () => {
    const limits = ['--memory', '--memory-swap', '--cpus', '--pids-limit'].map((option) => valuesOf(command, option));
    expect(limits).toEqual([['512m'], ['512m'], ['3'], ['40']]);
  });

  it('runs the first word of its command as the entry point, and the image stands after the last option', () => {
    const end = command.indexOf('--');
    expect(command.slice(end)).toEqual(['--', image, '--params', 'params.json']);
    expect(command.slice(end - 2, end)).toEqual(['--entrypoint', 'tool']);
  });

  it('is removed by its name, with the engine it was started with', () => {
    expect(cleanup).toEqual([...podman.command, 'rm', '--force', name]);
    expect(environment).toBeUndefined();
  });

  it.each(hostileTexts)('keeps %j one word, in an argument and in the environment', (text) => {
    const { command: told } = compileContainer(
      { ...job, command: ['tool', text], environment: { ASKED: text } },
      podman,
    );
    expect(told.slice(told.indexOf('--'))).toEqual(['--', image, text]);
    expect(valuesOf(told, '--env')).toContain(`ASKED=${text}`);
    expect(told.length).toBe(command.length + 1);
  });
});

describe('the environment of a job, however it is run', () => {
  it.each([
    ['in a container', compileContainer(job, podman).command.join('\n')],
    ['in a sandbox', compileSandboxed(job).command.join('\n')],
    ['as a plain process', JSON.stringify(compilePlain(job).environment)],
  ])("%s: is ours, marked with the job, and nothing of the catalog's own", (_how, told) => {
    expect(told).toContain(name);
    for (const secret of [
      'DATABASE_URL',
      'PGPASSWORD',
      ...Object.keys(process.env).filter((key) => /^(?:npm_|VITEST)/.test(key)),
    ])
      expect(told).not.toContain(secret);
  });
});

describe('a job that is not of the strict form', () => {
  it.each<[string, Partial<JobSpec>, string]>([
    ['an image that begins with an option', { image: `--privileged@sha256:${'ab'.repeat(32)}` }, 'not digest-pinned'],
    ['an image with a space', { image: `a --privileged@sha256:${'ab'.repeat(32)}` }, 'not digest-pinned'],
    ['an image by a tag', { image: 'registry.example/tool:latest' }, 'not digest-pinned'],
    ['an image with a line feed', { image: `${image}\n` }, 'not digest-pinned'],
    ['a command that begins with an option', { command: ['--privileged', 'x'] }, 'begins with an option'],
    [
      'an environment name that is two words',
      { environment: { 'A=1 --privileged': 'x' } },
      'not letters, digits and _',
    ],
    ['an environment name that is an option', { environment: { '--privileged': '' } }, 'not letters, digits and _'],
    ['a loader in the environment', { environment: { LD_PRELOAD: '/tmp/x.so' } }, 'belongs to the engine'],
    ['another mark', { environment: { MIA_JOB: 'mia-other' } }, 'belongs to the engine'],
    ['a folder with a mount option', { folder: '/srv/runs:/etc' }, 'not a plain absolute path'],
    ['a folder that climbs', { folder: '/srv/runs/../../etc' }, 'not a plain absolute path'],
  ])('%s is refused', (_what, change, sentence) => {
    expect(() => checkJob({ ...job, ...change })).toThrow(sentence);
  });
});
