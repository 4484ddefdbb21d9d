import { z } from 'zod';
import type { DatasetId } from '../kernel/ids.ts';
import { auditOfBatch, commandLine, type IntakeBy } from './intake-by.ts';
import type { IntakeReport } from './intake-records.ts';
import { layOutRows, layOutValues, type RowLayout, subjectIdOf } from './model/lay-out-rows.ts';
import { type SubjectTree, subjectTreeSchema } from './model/row-tree.ts';
import { sentenceOf } from './model/sentence-of.ts';
import type { SourceKind } from './model/terms.ts';
import { faultOfValue } from './model/variable-record.ts';
import type { Rejection, RowStore, RowTransaction } from './ports.ts';

/** Scans one transaction takes before it is committed; a subject is never split. */
const scansPerBatch = 5_000;
/** Values one transaction takes before it is committed. */
const valuesPerBatch = 50_000;

/** Rows of one dataset from one source. */
export interface RowIntake {
  readonly datasetId: DatasetId;
  readonly source: { readonly name: string; readonly kind: SourceKind };
  /** Subjects with all that the source says of each. */
  readonly subjects: AsyncIterable<unknown> | Iterable<unknown>;
  /** Who hands them in; the command line where it is not said. */
  readonly by?: IntakeBy;
  readonly signal?: AbortSignal;
  /** Told after each committed batch how many scans were taken so far. */
  readonly onProgress?: (scans: number) => void;
}

/**
 * The one door for subjects, sessions, scans, files and values: validates, skips what did not change, stores what did, retires what the
 * source no longer says of a subject, and announces the dataset once per batch, all in one transaction per batch. A subject that
 * does not validate is rejected whole and keeps its last good rows. Counts are of scans, and of subjects without scans.
 */
export async function intakeRows(intake: RowIntake, store: RowStore): Promise<IntakeReport> {
  let accepted = 0;
  let unchanged = 0;
  let seen = 0;
  const rejected: Rejection[] = [];
  let batch: SubjectTree[] = [];
  let scans = 0;
  let values = 0;
  // One batch is stored while the next is read: the database and this process work side by side.
  let storing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await storing;
    const [trees, weight] = [batch, scans];
    batch = [];
    scans = 0;
    values = 0;
    storing = storeBatch(intake, trees, store).then((stored) => {
      accepted += stored.accepted;
      unchanged += stored.unchanged;
      rejected.push(...stored.rejected);
      seen += weight;
      intake.onProgress?.(seen);
    });
    // A failure is met at the next `await storing`; until then it must not count as unhandled.
    storing.catch(() => undefined);
  };
  for await (const raw of intake.subjects) {
    intake.signal?.throwIfAborted();
    const parsed = subjectTreeSchema.safeParse(raw);
    if (!parsed.success) {
      rejected.push(rejectionOf(raw, parsed.error));
      continue;
    }
    batch.push(parsed.data);
    scans += weightOf(parsed.data);
    values += parsed.data.values?.length ?? 0;
    if (scans >= scansPerBatch || values >= valuesPerBatch) await flush();
  }
  if (batch.length > 0) await flush();
  await storing;
  return { accepted, unchanged, rejected };
}

/**
 * Stores what a source once had and no longer has, as tombstones: rows that exist, live or retired, stay as they are.
 * @returns how many scans were new
 */
export async function intakeTombstones(
  tombstones: {
    readonly datasetId: DatasetId;
    readonly source: RowIntake['source'];
    readonly subjects: readonly SubjectTree[];
  },
  store: RowStore,
): Promise<number> {
  const { datasetId, source, subjects } = tombstones;
  return await store.transaction(datasetId, async (tx) => {
    const { id: sourceId } = await tx.source(source.name, source.kind);
    const layout = await layOut(
      tx,
      datasetId,
      subjects.map((subject) => subjectTreeSchema.parse(subject)),
    );
    const written = await tx.saveTombstones(sourceId, layout);
    return layout.scan.filter((row) => written.has(row.id)).length;
  });
}

