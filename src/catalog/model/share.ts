import { z } from 'zod';
import { type DatasetId, isUuid } from '../../kernel/ids.ts';
import { isStorable } from './storable-text.ts';

/** How a share is handed in. */
export const shareSchema = z.strictObject({
  kind: z.enum(['SUBJECT', 'SESSION']),
  itemId: z.string().refine(isUuid, 'must be the id of a row, as subjectRowId and sessionRowId make it'),
  label: z.string().min(1).max(4_000).refine(isStorable, 'must be well-formed text without U+0000'),
});

/** A subject or session of another dataset that a source shows in this one, too, under a label of its own there. */
export type Share = z.infer<typeof shareSchema>;

/** What became of the edges: new ones and those under a new label are accepted. */
export interface ShareReport {
  readonly accepted: number;
  readonly unchanged: number;
  readonly removed: number;
}

/** Another dataset that shows a subject or session, too. */
export interface ShareEdge {
  /** The subject or session. */
  readonly itemId: string;
  readonly datasetId: DatasetId;
  /** Its label there. */
  readonly label: string;
}
