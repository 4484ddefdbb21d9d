import type { MirrorProject } from '../../src/harvest/index.ts';
import { ConflictError, ForbiddenError, NotFoundError, UpstreamContractError } from '../../src/kernel/errors.ts';
import { isMirrored } from './mapping.ts';
import { describeProject, type ProjectDetail, projectDetail } from './project-detail.ts';
import { readProjectFacts } from './read-project.ts';
import type { Site } from './read-site.ts';
import type { RunNotes, XnatIngest } from './xnat-ingest.ts';

/** A project as this run sees it. */
export interface SeenProject extends Pick<MirrorProject, 'id' | 'accessibility' | 'readable'> {
  readonly detail: ProjectDetail;
  readonly known: MirrorProject | undefined;
}

/** A project that is mirrored no more. */
export interface GoneProject extends Pick<MirrorProject, 'id' | 'datasetId'> {
  /** Proven to be gone at the server; else the mapping leaves it out. */
  readonly isDeleted: boolean;
}

/** Projects as a run finds them. */
export interface SeenProjects {
  readonly seen: readonly SeenProject[];
  readonly gone: readonly GoneProject[];
}

/** Looks at every project that is listed, and at those that were. */
export async function seeProjects(
  ingest: XnatIngest,
  site: Site,
  known: readonly MirrorProject[],
  notes: RunNotes,
): Promise<SeenProjects> {
  const { mapping } = ingest;
  const listed = [...site.projects.keys()].filter((id) => isMirrored(mapping, id)).sort();
  const before = known.filter((project) => project.readable);
  refuseOtherServer(ingest, site, before);
  if (before.length > 1 && !before.some(({ id }) => site.accessible.has(id)))
    throw new ForbiddenError(
      `The account ${site.login} can read none of the ${before.length} projects it read before: its rights, or the server, are not as they were. Nothing was changed.`,
    );
  const seen: SeenProject[] = [];
  const gone: GoneProject[] = [];
  for (const id of listed) {
    const old = known.find((project) => project.id === id);
    const project = site.accessible.has(id)
      ? await readProject(ingest, id, old, notes)
      : old && unreadable(old, notes, 'protected');
    if (project !== undefined) seen.push(project);
    else notes.warn(`${id} is listed, but this account may not read it.`);
  }
  for (const old of known.filter(({ id }) => !listed.includes(id))) {
    if (!isMirrored(mapping, old.id)) gone.push({ id: old.id, datasetId: old.datasetId, isDeleted: false });
    else if (await isDeleted(ingest, site, old.id))
      gone.push({ id: old.id, datasetId: old.datasetId, isDeleted: true });
    else seen.push(unreadable(old, notes, 'private'));
  }
  return { seen: seen.toSorted((a, b) => (a.id < b.id ? -1 : 1)), gone };
}

/**
 * A name stands for one server. It may move to another address; a server that has few of the projects is another one, and mirroring it
 * under this name would delete what the first one gave.
 */
function refuseOtherServer({ source, knownAs }: XnatIngest, site: Site, before: readonly MirrorProject[]): void {
  if (knownAs.url === source.url && knownAs.asked === source.name) return;
  const listed = before.filter(({ id }) => site.projects.has(id)).length;
  if (listed * 2 >= before.length) return;
  throw new ConflictError(
    `"${source.name}" is the server at ${knownAs.url} with ${before.length} mirrored projects; ${source.url} has ${listed} of them, so it is another one. Nothing was changed: give another name with --server or XNAT_NAME, and another address to each.`,
    { source: source.name },
  );
}

async function readProject(
  ingest: XnatIngest,
  id: string,
  known: MirrorProject | undefined,
  notes: RunNotes,
): Promise<SeenProject | undefined> {
  try {
    const facts = await readProjectFacts(ingest.server, id, ingest.signal);
    // What the server would not say this time is taken to be as it was, and closed where nothing is known.
    const accessibility = facts.accessibility ?? known?.accessibility ?? 'private';
    if (facts.accessibility === undefined) notes.warn(`${id}: its accessibility cannot be read.`);
    if (facts.members === undefined) notes.warn(`${id}: its members cannot be seen; grants stay as they were.`);
    return { id, accessibility, readable: true, detail: describeProject(facts), known };
  } catch (error) {
    if (!(error instanceof ForbiddenError || error instanceof NotFoundError || error instanceof UpstreamContractError))
      throw error;
    notes.reject(id, error.message);
    return known && { ...known, detail: projectDetail.parse(known.detail), known, readable: false };
  }
}

function unreadable(known: MirrorProject, notes: RunNotes, accessibility: MirrorProject['accessibility']): SeenProject {
  if (known.readable)
    notes.warn(`${known.id} can be read no more: what is held of it stays, and is shown to nobody without a grant.`);
  return { id: known.id, accessibility, readable: false, detail: projectDetail.parse(known.detail), known };
}

/** A project that an administrator is told not to exist is gone; for any other account it may only be hidden. */
async function isDeleted(ingest: XnatIngest, site: Site, id: string): Promise<boolean> {
  if (!site.isAdmin) return false;
  try {
    await readProjectFacts(ingest.server, id, ingest.signal);
    return false;
  } catch (error) {
    if (error instanceof NotFoundError) return true;
    if (error instanceof ForbiddenError) return false;
    throw error;
  }
}
