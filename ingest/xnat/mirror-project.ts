import type { MirrorItem, MirrorItemHead, MirrorShare, MirrorState } from '../../src/harvest/index.ts';
import { CatalogError, ForbiddenError, NotFoundError, UpstreamContractError } from '../../src/kernel/errors.ts';
import type { ExperimentRow, SubjectRow } from '../../src/xnat/index.ts';
import { confirmedScans, confirmMissing } from './confirm-missing.ts';
import type { ChangeCounter } from './count-changes.ts';
import { fingerprintOfExperiment, fingerprintOfSubject } from './fingerprint.ts';
import { type ItemDetail, itemDetail } from './item-detail.ts';
import { type DetailReader, readAssessor, readSession, readSubject, toMirrorItem } from './read-details.ts';
import { type ProjectItems, type ProjectToRead, readProjectItems } from './read-project.ts';
import type { Owners } from './read-site.ts';

/** What mirroring one project needs. */
export interface ProjectTask {
  readonly project: ProjectToRead;
  readonly reader: DetailReader;
  readonly state: MirrorState;
  readonly owners: Owners;
  /** The project that is to hold an item which this one lists. */
  readonly holderOf: (id: string) => string;
  /** Everything is read anew. */
  readonly full: boolean;
  readonly counter: ChangeCounter;
  readonly reject: (sourceId: string, error: string) => void;
  readonly onProgress: (done: number, total: number) => void;
}

/** Items that are looked into and stored together. */
const itemsPerBatch = 40;

/** An item whose lists say something new. */
interface Candidate {
  readonly kind: MirrorItem['kind'];
  readonly row: SubjectRow | ExperimentRow;
  readonly fingerprint: string;
  readonly read: (known: ItemDetail | undefined) => Promise<ItemDetail | undefined>;
}

/**
 * Brings what is remembered of one project to what its lists show: items with another fingerprint are read and stored in small batches,
 * each of which may be the last; items that are proven to be gone are forgotten.
 * @returns ids that another project owns now: whoever lists them will take them
 */
export async function mirrorProject(task: ProjectTask): Promise<readonly string[]> {
  const { project, state, reader, counter } = task;
  const heads = new Map((await state.heads(project.id)).map((head) => [head.id, head]));
  const listed = new Set<string>();
  const shares: Omit<MirrorShare, 'project'>[] = [];
  let done = 0;
  for await (const items of readProjectItems(reader.server, project, reader.signal)) {
    const candidates = [...subjectsIn(items, task), ...experimentsIn(items, task)].flatMap((candidate) => {
      const { kind, row, fingerprint } = candidate;
      listed.add(row.id);
      if (task.holderOf(row.id) !== project.id) {
        shares.push({ kind, id: row.id, label: row.label });
        return [];
      }
      if (task.owners.get(row.id) !== undefined && task.owners.get(row.id) !== project.id)
        shares.push({ kind, id: row.id, label: row.label });
      return !task.full && isAsRead(heads.get(row.id)?.fingerprint, fingerprint, reader.resources) ? [] : [candidate];
    });
    for (let start = 0; start < candidates.length; start += itemsPerBatch) {
      reader.signal.throwIfAborted();
      const batch = candidates.slice(start, start + itemsPerBatch);
      await takeBatch(batch, items, task);
      done += batch.length;
      task.onProgress(done, Math.max(project.experiments, done));
    }
  }
  await state.saveShares(project.id, shares);
  const missing = [...heads.values()].filter((head) => !listed.has(head.id));
  const fate = await confirmMissing(reader.server, project.id, missing, { owners: task.owners, signal: reader.signal });
  await forget(fate.deleted, state, counter);
  return fate.moved;
}

/** Forgets items that are gone, and counts them. */
export async function forget(ids: readonly string[], state: MirrorState, counter: ChangeCounter): Promise<void> {
  for (let start = 0; start < ids.length; start += 500) {
    const batch = ids.slice(start, start + 500);
    const items = await state.items(batch);
    const parents = new Set(items.flatMap((item) => item.subjectId ?? []));
    for (const item of items) counter.count(itemDetail.parse(item.detail), undefined, parents.has(item.id));
    await state.removeItems(batch);
  }
}

