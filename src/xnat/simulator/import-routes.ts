import { requireRight } from './accounts.ts';
import { addExperiment, addScan, addSubject } from './edit-world.ts';
import { SimError, type SimReply, text } from './exchange.ts';
import { findProject } from './lookups.ts';
import { type ArchiveEntry, readArchive } from './read-archive.ts';
import { storeFile } from './resources.ts';
import type { Route } from './router.ts';
import { type Call, param } from './simulation.ts';
import { formatOf, renderTable } from './tables.ts';
import type { PrearchiveEntry, SimExperiment, SimProject } from './world.ts';

/** The import service, the prearchive, catalog refresh. */
export const importRoutes: readonly Route[] = [
  { method: 'POST', pattern: '/data/services/import', handler: importArchive },
  { method: 'POST', pattern: '/data/services/refresh/catalog', handler: refresh },
  { method: 'GET', pattern: '/data/prearchive', handler: (call) => listPrearchive(call, undefined) },
  { method: 'GET', pattern: '/data/prearchive/projects', handler: (call) => listPrearchive(call, undefined) },
  {
    method: 'GET',
    pattern: '/data/prearchive/projects/:project',
    handler: (call) => listPrearchive(call, findProject(call, 'edit').id),
  },
  { method: 'DELETE', pattern: '/data/prearchive/projects/:project/:timestamp/:folder', handler: deleteEntry },
];

async function importArchive(call: Call): Promise<SimReply> {
  const { query } = call.request;
  const bytes = await call.request.body();
  if (bytes.byteLength === 0) throw new SimError(400, 'Unable to identify upload');
  const projectId = query.get('project') ?? query.get('PROJECT_ID');
  if (projectId === undefined) throw new SimError(400, 'A project is required');
  const project = findProject(call, 'edit', projectId);
  const subject = query.get('subject') ?? 'imported';
  const session = query.get('session') ?? `${subject}_${call.sim.world.serial('import')}`;
  if (query.get('dest')?.startsWith('/prearchive') === true)
    return text(`${prearchive(call, project, subject, session)}\r\n`);
  const entries = readArchive(bytes) ?? [{ path: 'upload.dcm', bytes }];
  const experiment = target(call, project, subject, session);
  for (const entry of entries) place(call, experiment, entry);
  experiment.stamp.modifiedAt = call.sim.clock.now();
  return text(`/data/archive/projects/${project.id}/subjects/${subject}/experiments/${session}\r\n`);
}

function prearchive(call: Call, project: SimProject, subject: string, session: string): string {
  const now = call.sim.clock.now();
  const timestamp = call.sim.clock.stamp(now).replace(/[-:]/g, '').replace(' ', '_').replace(/\..*$/, '');
  const entry: PrearchiveEntry = {
    project: project.id,
    timestamp: `${timestamp}${String(call.sim.world.serial('prearchive')).padStart(3, '0')}`,
    folder: session,
    subject,
    uploadedAt: now,
  };
  call.sim.world.prearchive.push(entry);
  return `/data${addressOf(entry)}`;
}

function addressOf(entry: PrearchiveEntry): string {
  return `/prearchive/projects/${entry.project}/${entry.timestamp}/${entry.folder}`;
}

function target(call: Call, project: SimProject, subjectLabel: string, sessionLabel: string): SimExperiment {
  const { world } = call.sim;
  const edit = { world, at: call.sim.clock.now(), by: call.user.login };
  const subject =
    world.subjects.get(project.subjectLabels.get(subjectLabel) ?? subjectLabel) ??
    addSubject(edit, project, { label: subjectLabel, values: {} });
  const known = world.experiments.get(project.experimentLabels.get(sessionLabel) ?? sessionLabel);
  const overwrite = call.request.query.get('overwrite') ?? 'none';
  if (known === undefined)
    return addExperiment(
      edit,
      { project, subject },
      { label: sessionLabel, xsiType: 'xnat:otherDicomSessionData', values: { modality: 'OT' } },
    );
  if (overwrite === 'none') throw new SimError(409, 'Session already exists');
  if (overwrite === 'delete') known.scans.clear();
  return known;
}

/** `scans/N/…` inside the archive names the scan; anything else goes to scan 1. */
function place(call: Call, session: SimExperiment, entry: ArchiveEntry): void {
  const [, id = '1', path = entry.path] = /(?:^|\/)scans\/([^/]+)\/(?:.*\/)?([^/]+)$/.exec(entry.path) ?? [];
  const edit = { world: call.sim.world, at: call.sim.clock.now(), by: call.user.login };
  const scan =
    session.scans.get(id) ??
    addScan(edit, session, {
      id,
      xsiType: 'xnat:otherDicomScanData',
      values: { type: 'imported', quality: 'usable', modality: 'OT' },
    });
  const resource = scan.resources?.[0] ?? {
    id: call.sim.world.serial('resource'),
    label: 'DICOM',
    format: 'DICOM',
    content: 'RAW',
    tags: '',
  };
  scan.resources ??= [resource];
  storeFile(resource, { path, bytes: entry.bytes, format: 'DICOM', content: 'RAW', tags: '' }, true);
}

function refresh(call: Call): SimReply {
  const resource = call.request.query.get('resource') ?? '';
  if (!/^\/(?:data\/)?(?:archive\/)?\w+\//.test(resource)) throw new SimError(400, 'resource is required');
  return text('');
}

function listPrearchive(call: Call, only: string | undefined): SimReply {
  const columns = [
    'project',
    'timestamp',
    'lastmod',
    'uploaded',
    'scan_date',
    'scan_time',
    'subject',
    'folderName',
    'name',
    'tag',
    'status',
    'url',
    'autoarchive',
    'prevent_anon',
    'prevent_auto_commit',
    'SOURCE',
    'VISIT',
    'PROTOCOL',
    'TIMEZONE',
  ];
  const { world, clock } = call.sim;
  const rows = world.prearchive
    .filter((entry) => (only === undefined ? mayEdit(call, entry.project) : entry.project === only))
    .map((entry) => {
      const at = clock.stamp(entry.uploadedAt);
      return [
        entry.project,
        entry.timestamp,
        at,
        at,
        '',
        '',
        entry.subject,
        entry.folder,
        entry.folder,
        '',
        'READY',
        addressOf(entry),
        'Manual',
        'false',
        'false',
        '',
        '',
        '',
        '',
      ];
    });
  return renderTable(
    { columns, rows, totalRecords: rows.length },
    formatOf(call.request.query, call.request.headers['accept'], 'json'),
  );
}

function mayEdit(call: Call, id: string): boolean {
  try {
    requireRight(call.user, call.sim.world.projects.get(id), 'edit');
    return true;
  } catch {
    return false;
  }
}

function deleteEntry(call: Call): SimReply {
  findProject(call, 'edit');
  const { prearchive: entries } = call.sim.world;
  const index = entries.findIndex(
    (one) =>
      one.project === param(call, 'project') &&
      one.timestamp === param(call, 'timestamp') &&
      one.folder === param(call, 'folder'),
  );
  if (index < 0) throw new SimError(404, 'Not Found');
  entries.splice(index, 1);
  return text('');
}
