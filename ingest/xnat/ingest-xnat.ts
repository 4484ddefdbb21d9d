import type { PrincipalStore } from '../../src/access/index.ts';
import {
  intakeRecords,
  type RecordStore,
  type RowStore,
  retireRecords,
  withholdDataset,
} from '../../src/catalog/index.ts';
import type {
  DataSource,
  HarvestOptions,
  HarvestProgress,
  HarvestRejection,
  HarvestReport,
  MirrorProject,
  MirrorState,
} from '../../src/harvest/index.ts';
import { canonicalJson } from '../../src/kernel/canonical-json.ts';
import { ForbiddenError, NotFoundError, UpstreamContractError } from '../../src/kernel/errors.ts';
import type { DatasetId } from '../../src/kernel/ids.ts';
import type { XnatServer } from '../../src/xnat/index.ts';
import { carryAccess } from './carry-access.ts';
import { ChangeCounter } from './count-changes.ts';
import { holders } from './holders.ts';
import { mapRecord } from './map-record.ts';
import { isMirrored, type ProjectMapping } from './mapping.ts';
import { forget, mirrorProject } from './mirror-project.ts';
import { describeProject, type ProjectDetail, projectDetail } from './project-detail.ts';
import { readProjectFacts } from './read-project.ts';
import { readSite, type Site } from './read-site.ts';
import { type DatasetToTake, takeDataset, takeShares } from './take-dataset.ts';

/** A server to mirror, and how. */
export interface XnatIngest {
  readonly source: DataSource;
  readonly server: XnatServer;
  readonly mapping: ProjectMapping;
  readonly options: HarvestOptions;
  /** Whether files are counted; without, each project costs a handful of requests and sessions none. */
  readonly resources: boolean;
  readonly state: MirrorState;
  readonly onProgress: (progress: HarvestProgress) => void;
  readonly signal: AbortSignal;
}

/** Where it goes. */
export interface XnatStores {
  readonly records: RecordStore;
  readonly rows: RowStore;
  readonly principals: PrincipalStore;
}

/** Most rejections that a report holds. */
const keptRejections = 1_000;

/**
 * Mirrors an XNAT server: what is remembered of it is brought to what it shows now, then the catalog to what is remembered. Access goes
 * first, so that a project that became private is hidden even when the rest fails. Any step may be cut off: the next run goes on.
 */
export async function ingestXnat(ingest: XnatIngest, stores: XnatStores): Promise<HarvestReport> {
  return await new XnatMirror(ingest, stores).run();
}

/** A project as this run sees it. */
interface SeenProject extends Pick<MirrorProject, 'id' | 'accessibility' | 'readable'> {
  readonly detail: ProjectDetail;
  readonly known: MirrorProject | undefined;
}

class XnatMirror {
  readonly #ingest: XnatIngest;
  readonly #stores: XnatStores;
  readonly #counter = new ChangeCounter();
  readonly #rejected: HarvestRejection[] = [];
  readonly #warnings: string[] = [];
  readonly #source: { readonly name: string; readonly kind: 'XNAT' };
  /** Of this run alone: a connection may have served others before. */
  readonly #before: { readonly requests: number; readonly bytes: number };

  constructor(ingest: XnatIngest, stores: XnatStores) {
    this.#ingest = ingest;
    this.#stores = stores;
    this.#source = { name: `xnat:${ingest.source.name}`, kind: 'XNAT' };
    this.#before = this.#usage();
  }

  async run(): Promise<HarvestReport> {
    const { server, state, signal } = this.#ingest;
    const began = new Date();
    this.#step('reading the list of projects', 0, 1);
    const site = await readSite(server, signal);
    const known = await state.projects();
    const { seen, gone } = await this.#seeProjects(site, known);
    const projects = await this.#takeRecords(seen);
    await this.#mirrorItems(site, projects);
    await this.#dropProjects(gone, projects);
    await this.#takeRows(site, projects, known);
    await state.settle(
      projects.filter((project) => project.readable).map((project) => project.id),
      began,
    );
    return await this.#report(projects);
  }

