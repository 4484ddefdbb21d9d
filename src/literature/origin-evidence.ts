import { type CandidateId, isUuid } from '../kernel/ids.ts';
import type { PaperEvidence, ProposedFieldName } from './discovery-model.ts';
import type { CandidateStore } from './discovery-ports.ts';

/** Fields of a record by the fields of a candidate that became them, where they are called otherwise. */
const fieldNames: Readonly<Record<string, ProposedFieldName>> = { counts: 'subjectCount', landingPage: 'url' };

/** The sentences that a field of a record stands on whose source is papers: those of the candidate that it was accepted from. */
export async function originEvidence(
  { field, sourceRecordId }: { readonly field: string; readonly sourceRecordId: string },
  candidates: CandidateStore,
): Promise<readonly PaperEvidence[]> {
  if (!isUuid(sourceRecordId)) return [];
  const [candidate] = await candidates.byIds([sourceRecordId as CandidateId]);
  const name = fieldNames[field] ?? field;
  return candidate?.fields.find((proposed) => proposed.name === name)?.evidence ?? [];
}
