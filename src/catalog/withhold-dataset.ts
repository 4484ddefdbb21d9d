import { NotFoundError } from '../kernel/errors.ts';
import type { DatasetId } from '../kernel/ids.ts';
import { auditOfBatch, commandLine, type IntakeBy } from './intake-by.ts';
import { mergeRecords } from './model/merge-records.ts';
import type { SourceKind } from './model/terms.ts';
import type { RecordStore } from './ports.ts';

/** A source that no longer shows a dataset to everybody. */
export interface Withholding {
  readonly datasetId: DatasetId;
  readonly source: { readonly name: string; readonly kind: SourceKind };
  /** Why, in words for the audit trail. */
  readonly reason: string;
  /** Who asks for it; the command line where it is not said. */
  readonly by?: IntakeBy;
}

/**
 * Takes a dataset out of every window because a source closed it: PUBLISHED and IN_REVIEW go back to DRAFT, and neither the record nor
 * its published versions are seen by anybody but stewards. Where the other sources say RESTRICTED themselves the public record
 * describes and gives nothing away: it stays. No source's `publish` brings the dataset back until this one says something other than
 * RESTRICTED; a steward may publish it, and the same source then does not withhold it a second time.
 * @returns whether this call withheld it
 * @throws NotFoundError when there is no such dataset
 */
export async function withholdDataset(withholding: Withholding, store: RecordStore): Promise<boolean> {
  const { datasetId, reason, by = commandLine } = withholding;
  return await store.transaction(async (tx) => {
    const source = await tx.source(withholding.source.name, withholding.source.kind);
    const [head] = await tx.heads({ ids: [datasetId], slugs: [] });
    if (head === undefined) throw new NotFoundError(`No dataset has the id ${datasetId}: describe it first.`);
    if ((head.status !== 'PUBLISHED' && head.status !== 'IN_REVIEW') || head.withheldBy === source.id) return false;
    const others = ((await tx.statementsOf([datasetId])).get(datasetId) ?? []).filter(
      (statement) => statement.source.id !== source.id,
    );
    if (mergeRecords(others).record.accessClass === 'RESTRICTED') return false;
    await tx.changeStatus({ id: datasetId, status: 'DRAFT', withheldBy: source.id });
    await tx.appendEvents([{ datasetId, type: 'DATASET_CHANGED', payload: { slug: head.slug } }]);
    await tx.audit(
      auditOfBatch(by, {
        action: 'dataset.withhold',
        object: { kind: 'Dataset', id: datasetId },
        facts: { source: source.name, reason, from: head.status },
      }),
    );
    return true;
  });
}
