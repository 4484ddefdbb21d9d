import { intakeRecords, type RecordStore, withholdDataset } from '../../src/catalog/index.ts';
import type { MirrorProject } from '../../src/harvest/index.ts';
import { canonicalJson } from '../../src/kernel/canonical-json.ts';
import type { DatasetId } from '../../src/kernel/ids.ts';
import { mapRecord } from './map-record.ts';
import { type ProjectMapping, slugOf } from './mapping.ts';
import { projectDetail } from './project-detail.ts';
import { releaseDataset } from './release-dataset.ts';
import type { SeenProject, SeenProjects } from './see-projects.ts';
import type { RunNotes, XnatIngest } from './xnat-ingest.ts';

/** The server as the catalog names it as a source of facts. */
export function sourceOf({ source }: XnatIngest): { readonly name: string; readonly kind: 'XNAT' } {
  return { name: `xnat:${source.name}`, kind: 'XNAT' };
}

/** Records of datasets, and what became private put back to drafts, before anything else. */
export async function takeRecords(
  ingest: XnatIngest,
  store: RecordStore,
  { seen, gone }: SeenProjects,
  known: readonly MirrorProject[],
  { notes, clear }: { readonly notes: RunNotes; readonly clear: (datasetId: DatasetId) => Promise<void> },
): Promise<readonly MirrorProject[]> {
  const { source, state, mapping } = ingest;
  const groups = Map.groupBy(seen, (project) => recordIdOf(mapping, project.id));
  const records = [...groups].map(([sourceId, parts]) => ({
    place: sourceId,
    value: mapRecord(
      source,
      sourceId,
      parts.map((project) => ({ project, detail: project.detail })),
      slugOf(mapping, parts[0]?.id ?? ''),
    ),
  }));
  const taken = await intakeRecords(
    { source: sourceOf(ingest), records, publish: false, actor: sourceOf(ingest).name, signal: ingest.signal },
    store,
  );
  for (const { sourceId, error } of taken.rejected) notes.reject(sourceId, error);
  const datasetIds = await datasetsOf(ingest, store, [...groups.keys()]);
  const projects: MirrorProject[] = [];
  for (const project of seen) {
    const datasetId = datasetIds.get(recordIdOf(mapping, project.id));
    // Its record was rejected, and none was taken before.
    if (datasetId !== undefined) projects.push(await describeState(ingest, store, project, datasetId));
  }
  // Before anything is remembered: cut off here, the next run does it again.
  for (const datasetId of leftDatasets(known, projects)) {
    const fed = known.filter((project) => project.datasetId === datasetId);
    const isDeleted = fed.every(({ id }) => gone.some((one) => one.id === id && one.isDeleted));
    await releaseDataset({ datasetId, source: sourceOf(ingest), isDeleted }, store);
    await clear(datasetId);
  }
  for (const project of projects) await state.saveProject(project);
  return projects;
}

/** Datasets that projects fed at the last run and none feeds now. */
function leftDatasets(known: readonly MirrorProject[], projects: readonly MirrorProject[]): ReadonlySet<DatasetId> {
  const fed = new Set(projects.map((project) => project.datasetId));
  return new Set(known.map((project) => project.datasetId).filter((id) => !fed.has(id)));
}

/** A project's state; one that became private is withheld on the way, so that a cut in the middle does it again. */
async function describeState(
  ingest: XnatIngest,
  store: RecordStore,
  project: SeenProject,
  datasetId: DatasetId,
): Promise<MirrorProject> {
  const { id, accessibility, readable, detail, known } = project;
  const isPrivate = accessibility === 'private';
  const withheld = isPrivate && (known?.withheld ?? false);
  if (isPrivate && !withheld)
    await withholdDataset(
      { datasetId, source: sourceOf(ingest), reason: `The project ${id} is private at ${ingest.source.name}.` },
      store,
    );
  const moved = known !== undefined && known.datasetId !== datasetId;
  const dirty =
    known === undefined || moved || ingest.options.full || known.dirty || shapeOf(known.detail) !== shapeOf(detail);
  return { id, datasetId, accessibility, readable, withheld: isPrivate, detail, dirty };
}

/** One record for all projects that feed a dataset by the mapping, else one for each. */
function recordIdOf(mapping: ProjectMapping, project: string): string {
  const slug = slugOf(mapping, project);
  return slug === undefined ? `project:${project}` : `dataset:${slug}`;
}

async function datasetsOf(
  ingest: XnatIngest,
  store: RecordStore,
  sourceRecordIds: readonly string[],
): Promise<ReadonlyMap<string, DatasetId>> {
  return await store.transaction(async (tx) => {
    const source = await tx.source(sourceOf(ingest).name, 'XNAT');
    const known = await tx.knownRecords(source.id, sourceRecordIds);
    return new Map(
      known.flatMap(({ sourceRecordId, datasetId }) =>
        datasetId === undefined ? [] : [[sourceRecordId, datasetId] as const],
      ),
    );
  });
}

/** What of a project decides how its items become rows. */
function shapeOf(detail: unknown): string {
  return canonicalJson(projectDetail.parse(detail).variables);
}
