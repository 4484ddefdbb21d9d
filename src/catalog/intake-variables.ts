import type { DatasetId } from '../kernel/ids.ts';
import { auditOfBatch, commandLine, type IntakeBy } from './intake-by.ts';
import type { IntakeReport } from './intake-records.ts';
import { sentenceOf } from './model/sentence-of.ts';
import type { SourceKind } from './model/terms.ts';
import { rankOf } from './model/terms.ts';
import { type VariableHead, type VariableRecord, variableRecordSchema } from './model/variable-record.ts';
import type { Rejection } from './ports.ts';
import type { RowStore } from './row-ports.ts';

/** The variables of one dataset as one source defines them. */
export interface VariableIntake {
  readonly datasetId: DatasetId;
  readonly source: { readonly name: string; readonly kind: SourceKind };
  /** All of them, in the order of the source; those it defined earlier and does not name are removed with its values. */
  readonly variables: readonly unknown[];
  /** Whether these come on top: no variable that is there is removed or defined anew. */
  readonly additive?: boolean;
  /** Who hands them in; the command line where it is not said. */
  readonly by?: IntakeBy;
}

/** What was done; `rejectedNames` are the variables whose values this source must keep to itself. */
export interface VariableReport extends IntakeReport {
  readonly rejectedNames: readonly string[];
}

/**
 * The one door for the definitions of variables: validates, leaves alone what a source of higher precedence defines, refuses a
 * definition that clashes with another table's, stores what changed in one transaction and announces the dataset once.
 * @throws InvalidInputError when the source's name is taken by a source of another kind
 */
export async function intakeVariables(intake: VariableIntake, store: RowStore): Promise<VariableReport> {
  const { valid, rejected } = validate(intake.variables);
  const source = await store.source(intake.source.name, intake.source.kind);
  await store.storeConcepts([...new Set(valid.flatMap(conceptNames))]);
  return await store.transaction(intake.datasetId, async (tx) => {
    const held = await tx.variables();
    const own: VariableRecord[] = [];
    for (const record of valid) {
      const other = held.get(record.name);
      if (intake.additive === true && other !== undefined) continue;
      const clash = other === undefined || other.sourceId === source.id ? 'free' : clashOf(record, other, source.kind);
      if (clash === 'free') own.push(record);
      else if (clash !== 'defined elsewhere') rejected.push({ sourceId: record.name, error: clash });
    }
    const named = valid.map((record) => record.name);
    const changed = await tx.saveVariables(
      source.id,
      own,
      intake.additive === true ? [...held.keys(), ...named] : named,
    );
    const accepted = own.filter((record) => changed.has(record.name)).length;
    if (changed.size > 0)
      await tx.audit(
        auditOfBatch(intake.by ?? commandLine, {
          action: 'variables.intake',
          object: { kind: 'Dataset', id: intake.datasetId },
          facts: { source: source.name, accepted },
        }),
      );
    const unchanged = valid.length - accepted - (rejected.length - (intake.variables.length - valid.length));
    return { accepted, unchanged, rejected, rejectedNames: rejected.map((rejection) => rejection.sourceId) };
  });
}

function conceptNames({ concept, categoryConcepts }: VariableRecord): string[] {
  return [...(concept === undefined ? [] : [concept]), ...Object.values(categoryConcepts ?? {})];
}

/** Whether a source may define a variable that another source has defined already. */
function clashOf(record: VariableRecord, other: VariableHead, kind: SourceKind): string {
  if (other.rank < rankOf(kind)) return 'free';
  if (other.perSession !== (record.perSession ?? false)) {
    const [there, here] = other.perSession ? ['sessions', 'subjects'] : ['subjects', 'sessions'];
    return `is of ${there} in the source "${other.source}" and of ${here} here: give it another name`;
  }
  if (other.type === record.type) return 'defined elsewhere';
  return `is ${other.type} in the source "${other.source}" and ${record.type} here: give it another name`;
}

function validate(variables: readonly unknown[]): { readonly valid: VariableRecord[]; readonly rejected: Rejection[] } {
  const valid = new Map<string, VariableRecord>();
  const rejected: Rejection[] = [];
  for (const [index, raw] of variables.entries()) {
    const parsed = variableRecordSchema.safeParse(raw);
    const sourceId = parsed.data?.name ?? `variable ${index + 1}`;
    if (!parsed.success) rejected.push({ sourceId, error: sentenceOf(parsed.error) });
    else if (valid.has(sourceId)) rejected.push({ sourceId, error: 'is defined twice: each name once' });
    else valid.set(sourceId, parsed.data);
  }
  return { valid: [...valid.values()], rejected };
}
