import type { DatasetId } from '../kernel/ids.ts';
import { auditOfBatch, commandLine, type IntakeBy } from './intake-by.ts';
import { mergeRecords, type SourcedStatement } from './model/merge-records.ts';
import type { SourceKind } from './model/terms.ts';
import type { CatalogEvent, DatasetHead, RecordStore, RecordTransaction } from './ports.ts';
import { rebuildRecords } from './rebuild-records.ts';

/** What the tombstone of a dataset says that only this source knew. */
const reason = 'the source no longer has it';

/** Records that a source no longer has. */
export interface RecordRetirement {
  readonly source: { readonly name: string; readonly kind: SourceKind };
  /** The source's own ids of them, as they were handed in. */
  readonly sourceRecordIds: readonly string[];
  /** Who asks for it; the command line where it is not said. */
  readonly by?: IntakeBy;
}

/** What became of them. */
export interface RetirementReport {
  /** Records taken back that told others something: those whose dataset changed. */
  readonly retired: number;
  /** Datasets that were withdrawn, because nobody else describes them. */
  readonly withdrawn: number;
}

/**
 * Takes back what a source said of datasets. Its statements go, and each record is what the other sources say. Where what is left has
 * no title or no description, nobody else describes the dataset: one that was ever published becomes WITHDRAWN, and its tombstone tells
 * that the source no longer has it; any other stays, or goes back to, a DRAFT. In both cases the last statement is kept, because a
 * record without a title would tell a steward, and whoever follows a link to the tombstone, nothing of what it was. The same call again
 * changes nothing.
 */
export async function retireRecords(retirement: RecordRetirement, store: RecordStore): Promise<RetirementReport> {
  const { sourceRecordIds, by = commandLine } = retirement;
  return await store.transaction(async (tx) => {
    const source = await tx.source(retirement.source.name, retirement.source.kind);
    const known = await tx.knownRecords(source.id, sourceRecordIds);
    const ids = [...new Set(known.flatMap(({ datasetId }) => datasetId ?? []))];
    const statements = await tx.statementsOf(ids);
    const gone = new Set(sourceRecordIds);
    const isGone = (one: SourcedStatement): boolean => one.source.id === source.id && gone.has(one.sourceRecordId);
    const left = new Set(ids.filter((id) => isDescribed((statements.get(id) ?? []).filter((one) => !isGone(one)))));
    const going = known.filter(({ datasetId }) => datasetId === undefined || left.has(datasetId));
    await tx.removeStatements(
      source.id,
      going.map((record) => record.sourceRecordId),
    );
    const closed = await closeDatasets(tx, await tx.heads({ ids: ids.filter((id) => !left.has(id)), slugs: [] }));
    await rebuildRecords(tx, [...left], { publish: false, actor: '', rebuild: left });
    // Behind every other write: who holds the order of events must wait for nothing.
    await tx.appendEvents([...closed.values()]);
    const retired = known.filter(({ datasetId: id }) => id === undefined || left.has(id) || closed.has(id)).length;
    const withdrawn = [...closed.values()].filter((event) => event.type === 'DATASET_WITHDRAWN').length;
    if (retired > 0)
      await tx.audit(
        auditOfBatch(by, { action: 'records.retire', facts: { source: source.name, retired, withdrawn } }),
      );
    return { retired, withdrawn };
  });
}

/** Whether some statements alone make a record. */
function isDescribed(statements: readonly SourcedStatement[]): boolean {
  const { record } = mergeRecords(statements);
  return record.title !== undefined && record.description !== undefined;
}

/** Closes datasets that nobody describes any more. @returns what there is to announce of those that changed */
async function closeDatasets(
  tx: RecordTransaction,
  heads: readonly DatasetHead[],
): Promise<ReadonlyMap<DatasetId, CatalogEvent>> {
  const events = new Map<DatasetId, CatalogEvent>();
  for (const { id, slug, status, publishedVersion } of heads) {
    const wasPublic = publishedVersion !== undefined;
    if (status === 'WITHDRAWN' || (!wasPublic && status === 'DRAFT')) continue;
    await tx.changeStatus(wasPublic ? { id, status: 'WITHDRAWN', withdrawnReason: reason } : { id, status: 'DRAFT' });
    events.set(id, {
      datasetId: id,
      type: wasPublic ? 'DATASET_WITHDRAWN' : 'DATASET_CHANGED',
      payload: { slug },
    });
  }
  return events;
}
