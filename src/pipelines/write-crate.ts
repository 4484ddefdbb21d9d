import type { ReadScope } from '../access/index.ts';
import type { CatalogReader } from '../catalog/index.ts';
import { type BlobStore, writeZip, type ZipEntry } from '../files/index.ts';
import { ConflictError, ForbiddenError } from '../kernel/errors.ts';
import { buildCrate } from './build-crate.ts';
import { hasCrate, mayOpen } from './list-runs.ts';
import type { PipelineRun } from './run-model.ts';
import type { RunStore } from './run-ports.ts';

/** What a crate is read from. */
export interface CrateSources {
  readonly runs: RunStore;
  readonly blobs: BlobStore;
  readonly reader: CatalogReader;
  readonly publicUrl: string;
}

/**
 * The Process Run Crate of a run that has ended, well or not, as a ZIP archive: metadata, inputs, parameters, program, outputs and logs.
 * @throws ForbiddenError for who may see the run, but not the rows of its input
 * @throws ConflictError while the run goes on
 */
export async function writeCrate(
  run: PipelineRun,
  scope: ReadScope,
  sources: CrateSources,
): Promise<AsyncIterable<Uint8Array>> {
  const { runs, blobs, reader, publicUrl } = sources;
  if (!(await mayOpen(run, reader, scope)))
    throw new ForbiddenError(`The crate holds rows of "${run.cohort.slug}", which you may not see: ask for a grant.`);
  if (!hasCrate(run)) throw new ConflictError(`The run is ${run.state}: its crate can be had when it has ended.`);
  const [inputs, outputs, events, logs, terms] = await Promise.all([
    runs.inputs([run.id]),
    runs.outputs([run.id]),
    runs.events([run.id]),
    logsOf(run, blobs),
    termsOf(run, reader, scope),
  ]);
  const parts = {
    run,
    inputs: inputs.get(run.id) ?? [],
    outputs: outputs.get(run.id) ?? [],
    timeline: events.get(run.id) ?? [],
    logs,
    publicUrl,
    ...terms,
  };
  const metadata = Buffer.from(`${JSON.stringify(buildCrate(parts), undefined, 2)}\n`);
  const files = [
    ...parts.inputs,
    ...run.pipelineFiles.map((file) => ({ ...file, path: `program/${file.path}` })),
    ...parts.outputs,
    ...logs,
  ];
  return writeZip([
    { path: 'ro-crate-metadata.json', bytes: once(metadata) },
    ...files.map(({ path, sha256 }): ZipEntry => ({ path, bytes: blobs.read(sha256) })),
  ]);
}

async function logsOf(
  { logs }: PipelineRun,
  blobs: BlobStore,
): Promise<readonly { readonly path: string; readonly sha256: string; readonly byteSize: number }[]> {
  if (logs === undefined) return [];
  const found = await Promise.all(
    (['stdout', 'stderr'] as const).map(async (stream) => {
      const blob = await blobs.find(logs[stream]);
      return blob === undefined || blob.byteSize === 0 ? [] : [{ path: `logs/${stream}.txt`, ...blob }];
    }),
  );
  return found.flat();
}

async function termsOf(run: PipelineRun, reader: CatalogReader, scope: ReadScope) {
  const [dataset] = await reader.datasetsByIds([run.cohort.datasetId], scope);
  const license = (await reader.vocabulary()).licenses.find(({ id }) => id === dataset?.licenseId);
  return {
    license:
      license === undefined
        ? undefined
        : { label: license.label, ...(license.iri !== undefined && { iri: license.iri }) },
    accessNote: dataset?.accessNote ?? `Access class ${dataset?.accessClass ?? 'RESTRICTED'}.`,
  };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(bytes);
}
