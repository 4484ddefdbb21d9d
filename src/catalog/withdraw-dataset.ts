import { z } from 'zod';
import { ConflictError } from '../kernel/errors.ts';
import {
  auditOf,
  type Curator,
  checkVersionNumber,
  datasetToEdit,
  type Edited,
  holdHead,
  readBack,
  requireVersion,
} from './curation.ts';
import { refuse } from './model/steward-edit.ts';
import { isStorable } from './model/storable-text.ts';

/** Everybody reads it on the tombstone. */
const reasonSchema = z
  .string()
  .refine(isStorable, 'must be well-formed text without U+0000')
  .trim()
  .min(1, 'must say why, in words for everybody')
  .max(2_000);

/**
 * Takes a dataset back. A tombstone stays: id and slug still answer, with the reason and the day, and published versions stay
 * readable; lists leave it out, its rows are seen no more, and no source brings it back. There is no way back for a steward either.
 * @throws ConflictError when it is no longer at the expected version, or was withdrawn for another reason
 */
export async function withdrawDataset(
  input: { readonly id: string; readonly reason: string; readonly expectedVersion?: number | null },
  curator: Curator,
): Promise<Edited> {
  const { id } = await datasetToEdit(input.id, curator);
  const expectedVersion = input.expectedVersion ?? undefined;
  if (expectedVersion !== undefined) checkVersionNumber(expectedVersion);
  const reason = reasonSchema.safeParse(input.reason);
  if (!reason.success)
    refuse(
      '',
      reason.error.issues.map(({ message }) => ({ path: 'reason', message })),
    );
  await curator.records.transaction(async (tx) => {
    const head = await holdHead(tx, id);
    // The same again, as after an answer that was lost, is no conflict.
    const again = head.status === 'WITHDRAWN' && head.withdrawnReason === reason.data;
    if (head.status === 'WITHDRAWN' && !again)
      throw new ConflictError('The dataset was withdrawn already; the reason on its tombstone stays.', {
        status: head.status,
      });
    if (!again) {
      if (expectedVersion !== undefined) requireVersion(head, expectedVersion);
      await tx.changeStatus({ id, status: 'WITHDRAWN', withdrawnReason: reason.data });
      await tx.appendEvents([{ datasetId: id, type: 'DATASET_WITHDRAWN', payload: { slug: head.slug } }]);
    }
    const facts = { changed: !again, editedVersion: head.version, from: head.status };
    await tx.audit(auditOf(curator, 'dataset.withdraw', id, facts));
  });
  return await readBack(id, curator);
}
