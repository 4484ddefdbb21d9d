import { ConflictError } from '../kernel/errors.ts';
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

/**
 * Puts a draft before a second pair of eyes. What waits already is left as it is.
 * @throws ConflictError when the record is no longer at the expected version, or is no draft
 */
export async function submitDataset(
  input: { readonly id: string; readonly expectedVersion: number },
  curator: Curator,
): Promise<Edited> {
  const { id } = await datasetToEdit(input.id, curator);
  checkVersionNumber(input.expectedVersion);
  await curator.records.transaction(async (tx) => {
    const head = await holdHead(tx, id);
    requireVersion(head, input.expectedVersion);
    refuseWithdrawn(head, 'reviewed');
    if (head.status === 'PUBLISHED')
      throw new ConflictError('The dataset is published: only a draft is submitted for review.', {
        status: head.status,
      });
    const changed = head.status === 'DRAFT';
    if (changed) {
      await tx.changeStatus({ id, status: 'IN_REVIEW' });
      await tx.appendEvents([{ datasetId: id, type: 'DATASET_CHANGED', payload: { slug: head.slug } }]);
    }
    await tx.audit(auditOf(curator, 'datasetForReview.submit', id, { changed, editedVersion: head.version }));
  });
  return await readBack(id, curator);
}
