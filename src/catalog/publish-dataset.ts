import {
  auditOf,
  type Curator,
  checkVersionNumber,
  datasetToEdit,
  type Edited,
  holdHead,
  readBack,
  refuseWithdrawn,
  requireVersion,
} from './curation.ts';
import { mergeRecords } from './model/merge-records.ts';
import type { DatasetHead, RecordTransaction } from './ports.ts';
import { rebuildRecords, snapshotOf } from './rebuild-records.ts';

/**
 * Lets everybody see a dataset, and makes its next version: an immutable snapshot. A dataset that is as it was published last is
 * left as it is.
 * @throws ConflictError when the record is no longer at the expected version, or was withdrawn
 */
export async function publishDataset(
  input: { readonly id: string; readonly expectedVersion: number },
  curator: Curator,
): Promise<Edited> {
  const { id } = await datasetToEdit(input.id, curator);
  checkVersionNumber(input.expectedVersion);
  await curator.records.transaction(async (tx) => {
    const head = await holdHead(tx, id);
    requireVersion(head, input.expectedVersion);
    refuseWithdrawn(head, 'published');
    const changed = head.status !== 'PUBLISHED' || !(await isAsPublished(tx, head));
    if (changed)
      await rebuildRecords(tx, [id], {
        publish: true,
        actor: curator.principal.id ?? '',
        rebuild: new Set([id]),
        despiteWithheld: true,
      });
    const publishedVersion = (head.publishedVersion ?? 0) + (changed ? 1 : 0);
    const facts = { changed, editedVersion: head.version, from: head.status, publishedVersion };
    await tx.audit(auditOf(curator, 'dataset.publish', id, facts));
  });
  return await readBack(id, curator);
}

/** Whether publishing now would make the snapshot that the latest version has, but for its number. */
async function isAsPublished(tx: RecordTransaction, head: DatasetHead): Promise<boolean> {
  const { record } = mergeRecords((await tx.statementsOf([head.id])).get(head.id) ?? []);
  const again = snapshotOf({ ...head, publishedVersion: (head.publishedVersion ?? 0) - 1 }, record, '');
  return again.sha256 === head.publishedSha256;
}