  /** Looks at every project that is listed, and at those that were. */
  async #seeProjects(
    site: Site,
    known: readonly MirrorProject[],
  ): Promise<{ readonly seen: readonly SeenProject[]; readonly gone: readonly string[] }> {
    const { mapping } = this.#ingest;
    const listed = [...site.projects.keys()].filter((id) => isMirrored(mapping, id)).sort();
    const before = known.filter((project) => project.readable);
    if (before.length > 1 && !before.some(({ id }) => site.accessible.has(id)))
      throw new ForbiddenError(
        `The account ${site.login} can read none of the ${before.length} projects it read before: its rights, or the server, are not as they were. Nothing was changed.`,
      );
    const seen: SeenProject[] = [];
    const gone: string[] = [];
    for (const id of listed) {
      const old = known.find((project) => project.id === id);
      const project = site.accessible.has(id)
        ? await this.#readProject(id, old)
        : old && this.#unreadable(old, 'protected');
      if (project !== undefined) seen.push(project);
      else this.#warnings.push(`${id} is listed, but this account may not read it.`);
    }
    for (const old of known.filter(({ id }) => !listed.includes(id))) {
      if (!isMirrored(mapping, old.id) || (await this.#isDeleted(site, old.id))) gone.push(old.id);
      else seen.push(this.#unreadable(old, 'private'));
    }
    return { seen: seen.toSorted((a, b) => (a.id < b.id ? -1 : 1)), gone };
  }

  async #readProject(id: string, known: MirrorProject | undefined): Promise<SeenProject | undefined> {
    try {
      const facts = await readProjectFacts(this.#ingest.server, id, this.#ingest.signal);
      // What the server would not say this time is taken to be as it was, and closed where nothing is known.
      const accessibility = facts.accessibility ?? known?.accessibility ?? 'private';
      if (facts.accessibility === undefined) this.#warnings.push(`${id}: its accessibility cannot be read.`);
      if (facts.members === undefined)
        this.#warnings.push(`${id}: its members cannot be seen; grants stay as they were.`);
      return { id, accessibility, readable: true, detail: describeProject(facts), known };
    } catch (error) {
      if (
        !(error instanceof ForbiddenError || error instanceof NotFoundError || error instanceof UpstreamContractError)
      )
        throw error;
      this.#reject(id, error.message);
      return known && { ...known, detail: projectDetail.parse(known.detail), known, readable: false };
    }
  }

  #unreadable(known: MirrorProject, accessibility: MirrorProject['accessibility']): SeenProject {
    if (known.readable)
      this.#warnings.push(
        `${known.id} can be read no more: what is held of it stays, and is shown to nobody without a grant.`,
      );
    return { id: known.id, accessibility, readable: false, detail: projectDetail.parse(known.detail), known };
  }

  /** A project that an administrator is told not to exist is gone; for any other account it may only be hidden. */
  async #isDeleted(site: Site, id: string): Promise<boolean> {
    if (!site.isAdmin) return false;
    try {
      await readProjectFacts(this.#ingest.server, id, this.#ingest.signal);
      return false;
    } catch (error) {
      if (error instanceof NotFoundError) return true;
      if (error instanceof ForbiddenError) return false;
      throw error;
    }
  }

  /** Records of datasets, and what became private put back to drafts, before anything else. */
  async #takeRecords(seen: readonly SeenProject[]): Promise<readonly MirrorProject[]> {
    const { source, state, mapping } = this.#ingest;
    const groups = Map.groupBy(seen, (project) => this.#recordIdOf(project.id));
    const records = [...groups].map(([sourceId, parts]) => ({
      place: sourceId,
      value: mapRecord(
        source,
        sourceId,
        parts.map((project) => ({ project, detail: project.detail })),
        mapping.projects[parts[0]?.id ?? ''],
      ),
    }));
    const taken = await intakeRecords(
      { source: this.#source, records, publish: false, actor: this.#source.name, signal: this.#ingest.signal },
      this.#stores.records,
    );
    for (const { sourceId, error } of taken.rejected) this.#reject(sourceId, error);
    const datasetIds = await this.#datasetsOf([...groups.keys()]);
    const projects: MirrorProject[] = [];
    for (const project of seen) {
      const datasetId = datasetIds.get(this.#recordIdOf(project.id));
      // Its record was rejected, and none was taken before.
      if (datasetId === undefined) continue;
      const saved = await this.#saveProject(project, datasetId);
      projects.push(saved);
      await state.saveProject(saved);
    }
    return projects;
  }

  async #saveProject(project: SeenProject, datasetId: DatasetId): Promise<MirrorProject> {
    const { id, accessibility, readable, detail, known } = project;
    const isPrivate = accessibility === 'private';
    const withheld = isPrivate && (known?.withheld ?? false);
    if (isPrivate && !withheld)
      await withholdDataset(
        { datasetId, source: this.#source, reason: `The project ${id} is private at ${this.#source.name}.` },
        this.#stores.records,
      );
    const moved = known !== undefined && known.datasetId !== datasetId;
    const dirty =
      known === undefined ||
      moved ||
      this.#ingest.options.full ||
      known.dirty ||
      shapeOf(known.detail) !== shapeOf(detail);
    return { id, datasetId, accessibility, readable, withheld: isPrivate, detail, dirty };
  }

  /** One record for all projects that feed a dataset by the mapping, else one for each. */
  #recordIdOf(project: string): string {
    const slug = this.#ingest.mapping.projects[project];
    return slug === undefined ? `project:${project}` : `dataset:${slug}`;
  }

  async #datasetsOf(sourceRecordIds: readonly string[]): Promise<ReadonlyMap<string, DatasetId>> {
    return await this.#stores.records.transaction(async (tx) => {
      const source = await tx.source(this.#source.name, this.#source.kind);
      const known = await tx.knownRecords(source.id, sourceRecordIds);
      return new Map(
        known.flatMap(({ sourceRecordId, datasetId }) =>
          datasetId === undefined ? [] : [[sourceRecordId, datasetId] as const],
        ),
      );
    });
  }

  async #mirrorItems(site: Site, projects: readonly MirrorProject[]): Promise<void> {
    const { server, state, options, resources, signal } = this.#ingest;
    const readable = projects.filter((project) => project.readable);
    const holderOf = await holders(site.owners, projects, state);
    const moved: { readonly id: string; readonly from: string }[] = [];
    for (const [index, project] of readable.entries()) {
      signal.throwIfAborted();
      const { variables } = projectDetail.parse(project.detail);
      const experiments = site.experimentCounts.get(project.id) ?? 0;
      const isFirst = project.dirty && (await state.heads(project.id)).length === 0;
      try {
        const ids = await mirrorProject({
          project: { id: project.id, variables, experiments, isFirst },
          reader: {
            server,
            project: project.id,
            variables,
            hasForms: site.forms.length > 0,
            resources,
            digests: options.digests,
            signal,
          },
          state,
          owners: site.owners,
          holderOf: (id) => holderOf(id, project.id),
          full: options.full,
          counter: this.#counter,
          reject: (sourceId, error) => this.#reject(sourceId, error),
          onProgress: (done, total) =>
            this.#step(`${project.id}: reading items (project ${index + 1} of ${readable.length})`, done, total),
        });
        moved.push(...ids.map((id) => ({ id, from: project.id })));
      } catch (error) {
        if (
          !(error instanceof ForbiddenError || error instanceof NotFoundError || error instanceof UpstreamContractError)
        )
          throw error;
        this.#reject(project.id, error.message);
      }
    }
    // Whoever owns and lists them has taken them by now; the others are nowhere that is mirrored.
    const heads = new Map((await state.headsByIds(moved.map(({ id }) => id))).map((head) => [head.id, head.project]));
    await forget(
      moved.filter(({ id, from }) => heads.get(id) === from).map(({ id }) => id),
      state,
      this.#counter,
    );
  }

  /** Projects that are gone: their items, and what they said of their datasets. */
  async #dropProjects(ids: readonly string[], projects: readonly MirrorProject[]): Promise<void> {
    const { state } = this.#ingest;
    for (const id of ids) {
      await forget(
        (await state.heads(id)).map((head) => head.id),
        state,
        this.#counter,
      );
      await state.saveShares(id, []);
    }
    const gone = (await state.projects()).filter((project) => ids.includes(project.id));
    for (const { id, datasetId } of gone) {
      const parts = projects.filter((project) => project.datasetId === datasetId);
      await takeDataset(this.#task(datasetId, parts, []));
      if (parts.length === 0)
        await retireRecords({ source: this.#source, sourceRecordIds: [this.#recordIdOf(id)] }, this.#stores.records);
      await state.removeProject(id);
    }
  }

  async #takeRows(site: Site, projects: readonly MirrorProject[], known: readonly MirrorProject[]): Promise<void> {
    const { state, source } = this.#ingest;
    const current = new Map((await state.projects()).map((project) => [project.id, project]));
    const groups = Map.groupBy(current.values(), (project) => project.datasetId);
    // A project that feeds another dataset now leaves the one it fed.
    const left = new Set(known.map((project) => project.datasetId).filter((id) => !groups.has(id)));
    for (const datasetId of left) await takeDataset(this.#task(datasetId, [], site.forms));
    let done = 0;
    for (const [datasetId, parts] of groups) {
      this.#step('taking rows into the catalog', done, groups.size);
      done += 1;
      if (parts.some((project) => project.dirty)) {
        const report = await takeDataset(this.#task(datasetId, parts, site.forms));
        for (const { sourceId, error } of report.rejected) this.#reject(sourceId, error);
      }
      const passedOver = await carryAccess(
        { datasetId, server: source.name, projects: parts },
        this.#stores.principals,
      );
      if (passedOver.length > 0)
        this.#warnings.push(
          `No grant for members of groups that administrators made: ${passedOver.slice(0, 20).join(', ')}.`,
        );
    }
    for (const [datasetId, parts] of groups)
      if (parts.some((project) => project.dirty))
        await takeShares(this.#task(datasetId, parts, site.forms), (id) => current.get(id)?.datasetId);
    const unread = projects.filter((project) => !project.readable).map((project) => project.id);
    // Projects that could not be read keep their last state, which is in the catalog by now.
    await state.settle(unread, new Date(0));
  }

  #task(datasetId: DatasetId, projects: readonly MirrorProject[], forms: Site['forms']): DatasetToTake {
    const { state, signal } = this.#ingest;
    return {
      datasetId,
      source: this.#source,
      projects,
      forms,
      state,
      rows: this.#stores.rows,
      reject: (sourceId, error) => this.#reject(sourceId, error),
      signal,
    };
  }

  async #report(projects: readonly MirrorProject[]): Promise<HarvestReport> {
    const { state, source } = this.#ingest;
    const { added, changed, removed } = this.#counter.leaves;
    const held = await state.countLeaves(projects.map((project) => project.id));
    const usage = this.#usage();
    return {
      added,
      changed,
      removed,
      accepted: added + changed,
      unchanged: Math.max(0, held - added - changed),
      rejected: this.#rejected.slice(0, keptRejections),
      items: this.#counter.items,
      requests: usage.requests - this.#before.requests,
      bytes: usage.bytes - this.#before.bytes,
      ...(source.freshAt !== undefined && { lagMs: Date.now() - source.freshAt.getTime() }),
      warnings: this.#warnings,
    };
  }

  #usage(): { readonly requests: number; readonly bytes: number } {
    const { requests, bytesSent, bytesReceived } = this.#ingest.server.usage();
    return { requests, bytes: bytesSent + bytesReceived };
  }

  #reject(sourceId: string, error: string): void {
    if (!this.#rejected.some((rejection) => rejection.sourceId === sourceId && rejection.error === error))
      this.#rejected.push({ sourceId, error });
  }

  #step(step: string, done: number, total: number): void {
    this.#ingest.onProgress({ step, done, total });
  }
}

/** What of a project decides how its items become rows. */
function shapeOf(detail: unknown): string {
  return canonicalJson(projectDetail.parse(detail).variables);
}
