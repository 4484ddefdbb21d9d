import type { MirrorItemHead } from '../../src/harvest/index.ts';
import { ForbiddenError, NotFoundError } from '../../src/kernel/errors.ts';
import { listScans, readItem, sweepExperimentIds, sweepSubjectIds, type XnatServer } from '../../src/xnat/index.ts';
import type { Owners } from './read-site.ts';

/** What became of items that a project's lists show no more. */
export interface MissingItems {
  /** Proven to be no longer in the project, and seen nowhere else. */
  readonly deleted: readonly string[];
  /** Proven to be no longer in the project; another one owns it, which may find it in its own lists. */
  readonly moved: readonly string[];
  /** Still there, or nobody can tell: kept as they were. */
  readonly kept: readonly string[];
}

/**
 * Finds out what became of items. A list without them is no proof: a project's lists are empty for an account that may not read it. So
 * the ids are listed a second time, then each item that is still missing is asked for: 404 means gone, 403 and any answer mean kept.
 */
export async function confirmMissing(
  server: XnatServer,
  project: string,
  missing: readonly MirrorItemHead[],
  { owners, signal }: { readonly owners: Owners; readonly signal: AbortSignal },
): Promise<MissingItems> {
  if (missing.length === 0) return { deleted: [], moved: [], kept: [] };
  const [subjects, experiments] = await Promise.all([
    sweepSubjectIds(server, { project }, signal),
    sweepExperimentIds(server, { project }, signal),
  ]);
  const found = await Promise.all(
    missing.map(async ({ id, kind }) => {
      if (subjects.has(id) || experiments.has(id)) return { id, fate: 'kept' } as const;
      const address = kind === 'SUBJECT' ? { project, subject: id } : { project, experiment: id };
      return { id, fate: await fateOf(server, address, owners.get(id), signal) } as const;
    }),
  );
  const of = (fate: string): string[] => found.filter((item) => item.fate === fate).map((item) => item.id);
  return { deleted: of('deleted'), moved: of('moved'), kept: of('kept') };
}

/** Asked within the project: an item that is only hidden from this account there answers 403, one that is not there any more 404. */
async function fateOf(
  server: XnatServer,
  address: { readonly project: string; readonly subject?: string; readonly experiment?: string },
  owner: string | undefined,
  signal: AbortSignal,
): Promise<'deleted' | 'moved' | 'kept'> {
  const { project, subject, experiment } = address;
  try {
    const item = await readItem(server, address, signal);
    if (item.fields['ID'] === (subject ?? experiment)) return 'kept';
    // Another item's label is this one's accession number.
  } catch (error) {
    if (error instanceof ForbiddenError) return 'kept';
    if (!(error instanceof NotFoundError)) throw error;
  }
  return owner !== undefined && owner !== project ? 'moved' : 'deleted';
}

/**
 * Whether a session really has only these scans, when the wide list has fewer than before.
 * @returns ids of the scans there are; undefined when nobody can tell
 */
export async function confirmedScans(
  server: XnatServer,
  experiment: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const { rows } = await listScans(server, { experiment, columns: ['ID'] }, signal);
    return new Set(rows.map((row) => row.id));
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof ForbiddenError) return undefined;
    throw error;
  }
}
