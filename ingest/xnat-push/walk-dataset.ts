import type { Dataset } from '../../src/catalog/index.ts';
import type { XnatServer } from '../../src/xnat/index.ts';
import { fileAt, type LocalFolder } from './local-folder.ts';
import { type CatalogSubject, type MappingContext, mapSubject, type WantedSubject } from './map-subject.ts';
import { placeFiles } from './place-files.ts';
import { planSubject } from './plan-subject.ts';
import { type Reading, subjectBatches } from './read-dataset.ts';
import { type HeldSubject, readHeld } from './read-project.ts';
import type { Tally } from './tally.ts';
import { isBelow, type Mode, type Run, takeFiles, takeSteps } from './write-subject.ts';

/** Subjects in memory at a time: their labels travel in one address. */
const batchSize = 40;
/** Subjects worked on at a time; the connection sends four requests at once. */
const lanes = 4;

/** One pass over a dataset. */
export interface Walk {
  readonly reading: Reading;
  readonly dataset: Dataset;
  readonly context: MappingContext;
  readonly folder: LocalFolder | undefined;
  readonly project: string;
  readonly server: XnatServer;
  readonly overwrite: boolean;
  readonly mode: Mode;
  readonly tally: Tally;
  /** Whether the project is there; a dry run may meet one that is not. */
  readonly exists: boolean;
  readonly onSubject: (done: number, total: number) => void;
}

/** Goes through a dataset, some subjects at a time, and settles each with the project. */
export async function walkDataset(walk: Walk, signal: AbortSignal): Promise<void> {
  const run: Run = { ...walk, signal };
  const total = walk.dataset.held.subjects;
  const labels = new Set<string>();
  const folders = new Set<string>();
  let done = 0;
  for await (const batch of subjectBatches(walk.reading, walk.dataset, batchSize)) {
    signal.throwIfAborted();
    const wanted = distinct(batch, walk, labels);
    const held = walk.exists ? await heldOf(walk, wanted, signal) : new Map<string, HeldSubject>();
    await inLanes(wanted, async (subject) => {
      for (const name of await settle(run, walk, subject, held.get(subject.label))) folders.add(name);
      done += 1;
      walk.onSubject(done, total);
    });
  }
  if (walk.folder !== undefined) await settleRest(run, walk, walk.folder, folders);
}

/** Subjects of a batch under labels that nobody before them has. */
function distinct(batch: readonly CatalogSubject[], walk: Walk, labels: Set<string>): WantedSubject[] {
  const wanted: WantedSubject[] = [];
  for (const subject of batch) {
    const mapped = mapSubject(subject, walk.context);
    if (labels.has(mapped.label)) {
      walk.tally.reject(mapped.sourceLabel, `another subject is called ${mapped.label} in XNAT, too`);
      continue;
    }
    labels.add(mapped.label);
    for (const words of mapped.leftOut) walk.tally.reject(mapped.sourceLabel, words);
    wanted.push(mapped);
  }
  return wanted;
}

async function heldOf(
  { server, project }: Walk,
  wanted: readonly WantedSubject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, HeldSubject>> {
  const labels = wanted.map((subject) => subject.label);
  if (labels.length === 0) return new Map();
  const withValues = new Set(wanted.filter((one) => Object.keys(one.fields).length > 0).map((one) => one.label));
  return await readHeld(server, { project, labels, withValues }, signal);
}

/** Settles one subject, its files included. @returns names of the local folders that are its */
async function settle(
  run: Run,
  walk: Walk,
  wanted: WantedSubject,
  held: HeldSubject | undefined,
): Promise<readonly string[]> {
  const plan = planSubject(wanted, held, walk);
  const missing = await takeSteps(run, plan.steps);
  const { folder } = walk;
  if (folder === undefined) return [];
  const names = folder.subjects.get(wanted.label) ?? [];
  for (const name of names) {
    const { resources, rejected } = await placeFiles(folder, name, plan);
    for (const { sourceId, error } of rejected) run.tally.reject(sourceId, error);
    for (const placed of resources) {
      const lost = missing.some((address) => isBelow(placed.item, address));
      if (lost) run.tally.reject(`${placed.sourceId}/${placed.resource}`, 'its item is not in XNAT');
      else await takeFiles(run, placed);
    }
  }
  return names;
}

/** Files of the folder itself go to the project; folders that are nobody's are said. */
async function settleRest(run: Run, walk: Walk, folder: LocalFolder, known: ReadonlySet<string>): Promise<void> {
  for (const name of [...folder.subjects.values()].flat())
    if (!known.has(name)) run.tally.reject(name, `no subject of ${walk.dataset.slug} is called so`);
  const resource = folder.bids ? 'BIDS' : 'FILES';
  const files = [];
  for (const name of folder.files) {
    const file = await fileAt(folder, name);
    if ('unreadable' in file) run.tally.reject(name, file.unreadable);
    else files.push(file);
  }
  if (files.length > 0)
    await takeFiles(run, { sourceId: walk.project, item: { project: walk.project }, resource, files });
}

/** Runs work on some items at a time; the first failure stops the rest. */
async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  let failed = false;
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined && !failed; item = queue.shift()) {
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
