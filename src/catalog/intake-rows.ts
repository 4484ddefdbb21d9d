import { z } from 'zod';
import type { DatasetId } from '../kernel/ids.ts';
import { Turn } from '../kernel/turn.ts';
import { auditOfBatch, commandLine, type IntakeBy } from './intake-by.ts';
import type { IntakeReport } from './intake-records.ts';
import { joinLayouts, layOutRows, layOutValues, type RowLayout } from './model/lay-out-rows.ts';
import type { Source } from './model/merge-records.ts';
import { parseSubjectTree, type SubjectTree, subjectTreeSchema, type ValueTree } from './model/row-tree.ts';
import { sentenceOf } from './model/sentence-of.ts';
import type { SourceKind } from './model/terms.ts';
import { faultOfValue, type VariableHead } from './model/variable-record.ts';
import type { Rejection } from './ports.ts';
import type { RowStore, RowTransaction } from './row-ports.ts';

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
  const source = await store.source(intake.source.name, intake.source.kind);
  const licenses = new LicenseIds(store);
  let accepted = 0;
  let unchanged = 0;
  let seen = 0;
  const rejected: Rejection[] = [];
  let batch: LaidOut[] = [];
  let scans = 0;
  let values = 0;
  // One batch is stored while the next is read: the database and this process work side by side.
  let storing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await storing;
    const [subjects, weight] = [batch, scans];
    batch = [];
    scans = 0;
    values = 0;
    storing = storeBatch(intake, source, subjects, store).then((stored) => {
      accepted += stored.accepted;
      unchanged += stored.unchanged;
      rejected.push(...stored.rejected);
      seen += weight;
      intake.onProgress?.(seen);
    });
    // A failure is met at the next `await storing`; until then it must not count as unhandled.
    storing.catch(() => undefined);
  };
  const turn = new Turn();
  for await (const raw of intake.subjects) {
    intake.signal?.throwIfAborted();
    const parsed = parseSubjectTree(raw);
    if (!parsed.success) {
      rejected.push(rejectionOf(raw, parsed.error));
      continue;
    }
    batch.push(layOut(intake.datasetId, parsed.data, await licenses.of([parsed.data])));
    scans += weightOf(parsed.data);
    values += valueCount(parsed.data);
    if (scans >= scansPerBatch || values >= valuesPerBatch) await flush();
    await turn.give();
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
  const { id: sourceId } = await store.source(source.name, source.kind);
  const trees = subjects.map((subject) => subjectTreeSchema.parse(subject));
  const layout = layOutRows(datasetId, trees, await new LicenseIds(store).of(trees));
  const written = await store.transaction(datasetId, async (tx) => await tx.saveTombstones(sourceId, layout));
  return layout.scan.filter((row) => written.has(row.id)).length;
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
  const source = await store.source(retirement.source.name, retirement.source.kind);
  return await store.transaction(retirement.datasetId, async (tx) => {
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

/** A subject as rows, made while an earlier batch is being stored. */
interface LaidOut {
  readonly label: string;
  readonly treeHash: string | undefined;
  readonly weight: number;
  readonly values: SubjectTree['values'];
  /** Only those about whose values the source speaks. */
  readonly sessions: SubjectTree['sessions'];
  readonly rows: RowLayout;
}

function layOut(datasetId: DatasetId, tree: SubjectTree, licenseId: (name: string) => string): LaidOut {
  const { label, treeHash, values } = tree;
  const sessions = tree.sessions.filter((session) => session.values !== undefined);
  return { label, treeHash, weight: weightOf(tree), values, sessions, rows: layOutRows(datasetId, [tree], licenseId) };
}

async function storeBatch(
  intake: RowIntake,
  source: Source,
  batch: readonly LaidOut[],
  store: RowStore,
): Promise<IntakeReport> {
  const { datasetId } = intake;
  return await store.transaction(datasetId, async (tx) => {
    const { good, rejected } = await checkValues(tx, batch);
    const known = await tx.treeHashes(
      source.id,
      good.map((subject) => subject.label),
    );
    const changed = good.filter(
      (subject) => subject.treeHash === undefined || known.get(subject.label) !== subject.treeHash,
    );
    const layout = joinLayouts(changed.map((subject) => subject.rows));
    const written = await tx.saveRows(source.id, layout, layOutValues(datasetId, changed));
    const accepted =
      written === 'all'
        ? changed.reduce((sum, { weight }) => sum + weight, 0)
        : countedIds(changed, layout).filter((id) => written.has(id)).length;
    if (written === 'all' || written.size > 0)
      await tx.audit(
        auditOfBatch(intake.by ?? commandLine, {
          action: 'rows.intake',
          object: { kind: 'Dataset', id: datasetId },
          facts: { source: source.name, accepted, rejected: rejected.length },
        }),
      );
    return { accepted, unchanged: good.reduce((sum, { weight }) => sum + weight, 0) - accepted, rejected };
  });
}

/** Sets subjects apart whose values do not fit the variables of the dataset. */
async function checkValues(
  tx: RowTransaction,
  batch: readonly LaidOut[],
): Promise<{ readonly good: readonly LaidOut[]; readonly rejected: readonly Rejection[] }> {
  if (batch.every((subject) => valueCount(subject) === 0)) return { good: batch, rejected: [] };
  const variables = await tx.variables();
  const rejected = batch.flatMap(({ label, values = [], sessions }): Rejection[] => {
    const faults = [
      ...faultsOf(values, variables, 'subject'),
      ...sessions.flatMap((session) => faultsOf(session.values ?? [], variables, 'session')),
    ];
    return faults.length === 0 ? [] : [{ sourceId: label, error: faults.slice(0, 5).join('; ') }];
  });
  const faulty = new Set(rejected.map((rejection) => rejection.sourceId));
  return { good: batch.filter((subject) => !faulty.has(subject.label)), rejected };
}

/** What is wrong with the values of a subject or a session. */
function faultsOf(
  values: readonly ValueTree[],
  variables: ReadonlyMap<string, VariableHead>,
  owner: 'subject' | 'session',
): string[] {
  return values.flatMap((value) => {
    const variable = variables.get(value.variable);
    const fault =
      variable === undefined
        ? 'is no variable of this dataset'
        : variable.perSession === (owner === 'session')
          ? faultOfValue(variable.type, value)
          : `is given of a ${owner}, and the variable is not one of ${owner}s`;
    return fault === undefined ? [] : [`${value.variable}: "${value.text.slice(0, 80)}" ${fault}`];
  });
}

/** Ids of licences by their names; each name is asked for once. */
class LicenseIds {
  readonly #store: RowStore;
  readonly #ids = new Map<string, string>();

  constructor(store: RowStore) {
    this.#store = store;
  }

  /** How to name the licences of some subjects, all of them stored. */
  async of(trees: readonly SubjectTree[]): Promise<(name: string) => string> {
    const unknown = new Set<string>();
    for (const { sessions } of trees)
      for (const { scans } of sessions)
        for (const { license } of scans) if (license !== undefined && !this.#ids.has(license)) unknown.add(license);
    for (const [name, id] of await this.#store.licenseIds([...unknown])) this.#ids.set(name, id);
    return (name) => {
      const id = this.#ids.get(name);
      if (id === undefined) throw new Error(`the licence ${name} was not stored`);
      return id;
    };
  }
}

/** What the report counts: scans, and subjects that have none. */
function weightOf(tree: SubjectTree): number {
  return tree.sessions.reduce((sum, session) => sum + session.scans.length, 0) || 1;
}

function valueCount({ values, sessions }: Pick<SubjectTree, 'values' | 'sessions'>): number {
  return sessions.reduce((sum, session) => sum + (session.values?.length ?? 0), values?.length ?? 0);
}

function countedIds(subjects: readonly LaidOut[], layout: RowLayout): readonly string[] {
  const withoutScans = subjects.filter(({ rows }) => rows.scan.length === 0);
  return [...layout.scan, ...withoutScans.flatMap(({ rows }) => rows.subject)].map((row) => row.id);
}

function rejectionOf(raw: unknown, error: z.ZodError): Rejection {
  const label = z.object({ label: z.string() }).safeParse(raw).data?.label ?? 'a subject without a label';
  return { sourceId: label.slice(0, 200), error: sentenceOf(error) };
}