function subjectsIn(items: ProjectItems, { reader }: ProjectTask): Candidate[] {
  return items.subjects.map((row) => ({
    kind: 'SUBJECT',
    row,
    fingerprint: fingerprintOfSubject(row),
    read: async (known) => await readSubject(reader, row, known?.type === 'subject' ? known : undefined),
  }));
}

function experimentsIn(items: ProjectItems, { reader }: ProjectTask): Candidate[] {
  return items.experiments.map((row) => ({
    kind: 'EXPERIMENT',
    row,
    fingerprint: fingerprintOfExperiment(row, items),
    read: async (known) => {
      if (!isSession(row, items)) return await readAssessor(reader, row);
      const before = known?.type === 'session' ? known : undefined;
      const now = new Set((items.scans.get(row.id) ?? []).map((scan) => scan.id));
      const gone = (before?.scans ?? []).filter((scan) => !now.has(scan.id));
      if (gone.length > 0) {
        // A list with fewer scans is no proof: another one must agree, else the session is as it was until the next run.
        const there = await confirmedScans(reader.server, row.id, reader.signal);
        if (there === undefined || gone.some((scan) => there.has(scan.id))) return undefined;
      }
      return await readSession(reader, row, items, before);
    },
  }));
}

/** Types of plugins are sessions where they have scans, or say so by their name as XNAT's own do. */
function isSession(row: ExperimentRow, items: ProjectItems): boolean {
  return row.sessionId === undefined && (items.scans.has(row.id) || /SessionData$/i.test(row.xsiType));
}

async function takeBatch(batch: readonly Candidate[], items: ProjectItems, task: ProjectTask): Promise<void> {
  const { state, project, counter, reader } = task;
  const known = new Map((await state.items(batch.map(({ row }) => row.id))).map((item) => [item.id, item]));
  const read = await Promise.all(
    batch.map(async (candidate) => {
      const before = known.get(candidate.row.id);
      const old = before === undefined ? undefined : itemDetail.parse(before.detail);
      const detail = await readOrReject(candidate, old, task);
      return detail === undefined ? [] : [{ candidate, old, detail }];
    }),
  );
  const taken = read.flat();
  const mark = reader.resources ? withFiles : '';
  await state.saveItems(
    taken.map(({ candidate, detail }) => toMirrorItem(headOf(candidate, project.id, mark), detail)),
  );
  for (const { candidate, old, detail } of taken)
    counter.count(old, detail, items.subjectsWithExperiments.has(candidate.row.id));
}

/** An item that went away meanwhile is left to the next run; one that cannot be read keeps its last good version. */
async function readOrReject(
  candidate: Candidate,
  old: ItemDetail | undefined,
  { project, reject }: ProjectTask,
): Promise<ItemDetail | undefined> {
  try {
    return await candidate.read(old);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    if (!(error instanceof ForbiddenError || error instanceof UpstreamContractError)) throw error;
    reject(`${project.id}/${candidate.row.id}`, (error as CatalogError).message);
    return undefined;
  }
}

/** Marks the fingerprint of an item whose files were counted. */
const withFiles = 'files ';

/** What was read without its files is read again once they are wanted. */
function isAsRead(known: string | undefined, fingerprint: string, resources: boolean): boolean {
  return known === `${withFiles}${fingerprint}` || (!resources && known === fingerprint);
}

function headOf(
  { kind, row, fingerprint }: Candidate,
  project: string,
  mark: string,
): Omit<MirrorItemHead, 'scans'> & Pick<MirrorItem, 'label' | 'subjectId' | 'sessionId' | 'uid'> {
  const head = { kind, id: row.id, project, label: row.label, fingerprint: `${mark}${fingerprint}` };
  if (!('xsiType' in row)) return head;
  const uid = row.columns['xnat:imagesessiondata/uid'];
  return {
    ...head,
    subjectId: row.subjectId,
    sessionId: row.sessionId,
    ...(uid !== undefined && uid !== '' && { uid }),
  };
}
