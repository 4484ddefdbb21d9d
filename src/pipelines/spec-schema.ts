import { z } from 'zod';
import { fileName, imageReference, pipelineName, word } from './job-grammar.ts';

const text = (most: number) => z.string().min(1).max(most);
const whole = (least: number, most: number) => z.number().int('must be a whole number').min(least).max(most);
const once = (name: string, what: string) => z.literal(name, { error: `must be ${what}` });

/** Longest a job may ask for: 30 days. */
const longestS = 30 * 86_400;

const cuda = z.strictObject({
  cudaVersionMin: text(20),
  cudaComputeCapability: z.union([text(20), z.array(text(20)).min(1)]),
  cudaDeviceCountMin: whole(1, 64).optional(),
  cudaDeviceCountMax: whole(1, 64).optional(),
});

const requirements = z.strictObject(
  {
    ResourceRequirement: z.strictObject(
      { coresMin: whole(1, 1024), coresMax: whole(1, 1024), ramMin: whole(16, 1 << 24), ramMax: whole(16, 1 << 24) },
      { error: 'is missing or not complete: state coresMin, coresMax, ramMin and ramMax (MiB)' },
    ),
    ToolTimeLimit: z.strictObject(
      { timelimit: whole(1, longestS) },
      { error: 'is missing or not complete: state timelimit in seconds' },
    ),
    DockerRequirement: z.strictObject({ dockerPull: imageReference }).optional(),
    'cwltool:CUDARequirement': cuda.optional(),
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' ? outside(issue.keys) : undefined) },
);

function outside(keys: readonly string[] = []): string {
  return `${keys.join(', ')}: outside the subset; take it out (allowed are ResourceRequirement, ToolTimeLimit, DockerRequirement and cwltool:CUDARequirement)`;
}

const binding = (prefixed: boolean) =>
  z.strictObject({ position: whole(0, 1000), prefix: prefixed ? word.optional() : z.undefined().optional() });

const inputs = z.strictObject({
  program: z
    .strictObject({
      type: once('File', 'File'),
      default: z.strictObject({ class: once('File', 'File'), location: fileName }),
      inputBinding: binding(false),
    })
    .optional(),
  params: z.strictObject({ type: once('File', 'File'), inputBinding: binding(true) }),
  inputs: z.strictObject({ type: once('Directory', 'Directory'), inputBinding: binding(true) }),
});

const parameterName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'must be up to 64 letters, digits and _, a letter first');

const parameter = z.strictObject({
  name: parameterName,
  kind: z.enum(['string', 'integer', 'number', 'boolean', 'variable', 'variables']),
  description: text(1000),
  required: z.boolean().default(false),
  default: z.union([z.string().max(1000), z.number(), z.boolean(), z.array(z.string().max(200)).max(1000)]).optional(),
  values: z.array(text(200)).min(1).max(200).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

const outputPath = z
  .string()
  .max(200)
  .regex(/^(?!.*(?:^|\/)\.)[\w.-]+(?:\/[\w.-]+)*$/, 'must be a path below outputs/ of letters, digits and . _ -');

const catalog = z.strictObject(
  {
    name: pipelineName,
    version: whole(1, 1_000_000),
    license: text(100),
    python: fileName.optional(),
    processes: whole(1, 65_536).default(256),
    gpuType: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be lower-case letters, digits, _ and -')
      .optional(),
    derives: z.enum(['DATASET', 'RESOURCE']),
    takes: z.strictObject({
      datasets: z.array(text(100)).min(1).optional(),
      modalities: z.array(z.string().regex(/^[A-Z0-9]{2,16}$/, 'must be a DICOM modality code')).default([]),
      variables: z.array(text(200)).default([]),
      subjectsAtLeast: whole(1, 1_000_000_000).default(1),
    }),
    gives: z
      .array(
        z.strictObject({
          file: outputPath,
          description: text(1000),
          mediaType: z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be a media type such as text/csv'),
          intermediate: z.boolean().default(false),
        }),
      )
      .min(1),
    split: z.strictObject({ column: parameterName, trainingValue: parameterName, seed: parameterName }).optional(),
    parameters: z.array(parameter).max(200).default([]),
  },
  { error: 'is missing or not an object: the catalog needs name, version, license, derives, takes and gives' },
);

/** The document of a pipeline: a strict subset of CWL v1.2 CommandLineTool, and `mia:catalog`. */
export const specDocument = z.strictObject(
  {
    cwlVersion: once('v1.2', 'v1.2'),
    class: once('CommandLineTool', 'CommandLineTool: a pipeline is one tool'),
    $namespaces: z.strictObject({
      mia: once('https://w3id.org/mia-catalog/pipeline#', 'https://w3id.org/mia-catalog/pipeline#'),
      cwltool: once('http://commonwl.org/cwltool#', 'http://commonwl.org/cwltool#').optional(),
    }),
    id: pipelineName,
    label: text(200),
    doc: text(10_000),
    baseCommand: z.array(word).min(1).max(20),
    arguments: z
      .array(z.strictObject({ position: whole(0, 1000), prefix: word.optional(), valueFrom: word }))
      .max(100)
      .default([]),
    inputs,
    outputs: z.strictObject({
      outputs: z.strictObject({
        type: once('Directory', 'Directory'),
        outputBinding: z.strictObject({ glob: once('outputs', 'outputs') }),
      }),
    }),
    requirements,
    'mia:catalog': catalog,
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.join(', ')}: outside the subset of CWL that pipelines are written in; take it out`
        : undefined,
  },
);

/** A document of the right form. */
export type SpecDocument = z.infer<typeof specDocument>;
