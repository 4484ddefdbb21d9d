import type { ParameterValue } from './model.ts';
import type { PipelineRun, RunEvent, RunFile } from './run-model.ts';

/** What a crate is made from. */
export interface CrateParts {
  readonly run: PipelineRun;
  readonly inputs: readonly RunFile[];
  readonly outputs: readonly RunFile[];
  readonly timeline: readonly RunEvent[];
  readonly logs: readonly { readonly path: string; readonly sha256: string; readonly byteSize: number }[];
  /** Address and words of the licence of the input, where it has one. */
  readonly license: { readonly iri?: string; readonly label: string } | undefined;
  /** Of the input, in words. */
  readonly accessNote: string;
  readonly publicUrl: string;
}

type Entity = Readonly<Record<string, unknown>> & { readonly '@id': string };

const processProfile = 'https://w3id.org/ro/wfrun/process/0.5';
const crateProfile = 'https://w3id.org/ro/crate/1.1';
/** Terms of runs that the context of RO-Crate 1.1 lacks. */
const runTerms = 'https://w3id.org/ro/terms/workflow-run#';

/**
 * The metadata of a Process Run Crate 0.5 (https://w3id.org/ro/wfrun/process/0.5) on RO-Crate 1.1: the pipeline as instrument, who asked,
 * what went in with which parameters, what came out, where and how it ended. With the files it names, the run can be done again.
 */
export function buildCrate(parts: CrateParts): object {
  const { run, publicUrl } = parts;
  const license = licenseEntity(parts);
  const agent: Entity = {
    '@id': '#agent',
    '@type': 'Person',
    name: run.owner ?? 'erased',
    affiliation: { '@id': publicUrl },
  };
  const publisher: Entity = { '@id': publicUrl, '@type': 'Organization', name: 'MIA Catalog', url: publicUrl };
  const files = fileEntities(parts, license['@id']);
  const parameters = Object.entries(run.parameters).map(([name, value]) => parameterEntity(name, value));
  const usage = usageEntities(run);
  return {
    '@context': [`${crateProfile}/context`, { sha256: `${runTerms}sha256`, resourceUsage: `${runTerms}resourceUsage` }],
    '@graph': [
      {
        '@id': 'ro-crate-metadata.json',
        '@type': 'CreativeWork',
        about: { '@id': './' },
        conformsTo: { '@id': crateProfile },
        license: { '@id': license['@id'] },
      },
      {
        '@id': './',
        '@type': 'Dataset',
        name: `${run.spec.title}: run ${run.id}`,
        description: `One run of the pipeline ${run.spec.reference} on ${run.cohort.memberIds.length} subjects of the dataset ${run.cohort.slug}.`,
        identifier: `${publicUrl}/runs/${run.id}`,
        datePublished: instant(run.finishedAt ?? run.requestedAt),
        conformsTo: { '@id': processProfile },
        license: { '@id': license['@id'] },
        author: { '@id': '#agent' },
        publisher: { '@id': publicUrl },
        hasPart: refs(files),
        mentions: one(refs([actionEntity(parts, { files, parameters, usage })])),
        isBasedOn: { '@id': datasetIri(parts) },
      },
      { '@id': processProfile, '@type': 'CreativeWork', name: 'Process Run Crate', version: '0.5' },
      license,
      agent,
      publisher,
      datasetEntity(parts, license['@id']),
      instrumentEntity(run, files),
      actionEntity(parts, { files, parameters, usage }),
      ...files,
      ...parameters,
      ...usage,
    ],
  };
}

interface ActionParts {
  readonly files: readonly Entity[];
  readonly parameters: readonly Entity[];
  readonly usage: readonly Entity[];
}

function actionEntity({ run, inputs, outputs, logs, timeline }: CrateParts, parts: ActionParts): Entity {
  const { files, parameters, usage } = parts;
  const of = (some: readonly { readonly path: string }[]): readonly Entity[] =>
    files.filter((file) => some.some(({ path }) => fileId(path) === file['@id']));
  const succeeded = run.state === 'SUCCEEDED';
  const results = [...of(outputs), ...of(logs)];
  const ended = timeline.findLast(({ state }) => state === 'COLLECTING')?.at ?? run.finishedAt ?? run.requestedAt;
  return {
    '@id': `#run-${run.id}`,
    '@type': 'CreateAction',
    name: `Run of ${run.spec.reference}`,
    description: `Attempt ${run.attempt} on the engine ${run.engine}${run.engineJobId === undefined ? '' : `, its job ${run.engineJobId}`}. Cohort SHA-256 ${run.cohort.sha256}.`,
    startTime: instant(run.startedAt ?? run.requestedAt),
    endTime: instant(ended),
    instrument: { '@id': instrumentId(run) },
    agent: { '@id': '#agent' },
    object: one(refs([...of(inputs), ...parameters])),
    ...(results.length > 0 && { result: one(refs(results)) }),
    ...(usage.length > 0 && { resourceUsage: one(refs(usage)) }),
    actionStatus: `http://schema.org/${succeeded ? 'CompletedActionStatus' : 'FailedActionStatus'}`,
    ...(!succeeded && { error: run.error ?? `The run ended as ${run.state}.` }),
  };
}

