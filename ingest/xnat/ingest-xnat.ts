import type { HarvestRejection, HarvestReport, MirrorProject } from '../../src/harvest/index.ts';
import { ForbiddenError, NotFoundError, UpstreamContractError } from '../../src/kernel/errors.ts';
import type { DatasetId } from '../../src/kernel/ids.ts';
import { carryAccess } from './carry-access.ts';
import { ChangeCounter } from './count-changes.ts';
import { holders } from './holders.ts';
import { forget, mirrorProject } from './mirror-project.ts';
import { projectDetail } from './project-detail.ts';
import { readSite, type Site } from './read-site.ts';
import { type GoneProject, seeProjects } from './see-projects.ts';
import { type DatasetToTake, takeDataset, takeShares } from './take-dataset.ts';
import { sourceOf, takeRecords } from './take-records.ts';
import type { RunNotes, XnatIngest, XnatStores } from './xnat-ingest.ts';

/** Most rejections that a report holds. */
const keptRejections = 1_000;

/**
 * Mirrors an XNAT server: what is remembered of it is brought to what it shows now, then the catalog to what is remembered. Access goes
 * first, so that a project that became private is hidden even when the rest fails. Any step may be cut off: the next run goes on.
 */
export async function ingestXnat(ingest: XnatIngest, stores: XnatStores): Promise<HarvestReport> {
  return await new XnatMirror(ingest, stores).run();
}

class XnatMirror {
  readonly #ingest: XnatIngest;
  readonly #stores: XnatStores;
  readonly #counter = new ChangeCounter();
  readonly #rejected: HarvestRejection[] = [];
  readonly #rejectedKeys = new Set<string>();
  readonly #warnings: string[] = [];
  readonly #notes: RunNotes = {
    reject: (sourceId, error) => this.#reject(sourceId, error),
    warn: (warning) => this.#warnings.push(warning),
  };
  readonly #source: { readonly name: string; readonly kind: 'XNAT' };
  /** Of this run alone: a connection may have served others before. */
  readonly #before: { readonly requests: number; readonly bytes: number };

  constructor(ingest: XnatIngest, stores: XnatStores) {
    this.#ingest = ingest;
    this.#stores = stores;
    this.#source = sourceOf(ingest);
    this.#before = this.#usage();
  }

  async run(): Promise<HarvestReport> {
    const { server, state, signal } = this.#ingest;
    const began = new Date();
    this.#step('reading the list of projects', 0, 1);
    const site = await readSite(server, signal);
    const known = await state.projects();
    const found = await seeProjects(this.#ingest, site, known, this.#notes);
    const projects = await takeRecords(this.#ingest, this.#stores.records, found, known, {
      notes: this.#notes,
      clear: async (datasetId) => {
        await takeDataset(this.#task(datasetId, [], []));
      },
    });
    await this.#mirrorItems(site, projects);
    await this.#dropProjects(found.gone, projects);
    await this.#takeRows(site, projects);
    await state.settle(
      projects.filter((project) => project.readable).map((project) => project.id),
      began,
    );
    return await this.#report(projects);
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

  /** Forgets the items of projects that are gone, or that the mapping leaves out; only the former are counted as removed. */
  async #dropProjects(gone: readonly GoneProject[], projects: readonly MirrorProject[]): Promise<void> {
    const { state } = this.#ingest;
    for (const { id, datasetId, isDeleted } of gone) {
      const ids = (await state.heads(id)).map((head) => head.id);
      await forget(ids, state, isDeleted ? this.#counter : new ChangeCounter());
      await state.saveShares(id, []);
      const parts = projects.filter((project) => project.datasetId === datasetId);
      await takeDataset(this.#task(datasetId, parts, []));
      await state.removeProject(id);
    }
  }

  async #takeRows(site: Site, projects: readonly MirrorProject[]): Promise<void> {
    const { state, source } = this.#ingest;
    const current = new Map((await state.projects()).map((project) => [project.id, project]));
    const groups = Map.groupBy(current.values(), (project) => project.datasetId);
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
    const unlisted = this.#rejectedKeys.size - this.#rejected.length;
    return {
      added,
      changed,
      removed,
      accepted: added + changed,
      unchanged: Math.max(0, held - added - changed),
      rejected: this.#rejected,
      items: this.#counter.items,
      requests: usage.requests - this.#before.requests,
      bytes: usage.bytes - this.#before.bytes,
      ...(source.freshAt !== undefined && { lagMs: Date.now() - source.freshAt.getTime() }),
      warnings: [...this.#warnings, ...(unlisted > 0 ? [`${unlisted} more rejections are not listed.`] : [])],
    };
  }

  #usage(): { readonly requests: number; readonly bytes: number } {
    const { requests, bytesSent, bytesReceived } = this.#ingest.server.usage();
    return { requests, bytes: bytesSent + bytesReceived };
  }

  /** A value that does not fit may be one of a hundred thousand: each is counted once, the first ones are kept. */
  #reject(sourceId: string, error: string): void {
    const key = `${sourceId}\n${error}`;
    if (this.#rejectedKeys.has(key)) return;
    this.#rejectedKeys.add(key);
    if (this.#rejected.length < keptRejections) this.#rejected.push({ sourceId, error });
  }

  #step(step: string, done: number, total: number): void {
    this.#ingest.onProgress({ step, done, total });
  }
}
