import { createHash } from 'node:crypto';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { canonicalSha256 } from '../kernel/canonical-json.ts';
import { InvalidInputError } from '../kernel/errors.ts';
import { parameterFault } from './check-parameters.ts';
import type { GpuRequest, ParameterSpec, Pipeline, PipelineFile, PipelineSpec } from './model.ts';
import { type SpecDocument, specDocument } from './spec-schema.ts';

/**
 * Reads a pipeline's specification (docs/pipelines.md).
 * @param file - its name, for the error
 * @throws InvalidInputError that names every place that is wrong and what to do about it; `details.fields` lists them
 */
export function parsePipelineSpec(file: string, yaml: string): PipelineSpec {
  const parsed = specDocument.safeParse(readYaml(file, yaml));
  if (!parsed.success) refuse(file, parsed.error.issues.map(describeIssue));
  const document = parsed.data;
  const faults = contradictions(document);
  if (faults.length > 0) refuse(file, faults);
  return specOf(document);
}

/** A pipeline of its specification and the files it names. @throws InvalidInputError as `parsePipelineSpec`, or for a missing file */
export function assemblePipeline(specFile: string, bytesOf: ReadonlyMap<string, Uint8Array>): Pipeline {
  const read = (name: string): PipelineFile => {
    const bytes = bytesOf.get(name);
    if (bytes === undefined) refuse(specFile, [`${name}: is named but not there; put it beside the specification`]);
    return { path: name, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const written = read(specFile);
  const spec = parsePipelineSpec(specFile, Buffer.from(written.bytes).toString('utf8'));
  const named = [spec.program, spec.pythonRequirements].filter((name) => name !== undefined);
  const files = [written, ...named.map(read)];
  return { spec, files, sha256: canonicalSha256(files.map(({ path, sha256 }) => [path, sha256])) };
}

function refuse(file: string, faults: readonly string[]): never {
  throw new InvalidInputError(`The pipeline ${file} is not right: ${faults.join('; ')}.`, { fields: faults });
}

function readYaml(file: string, yaml: string): unknown {
  if (yaml.length > 200_000) refuse(file, ['it is longer than 200,000 characters']);
  const document = parseDocument(yaml, { uniqueKeys: true, prettyErrors: true });
  const [first] = [...document.errors, ...document.warnings];
  if (first !== undefined) refuse(file, [`it is not YAML: ${first.message.split('\n')[0] ?? ''}`]);
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    return refuse(file, ['it uses aliases: write the values out']);
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(String).join('.');
  return place === '' ? issue.message : `${place}: ${issue.message}`;
}

function contradictions(document: SpecDocument): string[] {
  const catalog = document['mia:catalog'];
  const { ResourceRequirement: resources, DockerRequirement: image } = document.requirements;
  const cuda = document.requirements['cwltool:CUDARequirement'];
  const faults: string[] = [];
  if (document.id !== catalog.name) faults.push('id: must be the same as mia:catalog.name');
  if (resources.coresMax < resources.coresMin)
    faults.push('requirements.ResourceRequirement: coresMax is below coresMin');
  if (resources.ramMax < resources.ramMin) faults.push('requirements.ResourceRequirement: ramMax is below ramMin');
  if (image === undefined && catalog.python === undefined)
    faults.push('mia:catalog.python: name a requirements file, or give a DockerRequirement');
  if (document.inputs.program === undefined && image === undefined)
    faults.push('inputs.program: name the program, or give a DockerRequirement that holds it');
  if ((cuda?.cudaDeviceCountMax ?? Infinity) < (cuda?.cudaDeviceCountMin ?? 1))
    faults.push('requirements.cwltool:CUDARequirement: cudaDeviceCountMax is below cudaDeviceCountMin');
  if (cuda !== undefined && document.$namespaces.cwltool === undefined)
    faults.push('$namespaces.cwltool: is missing; CUDARequirement needs it');
  if (cuda === undefined && catalog.gpuType !== undefined)
    faults.push('mia:catalog.gpuType: needs a cwltool:CUDARequirement');
  return [...faults, ...parameterContradictions(document)];
}

function parameterContradictions(document: SpecDocument): string[] {
  const { parameters, split } = document['mia:catalog'];
  const names = parameters.map(({ name }) => name);
  const faults = names
    .filter((name, index) => names.indexOf(name) !== index)
    .map((name) => `mia:catalog.parameters.${name}: is there twice`);
  for (const one of parameters.map(parameterOf)) {
    const fault = one.default === undefined ? undefined : parameterFault(one, one.default);
    if (fault !== undefined) faults.push(`mia:catalog.parameters.${one.name}.default: ${fault}`);
    if (one.required && one.default !== undefined)
      faults.push(`mia:catalog.parameters.${one.name}: is required and has a default; drop one of them`);
  }
  const wanted = [
    ['column', 'variable'],
    ['trainingValue', 'string'],
    ['seed', 'integer'],
  ] as const;
  for (const [role, kind] of wanted) {
    if (split !== undefined && !parameters.some((one) => one.name === split[role] && one.kind === kind))
      faults.push(`mia:catalog.split.${role}: must name a parameter of kind ${kind}`);
  }
  return faults;
}

function specOf(document: SpecDocument): PipelineSpec {
  const catalog = document['mia:catalog'];
  const { ResourceRequirement: resources, ToolTimeLimit, DockerRequirement: image } = document.requirements;
  return {
    name: catalog.name,
    version: catalog.version,
    reference: `${catalog.name}@${catalog.version}`,
    title: document.label,
    description: document.doc,
    license: catalog.license,
    image: image?.dockerPull,
    pythonRequirements: catalog.python,
    program: document.inputs.program?.default.location,
    command: commandOf(document),
    limits: {
      cpus: resources.coresMax,
      memoryMiB: resources.ramMax,
      timeoutS: ToolTimeLimit.timelimit,
      processes: catalog.processes,
      gpus: gpusOf(document),
    },
    takes: { ...catalog.takes, datasets: catalog.takes.datasets },
    derives: catalog.derives,
    outputs: catalog.gives.map(({ file, ...rest }) => ({ path: file, ...rest })),
    parameters: catalog.parameters.map(parameterOf),
    split: catalog.split,
  };
}

function parameterOf(one: SpecDocument['mia:catalog']['parameters'][number]): ParameterSpec {
  return { ...one, default: one.default, values: one.values, minimum: one.minimum, maximum: one.maximum };
}

function gpusOf(document: SpecDocument): GpuRequest | undefined {
  const cuda = document.requirements['cwltool:CUDARequirement'];
  if (cuda === undefined) return undefined;
  return { count: cuda.cudaDeviceCountMax ?? cuda.cudaDeviceCountMin ?? 1, type: document['mia:catalog'].gpuType };
}

/** Words in CWL's order (v1.2, CommandLineTool, section 4.1): by position, and at equal positions arguments before inputs, those by name. */
function commandOf(document: SpecDocument): string[] {
  const { program, params, inputs } = document.inputs;
  const bound = [
    ...document.arguments.map((one) => ({ ...one, value: one.valueFrom })),
    { ...inputs.inputBinding, value: 'inputs' },
    { ...params.inputBinding, value: 'params.json' },
    ...(program === undefined ? [] : [{ ...program.inputBinding, value: `program/${program.default.location}` }]),
  ];
  // A stable sort: what stands above is in that order already.
  bound.sort((a, b) => a.position - b.position);
  return [
    ...document.baseCommand,
    ...bound.flatMap(({ prefix, value }) => (prefix === undefined ? [value] : [prefix, value])),
  ];
}