function instrumentEntity({ spec, pipelineSha256, ...run }: PipelineRun, files: readonly Entity[]): Entity {
  const program = files.filter((file) => file['@id'].startsWith('program/'));
  return {
    '@id': instrumentId({ spec }),
    '@type': 'SoftwareApplication',
    name: spec.title,
    description: spec.description,
    identifier: spec.reference,
    softwareVersion: String(spec.version),
    license: { '@id': `https://spdx.org/licenses/${spec.license}` },
    url: instrumentId({ spec }),
    sha256: pipelineSha256,
    ...(spec.image !== undefined && { softwareRequirements: spec.image }),
    ...(program.length > 0 && { hasPart: one(refs(program)) }),
    processorRequirements: `${run.limits.cpus} cores, ${run.limits.memoryMiB} MiB, ${run.limits.gpus?.count ?? 0} graphics processors`,
  };
}

function instrumentId({ spec }: Pick<PipelineRun, 'spec'>): string {
  return `https://w3id.org/mia-catalog/pipeline/${spec.name}/${spec.version}`;
}

function fileEntities({ run, inputs, outputs, logs }: CrateParts, license: string): readonly Entity[] {
  const program = run.pipelineFiles.map((file) => ({
    ...file,
    path: `program/${file.path}`,
    mediaType: programType(file.path),
    description: `Part of the pipeline ${run.spec.reference}`,
    own: `https://spdx.org/licenses/${run.spec.license}`,
  }));
  const promised = (path: string): string =>
    run.spec.outputs.find((output) => path === `outputs/${output.path}`)?.description ?? 'Made by the run';
  const all = [
    ...inputs.map((file) => ({ ...file, description: 'Given to the run', own: license })),
    ...program,
    ...outputs.map((file) => ({ ...file, description: promised(file.path), own: license })),
    ...logs.map((file) => ({ ...file, mediaType: 'text/plain', description: 'Written by the program', own: license })),
  ];
  return all.map(({ path, byteSize, sha256, mediaType, description, own }) => ({
    '@id': fileId(path),
    '@type': 'File',
    name: path,
    description,
    encodingFormat: mediaType,
    contentSize: String(byteSize),
    sha256,
    license: { '@id': own },
  }));
}

function programType(path: string): string {
  if (path.endsWith('.py')) return 'text/x-python';
  return path.endsWith('.cwl') ? 'application/yaml' : 'text/plain';
}

/** Paths are URI references in a crate. */
function fileId(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function parameterEntity(name: string, value: ParameterValue): Entity {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return { '@id': `#parameter-${encodeURIComponent(name)}`, '@type': 'PropertyValue', name, value: text };
}

function usageEntities({ use, engine, exitCode }: PipelineRun): readonly Entity[] {
  const facts: readonly (readonly [name: string, value: string | number | undefined, unitText?: string])[] = [
    ['engine', engine],
    ['node', use?.node],
    ['exitCode', exitCode],
    ['wallTime', use?.wallS, 's'],
    ['cpuTime', use?.cpuS, 's'],
    ['maxMemory', use?.memoryMiB, 'MiB'],
    ['gpuIds', use === undefined || use.gpuIds.length === 0 ? undefined : use.gpuIds.join(' ')],
  ];
  return facts.flatMap(([name, value, unitText]) =>
    value === undefined
      ? []
      : [
          {
            '@id': `#use-${name}`,
            '@type': 'PropertyValue',
            name,
            value: String(value),
            ...(unitText !== undefined && { unitText }),
          },
        ],
  );
}

function datasetIri({ run, publicUrl }: CrateParts): string {
  return `${publicUrl}/dataset/${run.cohort.slug}`;
}

function datasetEntity(parts: CrateParts, license: string): Entity {
  return {
    '@id': datasetIri(parts),
    '@type': 'CreativeWork',
    name: `Dataset ${parts.run.cohort.slug}, version ${parts.run.cohort.datasetVersion} of its record`,
    url: datasetIri(parts),
    license: { '@id': license },
  };
}

/** Data without a licence are under the terms of their dataset. */
function licenseEntity(parts: CrateParts): Entity {
  const { license, accessNote } = parts;
  return {
    '@id': license?.iri ?? '#terms',
    '@type': 'CreativeWork',
    name: license?.label ?? `Terms of the dataset ${parts.run.cohort.slug}`,
    description: accessNote,
    ...(license?.iri !== undefined && { url: license.iri }),
  };
}

/** RO-Crate 1.1 wants an offset, not a Z. */
function instant(date: Date): string {
  return date.toISOString().replace('Z', '+00:00');
}

function refs(entities: readonly Entity[]): readonly { readonly '@id': string }[] {
  return entities.map((entity) => ({ '@id': entity['@id'] }));
}

/** JSON-LD in its flattened form has no lists of one. */
function one<T>(list: readonly T[]): T | readonly T[] {
  const [first] = list;
  return list.length === 1 && first !== undefined ? first : list;
}
