import {
  type IntakeReport,
  intakeRows,
  intakeShares,
  intakeVariables,
  type RowStore,
  retireSubjects,
  type SubjectTree,
  sessionRowId,
  subjectRowId,
} from '../../src/catalog/index.ts';
import type { MirrorItem, MirrorProject, MirrorState } from '../../src/harvest/index.ts';
import type { DatasetId } from '../../src/kernel/ids.ts';
import type { CustomForm } from '../../src/xnat/index.ts';
import { itemDetail } from './item-detail.ts';
import { mapSubject, type RememberedSubject } from './map-subject.ts';
import { mapVariables, type UsedNames, type VariableMap } from './map-variables.ts';
import { projectDetail } from './project-detail.ts';

/** A dataset and the projects that feed it. */
export interface DatasetToTake {
  readonly datasetId: DatasetId;
  readonly source: { readonly name: string; readonly kind: 'XNAT' };
  readonly projects: readonly MirrorProject[];
  readonly forms: readonly CustomForm[];
  readonly state: MirrorState;
  readonly rows: RowStore;
  readonly reject: (sourceId: string, error: string) => void;
  readonly signal: AbortSignal;
}

/** Labels that are read and stored together. */
const labelsPerPart = 200;

/**
 * Brings the catalog's rows of a dataset to what the mirror remembers of its projects: variables, subjects whose digest differs, and
 * subjects that are no longer there. May be repeated, or cut off, at any step.
 */
export async function takeDataset(task: DatasetToTake): Promise<IntakeReport> {
  const { datasetId, source, state, rows, signal } = task;
  const ids = task.projects.map((project) => project.id);
  const subjects = await state.subjectsOf(ids);
  const byLabel = Map.groupBy(subjects, (subject) => subject.label);
  const labels = [...byLabel.keys()].sort();
  const subjectIds = (part: readonly string[]): string[] =>
    part.flatMap((label) => (byLabel.get(label) ?? []).map((subject) => subject.id));
  const parts = Array.from({ length: Math.ceil(labels.length / labelsPerPart) }, (_, index) =>
    labels.slice(index * labelsPerPart, (index + 1) * labelsPerPart),
  );
  const variables = await takeVariables(task, async function* () {
    for (const part of parts) yield await state.treesOf(ids, subjectIds(part));
  });
  const known = await rows.treeHashes(datasetId, source.name);
  const repeatedUids = await state.repeatedUids(ids);
  const changed = async function* (): AsyncGenerator<SubjectTree> {
    for (const part of parts) {
      signal.throwIfAborted();
      const items = new Map(
        [...Map.groupBy(await state.treesOf(ids, subjectIds(part)), (item) => item.subjectId ?? item.id)].map(
          ([id, list]) => [id, list],
        ),
      );
      for (const label of part) {
        const own = (byLabel.get(label) ?? []).map(({ id }) => id).sort();
        const tree = mapSubject(remembered(label, own, items), { variables, repeatedUids, reject: task.reject });
        if (known.get(label) !== tree.treeHash) yield tree;
      }
    }
  };
  const report = await intakeRows({ datasetId, source, subjects: changed(), signal }, rows);
  const named = new Set(labels);
  const gone = (await rows.subjectLabels(datasetId, source.name)).filter((label) => !named.has(label));
  if (gone.length > 0) await retireSubjects({ datasetId, source, labels: gone }, rows);
  return report;
}

function remembered(
  label: string,
  subjectIds: readonly string[],
  items: ReadonlyMap<string, readonly MirrorItem[]>,
): RememberedSubject {
  const all = subjectIds.flatMap((id) => items.get(id) ?? []);
  return {
    label,
    subjects: all.filter((item) => item.kind === 'SUBJECT'),
    experiments: all.filter((item) => item.kind === 'EXPERIMENT'),
  };
}

/** Variables that the projects declare, and those that items have values for. */
async function takeVariables(
  { datasetId, source, projects, forms, rows, reject }: DatasetToTake,
  trees: () => AsyncIterable<readonly MirrorItem[]>,
): Promise<VariableMap> {
  const declared = projects.flatMap((project) => projectDetail.parse(project.detail).variables);
  const used: UsedNames & { readonly demographics: Set<string> } = {
    demographics: new Set(),
    forms: { subject: new Map(), session: new Map() },
  };
  for await (const items of trees()) for (const item of items) noteNames(item, used);
  const variables = mapVariables({ declared, forms, used });
  const report = await intakeVariables({ datasetId, source, variables: variables.records }, rows);
  for (const { sourceId, error } of report.rejected) reject(sourceId, error);
  const bad = new Set(report.rejectedNames);
  return {
    ...variables,
    valuesOf: (...args) => variables.valuesOf(...args).filter((value) => !bad.has(value.variable)),
  };
}

function noteNames(item: MirrorItem, used: UsedNames & { readonly demographics: Set<string> }): void {
  const detail = itemDetail.parse(item.detail);
  if (detail.type === 'assessor') return;
  const forms = used.forms[detail.type] as Map<string, Set<string>>;
  for (const [uuid, keys] of Object.entries(detail.forms)) {
    const known = forms.get(uuid) ?? new Set();
    for (const key of Object.keys(keys)) known.add(key);
    forms.set(uuid, known);
  }
  if (detail.type === 'subject') for (const name of Object.keys(detail.demographics)) used.demographics.add(name);
}

/** Where items of other datasets are shared into this one. */
export async function takeShares(
  { datasetId, source, projects, state, rows }: DatasetToTake,
  datasetOf: (project: string) => DatasetId | undefined,
): Promise<void> {
  const shares = await state.shares(projects.map((project) => project.id));
  const items = new Map((await state.items(shares.map((share) => share.id))).map((item) => [item.id, item]));
  const subjectIds = [...items.values()].flatMap((item) => item.subjectId ?? []);
  const subjects = new Map((await state.items(subjectIds)).map((item) => [item.id, item]));
  const edges = shares.flatMap((share) => {
    const item = items.get(share.id);
    const owner = item === undefined ? undefined : datasetOf(item.project);
    // Shared within one dataset is no edge; and what nobody holds has no row to point to.
    if (item === undefined || owner === undefined || owner === datasetId) return [];
    const itemId = rowIdOf(owner, item, subjects);
    return itemId === undefined ? [] : [{ ...itemId, label: share.label }];
  });
  await intakeShares({ datasetId, source, shares: uniqueBy(edges, (edge) => `${edge.kind} ${edge.itemId}`) }, rows);
}

function rowIdOf(
  owner: DatasetId,
  item: MirrorItem,
  subjects: ReadonlyMap<string, MirrorItem>,
): { readonly kind: 'SUBJECT' | 'SESSION'; readonly itemId: string } | undefined {
  if (item.kind === 'SUBJECT') return { kind: 'SUBJECT', itemId: subjectRowId(owner, item.label) };
  const detail = itemDetail.parse(item.detail);
  if (detail.type !== 'session') return undefined;
  const subject = subjects.get(item.subjectId ?? '');
  const label = subject?.project === item.project ? subject.label : (detail.subjectLabel ?? item.subjectId ?? '');
  const session = { label: item.label, ...(item.uid !== undefined && { studyInstanceUid: item.uid }) };
  return { kind: 'SESSION', itemId: sessionRowId(owner, label, session) };
}

function uniqueBy<T>(list: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(list.map((item) => [key(item), item])).values()];
}
