import { z } from 'zod';
import { type IntakeReport, intakeRecords, intakeRows, intakeVariables } from '../catalog/index.ts';
import { type BlobStore, readBytes } from '../files/index.ts';
import { PipelineRejectedError } from '../kernel/errors.ts';
import { datasetIdOf } from '../kernel/ids.ts';
import { derivedSlug, describeDerived } from './describe-derived.ts';
import { type Column, columnSchema, type OutputTable, readOutputTable } from './participants-table.ts';
import type { ReconcileParts, Step } from './reconcile-parts.ts';
import type { PipelineRun, RunFile, RunOutput } from './run-model.ts';
import type { RegistrationTransaction } from './run-ports.ts';
import { scopeOfRun } from './stage-inputs.ts';

/** Longest table and sidecar that are read into the catalog, bytes. */
const tableBytes = 256 * 2 ** 20;
const sidecarBytes = 16 * 2 ** 20;
const tablePath = 'outputs/participants.tsv';

/**
 * Makes what a run has made known to the catalog: a dataset of its own through the doors that everything passes, or files beside its
 * input. It, and that the run has succeeded, is one transaction: whatever is killed, it happens once. A dataset of its own is a draft that
 * its owner may read; a steward publishes it.
 */
export const registerOutputs: Step = async (claim, parts) => {
  const { run } = claim;
  const outputs = (await parts.runs.outputs([run.id])).get(run.id) ?? [];
  const scope = await scopeOfRun(run, parts);
  const success = { message: '', cleanupMs: parts.times.pollMs };
  if (run.spec.derives === 'RESOURCE') {
    const datasetId = run.cohort.datasetId;
    await parts.registration.transaction(claim, datasetId, async (tx) => {
      await tx.succeed({
        ...success,
        outputs: filesOf(outputs, datasetId),
        derivedDatasetId: undefined,
        message: `${outputs.length} files beside "${run.cohort.slug}".`,
      });
      await tx.audit(auditOf(run, datasetId, outputs));
    });
    return 'written';
  }
  const table = await readTable(run, outputs, parts);
  const slug = derivedSlug(run);
  const datasetId = datasetIdOf(slug);
  const record = await describeDerived(run, table?.subjects.length, { reader: parts.reader, scope });
  await parts.registration.transaction(claim, datasetId, async (tx) => {
    await takeIn(run, { record, table }, tx);
    await tx.grantOwner(datasetId);
    await tx.succeed({
      ...success,
      outputs: filesOf(outputs, datasetId),
      derivedDatasetId: datasetId,
      message: `Registered as "${slug}".`,
    });
    await tx.audit(auditOf(run, datasetId, outputs));
  });
  return 'written';
};

function filesOf(outputs: readonly RunOutput[], datasetId: ReturnType<typeof datasetIdOf>) {
  return outputs.map(({ path, sha256 }) => ({ path, sha256, datasetId }));
}

function auditOf(run: PipelineRun, datasetId: string, outputs: readonly RunOutput[]) {
  return {
    actor: run.ownerId,
    action: 'run.register',
    object: { kind: 'Dataset', id: datasetId },
    outcome: 'DONE' as const,
    facts: { run: run.id, pipeline: run.spec.reference, files: outputs.length },
  };
}

async function takeIn(
  run: PipelineRun,
  made: { readonly record: object; readonly table: OutputTable | undefined },
  tx: RegistrationTransaction,
): Promise<void> {
  const source = { name: `pipeline:${run.spec.name}`, kind: 'PIPELINE' } as const;
  const by = { actor: run.ownerId, action: 'run.register' };
  const records = [{ place: 'the record of the dataset', value: made.record }];
  refuse(await intakeRecords({ source, records, publish: false, actor: run.owner ?? 'pipeline', by }, tx.records));
  if (made.table === undefined) return;
  const target = { datasetId: datasetIdOf(derivedSlug(run)), source, by };
  refuse(await intakeVariables({ ...target, variables: made.table.variables }, tx.rows));
  refuse(await intakeRows({ ...target, subjects: made.table.subjects }, tx.rows));
}

function refuse({ rejected }: IntakeReport): void {
  const [first] = rejected;
  if (first === undefined) return;
  const more = rejected.length > 1 ? ` (and ${rejected.length - 1} more)` : '';
  throw new PipelineRejectedError(
    `The catalog does not take what the program made: ${first.sourceId}: ${first.error}${more}.`,
  );
}

/** The table among the outputs, described by the sidecar of the input, and by its own where it has one. */
async function readTable(
  run: PipelineRun,
  outputs: readonly RunOutput[],
  { blobs, runs }: ReconcileParts,
): Promise<OutputTable | undefined> {
  const file = outputs.find(({ path }) => path === tablePath);
  if (file === undefined) return undefined;
  if (file.byteSize > tableBytes)
    throw new PipelineRejectedError(
      `${tablePath} has ${file.byteSize} bytes; a table of at most ${tableBytes} is read.`,
    );
  const inputs = (await runs.inputs([run.id])).get(run.id) ?? [];
  const given = await columnsOf(
    inputs.find(({ path }) => path.endsWith('/participants.json')),
    blobs,
  );
  const own = await columnsOf(
    outputs.find(({ path }) => path === 'outputs/participants.json'),
    blobs,
  );
  const text = decoded(await readBytes(blobs.read(file.sha256), tableBytes));
  const table = readOutputTable(text, { ...given, ...own });
  if ('fault' in table) throw new PipelineRejectedError(`The program made a table that is none: ${table.fault}.`);
  return table;
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new PipelineRejectedError(`${tablePath} is not UTF-8.`);
  }
}

async function columnsOf(file: RunFile | undefined, blobs: BlobStore): Promise<Readonly<Record<string, Column>>> {
  if (file === undefined) return {};
  const text = Buffer.from(await readBytes(blobs.read(file.sha256), sidecarBytes)).toString('utf8');
  const parsed = z.record(z.string(), columnSchema).safeParse(jsonOf(text));
  if (!parsed.success) throw new PipelineRejectedError(`${file.path} does not describe columns in the form of BIDS.`);
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