/** Takes back all that a source said of subjects it no longer names. @returns how many they were */
export async function retireSubjects(
  retirement: {
    readonly datasetId: DatasetId;
    readonly source: RowIntake['source'];
    readonly labels: readonly string[];
    readonly by?: IntakeBy;
  },
  store: RowStore,
): Promise<number> {
  return await store.transaction(retirement.datasetId, async (tx) => {
    const source = await tx.source(retirement.source.name, retirement.source.kind);
    const retired = await tx.retireSubjects(source.id, retirement.labels);
    if (retired > 0)
      await tx.audit(
        auditOfBatch(retirement.by ?? commandLine, {
          action: 'rows.retire',
          object: { kind: 'Dataset', id: retirement.datasetId },
          facts: { source: source.name, retired },
        }),
      );
    return retired;
  });
}

async function storeBatch(intake: RowIntake, batch: readonly SubjectTree[], store: RowStore): Promise<IntakeReport> {
  return await store.transaction(intake.datasetId, async (tx) => {
    const source = await tx.source(intake.source.name, intake.source.kind);
    const { trees, rejected } = await checkValues(tx, batch);
    const known = await tx.treeHashes(
      source.id,
      trees.map((tree) => tree.label),
    );
    const changed = trees.filter((tree) => tree.treeHash === undefined || known.get(tree.label) !== tree.treeHash);
    const layout = await layOut(tx, intake.datasetId, changed);
    const written = await tx.saveRows(source.id, layout, layOutValues(intake.datasetId, changed));
    const accepted = countedIds(intake.datasetId, changed, layout).filter((id) => written.has(id)).length;
    if (written.size > 0)
      await tx.audit(
        auditOfBatch(intake.by ?? commandLine, {
          action: 'rows.intake',
          object: { kind: 'Dataset', id: intake.datasetId },
          facts: { source: source.name, accepted, rejected: rejected.length },
        }),
      );
    return { accepted, unchanged: trees.reduce((sum, tree) => sum + weightOf(tree), 0) - accepted, rejected };
  });
}

/** Sets subjects apart whose values do not fit the variables of the dataset. */
async function checkValues(
  tx: RowTransaction,
  trees: readonly SubjectTree[],
): Promise<{ readonly trees: readonly SubjectTree[]; readonly rejected: readonly Rejection[] }> {
  if (trees.every((tree) => (tree.values ?? []).length === 0)) return { trees, rejected: [] };
  const variables = await tx.variables();
  const rejected = trees.flatMap(({ label, values = [] }): Rejection[] => {
    const faults = values.flatMap((value) => {
      const variable = variables.get(value.variable);
      const fault = variable === undefined ? 'is no variable of this dataset' : faultOfValue(variable.type, value);
      return fault === undefined ? [] : [`${value.variable}: "${value.text.slice(0, 80)}" ${fault}`];
    });
    return faults.length === 0 ? [] : [{ sourceId: label, error: faults.slice(0, 5).join('; ') }];
  });
  const faulty = new Set(rejected.map((rejection) => rejection.sourceId));
  return { trees: trees.filter((tree) => !faulty.has(tree.label)), rejected };
}

/** Rows of subjects, their licences stored. */
async function layOut(tx: RowTransaction, datasetId: DatasetId, trees: readonly SubjectTree[]): Promise<RowLayout> {
  const names = new Set(
    trees.flatMap((tree) => tree.sessions.flatMap((session) => session.scans.map((scan) => scan.license))),
  );
  const licenses = await tx.licenseIds([...names].filter((name) => name !== undefined));
  return layOutRows(datasetId, trees, (name) => {
    const id = licenses.get(name);
    if (id === undefined) throw new Error(`the licence ${name} was not stored`);
    return id;
  });
}

/** What the report counts: scans, and subjects that have none. */
function weightOf(tree: SubjectTree): number {
  return tree.sessions.reduce((sum, session) => sum + session.scans.length, 0) || 1;
}

function countedIds(datasetId: DatasetId, trees: readonly SubjectTree[], layout: RowLayout): readonly string[] {
  const withoutScans = trees.filter((tree) => tree.sessions.every((session) => session.scans.length === 0));
  return [...layout.scan.map((row) => row.id), ...withoutScans.map((tree) => subjectIdOf(datasetId, tree.label))];
}

function rejectionOf(raw: unknown, error: z.ZodError): Rejection {
  const label = z.object({ label: z.string() }).safeParse(raw).data?.label ?? 'a subject without a label';
  return { sourceId: label.slice(0, 200), error: sentenceOf(error) };
}
