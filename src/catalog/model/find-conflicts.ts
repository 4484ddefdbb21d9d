import { canonicalJson } from '../../kernel/canonical-json.ts';
import type { DescriptiveField } from './dataset-record.ts';
import { type MergedRecord, mergeRecords, type SourcedStatement } from './merge-records.ts';
import { projectRecord } from './project-record.ts';
import { patchName } from './steward-edit.ts';
import type { SourceKind } from './terms.ts';
import type { VocabularyIndex } from './vocabulary.ts';

/** What a source says of a field, which the record does not show. */
export interface OverruledValue {
  readonly source: string;
  readonly kind: SourceKind;
  /** As the source gave it; null for "there is none". */
  readonly value: unknown;
  readonly receivedAt: Date;
}

/** A field in which a steward's value stands over another one. */
export interface FieldConflict {
  /** Its name in the API. */
  readonly field: string;
  /** What the record shows; null for "there is none". */
  readonly value: unknown;
  readonly source: string;
  readonly receivedAt: Date;
  readonly overruled: readonly OverruledValue[];
}

/** The fields in which a steward's word stands over a different word of another source. Two names of one term are no difference. */
export function findConflicts(
  statements: readonly SourcedStatement[],
  vocabulary: VocabularyIndex,
): readonly FieldConflict[] {
  const ofSources = statements.filter(({ source }) => source.kind !== 'STEWARD');
  return mergeRecords(statements).origins.flatMap(({ field, sourceId, sourceRecordId }) => {
    const winner = statements.find((one) => one.source.id === sourceId && one.sourceRecordId === sourceRecordId);
    if (winner === undefined || winner.source.kind !== 'STEWARD') return [];
    const shown = meaningOf(field, winner, vocabulary);
    const overruled = ofSources
      .filter((one) => one.statement[field] !== undefined && meaningOf(field, one, vocabulary) !== shown)
      .map((one) => ({ ...headOf(one), kind: one.source.kind, value: one.statement[field] ?? null }));
    if (overruled.length === 0) return [];
    return [{ field: patchName(field), ...headOf(winner), value: winner.statement[field] ?? null, overruled }];
  });
}

/** What a source says of a field as it would be stored, to compare it with what others say. */
function meaningOf(field: DescriptiveField, { statement }: SourcedStatement, vocabulary: VocabularyIndex): string {
  const record: MergedRecord = { [field]: statement[field] ?? undefined };
  return canonicalJson(projectRecord(record, vocabulary));
}

function headOf({ source, receivedAt }: SourcedStatement): Pick<OverruledValue, 'source' | 'receivedAt'> {
  return { source: source.name, receivedAt };
}
