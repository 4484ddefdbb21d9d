import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../src/kernel/errors.ts';
import { FolderShelf } from '../../../src/pipelines/adapters/folder-shelf.ts';
import { assemblePipeline, checkParameters, parsePipelineSpec } from '../../../src/pipelines/index.ts';

const shelf = resolve(import.meta.dirname, '../../../pipelines');
const file = 'impute-clinical.cwl';
const yaml = readFileSync(resolve(shelf, 'impute-clinical', file), 'utf8');

/** What is said of the shipped specification with one text of it replaced. */
function saidOf(from: string, to: string): string {
  const changed = yaml.replace(from, to);
  if (changed === yaml) throw new Error(`the specification has no ${from}`);
  try {
    parsePipelineSpec(file, changed);
    return 'nothing';
  } catch (error) {
    if (error instanceof InvalidInputError) return error.message;
    throw error;
  }
}

describe('a specification', () => {
  it('becomes a command of constants, with all limits', () => {
    const spec = parsePipelineSpec(file, yaml);
    expect(spec.reference).toBe('impute-clinical@1');
    expect(spec.command.join(' ')).toBe(
      'python3 program/impute_clinical.py --params params.json --inputs inputs --outputs outputs',
    );
    expect(spec.limits).toEqual({ cpus: 1, memoryMiB: 1024, timeoutS: 1800, processes: 64, gpus: undefined });
    expect(spec.split).toEqual({ column: 'splitColumn', trainingValue: 'trainingValue', seed: 'seed' });
  });

  it('takes GPUs and a pinned image', () => {
    const image = `  DockerRequirement: { dockerPull: "registry.example:5000/mia/tabular@sha256:${'a'.repeat(64)}" }\n`;
    const gpu =
      '  cwltool:CUDARequirement: { cudaVersionMin: "12.4", cudaComputeCapability: "8.0", cudaDeviceCountMin: 2 }\n';
    const changed = yaml
      .replace('requirements:\n', `requirements:\n${image}${gpu}`)
      .replace('$namespaces:\n', '$namespaces:\n  cwltool: "http://commonwl.org/cwltool#"\n')
      .replace('  derives:', '  gpuType: a100\n  derives:');
    const spec = parsePipelineSpec(file, changed);
    expect(spec.limits.gpus).toEqual({ count: 2, type: 'a100' });
    expect(spec.image).toMatch(/^registry\.example:5000\/mia\/tabular@sha256:a{64}$/);
  });

  it.each([
    [
      '  ToolTimeLimit:\n    timelimit: 1800\n',
      '',
      'requirements.ToolTimeLimit: is missing or not complete: state timelimit in seconds',
    ],
    ['    ramMax: 1024\n', '', 'requirements.ResourceRequirement.ramMax'],
    [
      '  ToolTimeLimit:',
      '  InlineJavascriptRequirement: {}\n  ToolTimeLimit:',
      'InlineJavascriptRequirement: outside the subset; take it out',
    ],
    [
      '  ToolTimeLimit:',
      '  ShellCommandRequirement: {}\n  ToolTimeLimit:',
      'ShellCommandRequirement: outside the subset',
    ],
    [
      '  ToolTimeLimit:',
      '  DockerRequirement: { dockerPull: "python:3.12" }\n  ToolTimeLimit:',
      'must be a digest-pinned image',
    ],
    ['valueFrom: outputs', 'valueFrom: $(inputs.x)', 'arguments.0.valueFrom: must be one word'],
    [
      'location: impute_clinical.py',
      'location: ../../etc/passwd',
      'inputs.program.default.location: must be the name of a file',
    ],
    ['cwlVersion: v1.2', 'cwlVersion: v1.0', 'cwlVersion: must be v1.2'],
    ['  version: 1\n', '  version: 0\n', 'mia:catalog.version'],
    ['seed: seed }', 'seed: nothing }', 'mia:catalog.split.seed: must name a parameter of kind integer'],
    [
      'default: knn',
      'default: magic',
      'mia:catalog.parameters.method.default: must be one of mean, knn, kmeans, trees',
    ],
    ['- name: method', '- name: seed', 'mia:catalog.parameters.seed: is there twice'],
    ['id: impute-clinical', 'id: other', 'id: must be the same as mia:catalog.name'],
    ['label: Impute', 'stdin: x\nlabel: Impute', 'stdin: outside the subset'],
    ['file: report.json', 'file: ../report.json', 'mia:catalog.gives.1.file: must be a path below outputs/'],
    ['class: CommandLineTool', 'class: CommandLineTool\nclass: Workflow', 'it is not YAML'],
  ])('with %j as %j is refused by its place', (from, to, sentence) => {
    expect(saidOf(from, to)).toContain(sentence);
  });

  it('has another hash for another program', () => {
    const bytes = (program: string) =>
      new Map([
        [file, Buffer.from(yaml)],
        ['impute_clinical.py', Buffer.from(program)],
        ['requirements.txt', Buffer.from('')],
      ]);
    expect(assemblePipeline(file, bytes('a')).sha256).not.toBe(assemblePipeline(file, bytes('b')).sha256);
    expect(assemblePipeline(file, bytes('a')).sha256).toBe(assemblePipeline(file, bytes('a')).sha256);
    expect(() => assemblePipeline(file, new Map([[file, Buffer.from(yaml)]]))).toThrow(
      'impute_clinical.py: is named but not there',
    );
  });

  it('is right for every shipped pipeline', async () => {
    const pipelines = await new FolderShelf(shelf).list();
    expect(pipelines.map(({ spec }) => spec.reference)).toContain('impute-clinical@1');
  });
});

describe('parameters', () => {
  const spec = parsePipelineSpec(file, yaml);

  it('get their defaults', () => {
    expect(checkParameters(spec, { variables: ['age'] })).toEqual({
      values: { method: 'knn', variables: ['age'], neighbours: 5, trainingValue: 'train', missing: '', seed: 0 },
      misfits: [],
    });
  });

  it.each<[Record<string, unknown>, string, string]>([
    [{}, 'PARAMETER_MISSING', 'variables must be given.'],
    [{ variables: ['a'], methud: 'knn' }, 'PARAMETER_UNKNOWN', 'no parameter "methud"'],
    [{ variables: ['a', 'a'] }, 'PARAMETER_INVALID', 'variables has a name twice.'],
    [{ variables: 'a' }, 'PARAMETER_INVALID', 'must be a list'],
    [{ variables: ['a'], method: '$(x)' }, 'PARAMETER_INVALID', 'must be one of'],
    [{ variables: ['a'], neighbours: 0 }, 'PARAMETER_INVALID', 'at least 1'],
    [{ variables: ['a'], neighbours: 1.5 }, 'PARAMETER_INVALID', 'whole number'],
    [{ variables: ['a'], seed: '1' }, 'PARAMETER_INVALID', 'must be a number'],
    [{ variables: ['a'], constructor: 1 }, 'PARAMETER_UNKNOWN', 'constructor'],
  ])('%j are refused with %s', (given, code, sentence) => {
    const { misfits } = checkParameters(spec, given);
    expect(misfits).toHaveLength(1);
    expect(misfits[0]?.code).toBe(code);
    expect(misfits[0]?.message).toContain(sentence);
  });

  it('tells of ten unknown parameters at most: an answer does not grow with what is sent', () => {
    const given = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`p${index}`, index]));
    expect(checkParameters(spec, { variables: ['a'], ...given }).misfits).toHaveLength(10);
  });
});
