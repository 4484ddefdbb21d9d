import { z } from 'zod';
import { InvalidInputError } from '../kernel/errors.ts';
import type { DatasetId } from '../kernel/ids.ts';
import { auditOfBatch, commandLine, type IntakeBy } from './intake-by.ts';
import { sentenceOf } from './model/sentence-of.ts';
import { type Share, type ShareReport, shareSchema } from './model/share.ts';
import type { SourceKind } from './model/terms.ts';
import type { RowStore } from './row-ports.ts';

/** All that one source shares into one dataset. */
export interface ShareIntake {
  /** The dataset they are shared into. */
  readonly datasetId: DatasetId;
  readonly source: { readonly name: string; readonly kind: SourceKind };
  /** The whole of it: what the source shared earlier and does not name is taken back. */
  readonly shares: readonly Share[];
  /** Who hands them in; the command line where it is not said. */
  readonly by?: IntakeBy;
}

/**
 * The one door for shares: an item stays one row in its own dataset, and an edge says that it is shown in this one. Replaces all that
 * this source shared into the dataset, in one transaction, and announces the dataset when anything changed. An item that is not here
 * yet may be named: its edge is seen once it is.
 * @throws InvalidInputError when an id or a label is none, or an item is named twice
 */
export async function intakeShares(intake: ShareIntake, store: RowStore): Promise<ShareReport> {
  const { datasetId, by = commandLine } = intake;
  const parsed = z.array(shareSchema).safeParse(intake.shares);
  if (!parsed.success) throw new InvalidInputError(`shares: ${sentenceOf(parsed.error)}`, { fields: ['shares'] });
  const shares = parsed.data;
  if (new Set(shares.map((share) => share.itemId)).size < shares.length)
    throw new InvalidInputError('shares: an item is named twice: name each once.', { fields: ['shares'] });
  const source = await store.source(intake.source.name, intake.source.kind);
  return await store.transaction(datasetId, async (tx) => {
    const report = await tx.saveShares(source.id, shares);
    if (report.accepted > 0 || report.removed > 0)
      await tx.audit(
        auditOfBatch(by, {
          action: 'shares.intake',
          object: { kind: 'Dataset', id: datasetId },
          facts: { source: source.name, ...report },
        }),
      );
    return report;
  });
}
