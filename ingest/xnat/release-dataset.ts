import { type RecordStore, retireRecords, withholdDataset } from '../../src/catalog/index.ts';
import type { DatasetId } from '../../src/kernel/ids.ts';

/** A dataset that no project feeds any more. */
export interface Release {
  readonly datasetId: DatasetId;
  readonly source: { readonly name: string; readonly kind: 'XNAT' };
  /** Its projects are proven to be gone; else only the mapping is another, and nobody follows their access any more. */
  readonly isDeleted: boolean;
}

/**
 * Lets a dataset go: what the server said of it is taken back where its projects are gone, or where others describe it. One that only
 * this server described is withheld: its projects may become private, and nothing would tell.
 */
export async function releaseDataset({ datasetId, source, isDeleted }: Release, store: RecordStore): Promise<void> {
  const statements = await store.transaction(async (tx) => (await tx.statementsOf([datasetId])).get(datasetId) ?? []);
  const own = statements.filter((statement) => statement.source.name === source.name);
  const others = statements.filter((statement) => statement.source.name !== source.name);
  const isDescribed = others.some(({ statement }) => statement.title != null && statement.description != null);
  if (isDeleted || isDescribed)
    await retireRecords({ source, sourceRecordIds: own.map(({ sourceRecordId }) => sourceRecordId) }, store);
  else await withholdDataset({ datasetId, source, reason: 'No mirrored project feeds it any more.' }, store);
}
