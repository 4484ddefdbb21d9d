import { canonicalJson } from '../../kernel/canonical-json.ts';
import type { DatasetRecord, DatasetStatement, DescriptiveField } from './dataset-record.ts';
import type { SourceKind } from './terms.ts';
import { rankOf } from './terms.ts';

/** A source of facts as stored. */
export interface Source {
  readonly id: number;
  readonly name: string;
  readonly kind: SourceKind;
}

/** What one source says about one dataset. */
export interface SourcedStatement {
  readonly source: Source;
  readonly sourceRecordId: string;
  readonly receivedAt: Date;
  readonly statement: DatasetStatement;
}

/** Which source filled a field. */
export interface FieldOrigin {
  readonly field: DescriptiveField;
  readonly sourceId: number;
  readonly sourceRecordId: string;
  readonly recordedAt: Date;
}

/** A dataset's record with every field decided. */
export type MergedRecord = { readonly [F in DescriptiveField]?: NonNullable<DatasetRecord[F]> };

/** Lists in which every source's items stay, because they do not contradict each other. */
const unitedFields = ['counts', 'identifiers'] as const satisfies readonly DescriptiveField[];

/**
 * Folds what all sources say into one record: per field the source with the highest precedence that is not silent wins, the
 * later one of two equals. A winner's null means that the field is empty. Of the access class only a steward overrules an XNAT that
 * says RESTRICTED: who holds the data may close them, whatever a reviewed record said of them before.
 * @returns the record, and for each of its fields whose word it is
 */
export function mergeRecords(statements: readonly SourcedStatement[]): {
  readonly record: MergedRecord;
  readonly origins: readonly FieldOrigin[];
} {
  const ordered = statements.toSorted(byPrecedence);
  const fields = [...new Set(ordered.flatMap(({ statement }) => Object.keys(statement)))].sort() as DescriptiveField[];
  const record: Record<string, unknown> = {};
  const origins: FieldOrigin[] = [];
  for (const field of fields) {
    const speakers = ordered.filter(({ statement }) => statement[field] !== undefined);
    const winner = field === 'accessClass' ? winnerOfAccess(speakers) : speakers[0];
    if (winner === undefined) continue;
    const value =
      isUnited(field) && winner.source.kind !== 'STEWARD' ? unite(speakers, field) : winner.statement[field];
    if (value !== null && value !== undefined) record[field] = value;
    origins.push({
      field,
      sourceId: winner.source.id,
      sourceRecordId: winner.sourceRecordId,
      recordedAt: winner.receivedAt,
    });
  }
  return { record, origins };
}

/** A record's descriptive part; the shorthand `subjectCount` becomes a statement of its source. */
export function statementOf(record: DatasetRecord, sourceName: string): DatasetStatement {
  const { sourceId: _sourceId, slug: _slug, subjectCount, ...rest } = record;
  if (subjectCount === undefined) return rest;
  const shorthand = {
    measure: 'SUBJECTS',
    value: subjectCount,
    qualifier: 'EXACT',
    source: sourceName,
    confirmed: true,
    headline: false,
  } as const;
  return { ...rest, counts: [...(rest.counts ?? []), shorthand] };
}

function byPrecedence(a: SourcedStatement, b: SourcedStatement): number {
  return (
    rankOf(b.source.kind) - rankOf(a.source.kind) ||
    b.receivedAt.getTime() - a.receivedAt.getTime() ||
    (a.source.name < b.source.name ? -1 : 1)
  );
}

function winnerOfAccess(speakers: readonly SourcedStatement[]): SourcedStatement | undefined {
  const [first] = speakers;
  if (first?.source.kind === 'STEWARD') return first;
  const closes = ({ source, statement }: SourcedStatement): boolean =>
    source.kind === 'XNAT' && statement.accessClass === 'RESTRICTED';
  return speakers.find(closes) ?? first;
}

function isUnited(field: DescriptiveField): field is (typeof unitedFields)[number] {
  return (unitedFields as readonly string[]).includes(field);
}

function unite(speakers: readonly SourcedStatement[], field: (typeof unitedFields)[number]): unknown[] {
  const items = speakers.flatMap(({ statement }): readonly unknown[] => statement[field] ?? []);
  return [...new Map(items.map((item) => [canonicalJson(item), item])).values()];
}
