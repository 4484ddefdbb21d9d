import type { ReadScope } from '../access/index.ts';
import type { CatalogReader, Subject, Variable, VariableValue } from '../catalog/index.ts';
import type { BlobStore } from '../files/index.ts';
import { PipelineRejectedError } from '../kernel/errors.ts';
import { allVariables } from './freeze-cohort.ts';
import { cellOf, describeColumns, fieldColumns, tableLine } from './participants-table.ts';
import type { PipelineRun, RunFile } from './run-model.ts';
import type { ScopeOfPrincipal } from './run-ports.ts';

/** Subjects read at one time. */
const batch = 500;

/** What staging works with. */
export interface StagingParts {
  readonly reader: CatalogReader;
  readonly blobs: BlobStore;
  readonly scopeOf: ScopeOfPrincipal;
}

/**
 * The scope of a run's owner as it is now: rights that were taken since the run was asked for count.
 * @throws PipelineRejectedError when the owner is gone, or may no longer see the rows
 */
export async function scopeOfRun(run: PipelineRun, { reader, scopeOf }: StagingParts): Promise<ReadScope> {
  const scope = run.ownerId === undefined ? undefined : await scopeOf(run.ownerId);
  if (scope === undefined) throw new PipelineRejectedError('Who asked for the run is not known here any more.');
  const [dataset] = await reader.datasetsByIds([run.cohort.datasetId], scope);
  if (dataset?.rowsVisible !== true || dataset.status === 'WITHDRAWN')
    throw new PipelineRejectedError(`Who asked for the run may no longer see the rows of "${run.cohort.slug}".`);
  return scope;
}

/**
 * Writes what a run is given into the store of files: the table of its subjects in the form of BIDS (participants.tsv and its sidecar,
 * Brain Imaging Data Structure 1.10, "Modality agnostic files"), and its parameters. The same rows give the same bytes.
 * @throws PipelineRejectedError when subjects are gone since the run was asked for, or may not be seen any more
 */
export async function stageInputs(run: PipelineRun, parts: StagingParts): Promise<readonly RunFile[]> {
  const { reader, blobs } = parts;
  const scope = await scopeOfRun(run, parts);
  const variables = (await allVariables(run.cohort.datasetId, reader, scope)).filter(({ perSession }) => !perSession);
  const folder = `inputs/${run.cohort.slug}`;
  const json = (value: unknown): Uint8Array[] => [Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`)];
  const table = await blobs.put(tableOf(run, variables, { reader, scope }));
  const sidecar = await blobs.put(json(describeColumns(variables)));
  const parameters = await blobs.put(json(run.parameters));
  return [
    { path: `${folder}/participants.tsv`, ...table, mediaType: 'text/tab-separated-values' },
    { path: `${folder}/participants.json`, ...sidecar, mediaType: 'application/json' },
    { path: 'params.json', ...parameters, mediaType: 'application/json' },
  ];
}

async function* tableOf(
  { cohort }: PipelineRun,
  variables: readonly Variable[],
  { reader, scope }: { readonly reader: CatalogReader; readonly scope: ReadScope },
): AsyncIterable<Uint8Array> {
  const fields = fieldColumns(variables);
  yield tableLine(['participant_id', ...fields, ...variables.map(({ name }) => name)]);
  const subjects: Subject[] = [];
  for (let start = 0; start < cohort.memberIds.length; start += batch)
    subjects.push(...(await reader.rowsByIds('subject', cohort.memberIds.slice(start, start + batch), scope)));
  if (subjects.length < cohort.memberIds.length)
    throw new PipelineRejectedError(
      `${cohort.memberIds.length - subjects.length} of the ${cohort.memberIds.length} subjects are no longer in "${cohort.slug}": ask for a new run.`,
    );
  subjects.sort((a, b) => (a.label < b.label ? -1 : 1));
  for (let start = 0; start < subjects.length; start += batch) {
    const some = subjects.slice(start, start + batch);
    const values = await reader.values({ kind: 'subject', ids: some.map(({ id }) => id) }, undefined, scope);
    for (const subject of some) {
      const own = new Map(
        (values.get(subject.id) ?? []).map((value): [string, VariableValue] => [value.variableId, value]),
      );
      yield tableLine([
        subject.label,
        ...fields.map((field) => fieldOf(subject, field)),
        ...variables.map((variable) => cellOf(variable, own.get(variable.id))),
      ]);
    }
  }
}

function fieldOf(subject: Subject, field: ReturnType<typeof fieldColumns>[number]): string {
  const value = field === 'age' ? subject.ageYears : subject[field];
  return value === undefined ? 'n/a' : String(value);
}
