import { hasRight, mayReadType, type SimUser } from './accounts.ts';
import { type Column, type Level, type RowContext, resolveColumn } from './columns.ts';
import { SimError, type SimReply } from './exchange.ts';
import { buildFilter } from './filters.ts';
import { findProject, locate } from './lookups.ts';
import type { Route } from './router.ts';
import type { Call } from './simulation.ts';
import { formatOf, renderTable } from './tables.ts';
import type { SimExperiment, SimProject } from './world.ts';
import { isA } from './xsi-types.ts';

/** Lists of projects, subjects, experiments, scans and assessors, with columns, filters and (where XNAT has it) paging. */
export const listRoutes: readonly Route[] = [
  {
    method: 'GET',
    pattern: '/data/projects',
    handler: (call) => list(call, { level: 'project', rows: projectRows(call), defaults: projectDefaults }),
  },
  {
    method: 'GET',
    pattern: '/data/subjects',
    handler: (call) =>
      list(call, { level: 'subject', rows: subjectRows(call, undefined), defaults: subjectDefaults, paged: true }),
  },
  {
    method: 'GET',
    pattern: '/data/projects/:project/subjects',
    handler: (call) =>
      list(call, {
        level: 'subject',
        rows: subjectRows(call, findProject(call, 'read')),
        defaults: subjectDefaults,
        paged: true,
      }),
  },
  {
    method: 'GET',
    pattern: '/data/experiments',
    handler: (call) => experimentList(call, siteProjects(call), 'xnat:experimentData'),
  },
  {
    method: 'GET',
    pattern: '/data/projects/:project/experiments',
    handler: (call) => experimentList(call, [findProject(call, 'read')], 'xnat:subjectAssessorData'),
  },
  { method: 'GET', pattern: '/data/subjects/:subject/experiments', handler: subjectExperiments },
  { method: 'GET', pattern: '/data/projects/:project/subjects/:subject/experiments', handler: subjectExperiments },
  ...[
    '/data/experiments/:experiment',
    '/data/projects/:project/experiments/:experiment',
    '/data/projects/:project/subjects/:subject/experiments/:experiment',
  ].flatMap((session): Route[] => [
    { method: 'GET', pattern: `${session}/scans`, handler: scanList },
    { method: 'GET', pattern: `${session}/assessors`, handler: assessorList },
    {
      method: 'GET',
      pattern: `${session}/reconstructions`,
      handler: (call) => list(call, { level: 'scan', rows: [], defaults: ['ID'] }),
    },
  ]),
];

const projectDefaults = ['ID', 'secondary_ID', 'name', 'description', 'pi_firstname', 'pi_lastname'];
const subjectDefaults = ['ID', 'project', 'label', 'insert_date', 'insert_user'];
const experimentDefaults = ['ID', 'project', 'date', 'xsiType', 'label', 'insert_date'];
const scanDefaults = ['xnat_imagescandata_id', 'ID', 'type', 'quality', 'xsiType', 'note', 'series_description'];

interface ListSpec {
  readonly level: Level;
  readonly rows: Iterable<RowContext>;
  readonly defaults: readonly string[];
  /** `limit` and `offset` are obeyed. */
  readonly paged?: boolean;
  /** A key that XNAT sends besides what was asked. */
  readonly extra?: string;
}

function list(call: Call, spec: ListSpec): SimReply {
  const { query, headers } = call.request;
  const asked = query.get('columns');
  const names = asked === undefined || asked === '' || asked === 'DEFAULT' ? spec.defaults : asked.split(',');
  const resolve = (name: string): Column | undefined => resolveColumn(spec.level, name.trim(), call.sim.clock);
  // A subject list sends its key unasked (pyxnat's last_modified needs it), as experiment lists send theirs under an odd name.
  const keys = spec.level === 'subject' && !names.includes('ID') ? ['ID'] : [];
  const wanted = [...names, ...keys, ...(names.includes('URI') ? [] : ['URI'])].flatMap((name) => resolve(name) ?? []);
  const columns = [...new Map(wanted.map((column) => [column.header, column])).values()];
  const accepts = buildFilter(query, resolve);
  const contexts = [...joinScans(spec, columns)].filter(accepts);
  const page = spec.paged === true ? cut(call, contexts) : undefined;
  const cells = (page ?? contexts).map((row) => [
    ...columns.map((column) => column.cell(row)),
    ...(spec.extra === undefined ? [] : [row.experiment?.id ?? '']),
  ]);
  const headerRow = [...columns.map((column) => column.header), ...(spec.extra === undefined ? [] : [spec.extra])];
  const rows = sorted(disguise(call, headerRow, cells), headerRow, query);
  const total = page !== undefined || call.acting.has('missing-total-records') ? undefined : rows.length;
  return renderTable({ columns: headerRow, rows, totalRecords: total }, formatOf(query, headers['accept'], 'json'));
}

/** An experiment list that asks for scan columns is joined with the scans; sessions without one keep a row. */
function* joinScans(spec: ListSpec, columns: readonly Column[]): Iterable<RowContext> {
  if (spec.level !== 'experiment' || !columns.some((column) => column.level === 'scan')) {
    yield* spec.rows;
    return;
  }
  for (const row of spec.rows) {
    const scans = row.experiment?.scans;
    if (scans === undefined || scans.size === 0) yield row;
    else for (const scan of scans.values()) yield { ...row, scan };
  }
}

/** Cuts a page as XNAT does: no order, forbidden rows removed after the cut. Undefined: the request is not paged. */
function cut(call: Call, rows: readonly RowContext[]): readonly RowContext[] | undefined {
  const { query } = call.request;
  if (!query.has('limit') && !query.has('offset')) return undefined;
  const limit = query.get('limit') ?? '100';
  const offset = Number(query.get('offset') ?? '0');
  if (limit !== '*' && !/^\d+$/.test(limit)) throw new SimError(400, 'limit must be a number or *');
  const vanishing = call.acting.get('vanishing-rows');
  const base = vanishing !== undefined && offset > 0 ? rows.slice(vanishing.rows) : rows;
  const ordered = call.acting.has('shuffled-pages') ? shuffled(base, call.sim.random) : base;
  return limit === '*' ? ordered.slice(offset) : ordered.slice(offset, offset + Number(limit));
}

function shuffled<T>(rows: readonly T[], random: () => number): T[] {
  return rows
    .map((row) => ({ row, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ row }) => row);
}

/** `sortBy` is applied in memory, after the page was cut. */
function sorted(
  rows: readonly (readonly string[])[],
  header: readonly string[],
  query: ReadonlyMap<string, string>,
): readonly (readonly string[])[] {
  const column = header.indexOf(query.get('sortBy') ?? '\0');
  if (column < 0) return rows;
  const sign = query.get('sortOrder')?.toUpperCase() === 'DESC' ? -1 : 1;
  return rows.toSorted((a, b) => sign * (a[column] ?? '').localeCompare(b[column] ?? ''));
}

function disguise(
  call: Call,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const fault = call.acting.get('unknown-xsi-type');
  const column = header.indexOf('xsiType');
  if (fault === undefined || column < 0 || rows.length === 0) return rows;
  const hit = fault.target === undefined ? 0 : rows.findIndex((row) => row.includes(fault.target ?? ''));
  return rows.map((row, index) => (index === hit ? row.with(column, fault.xsiType) : row));
}

function siteProjects(call: Call): SimProject[] {
  return [...call.sim.world.projects.values()].filter((project) => hasRight(call.user, project, 'read'));
}

function* projectRows(call: Call): Iterable<RowContext> {
  const { query } = call.request;
  for (const project of call.sim.world.projects.values()) {
    if (!hasRight(call.user, project, query.get('accessible') === 'true' ? 'read' : 'list')) continue;
    const group = project.members.get(call.user.login);
    const roles = ['owner', 'member', 'collaborator'].filter((role) => query.get(role) === 'true');
    if (roles.length > 0 && !roles.some((role) => group === `${project.id}_${role}`)) continue;
    yield { project, login: call.user.login };
  }
}

function* subjectRows(call: Call, only: SimProject | undefined): Iterable<RowContext> {
  const { world } = call.sim;
  const seen = new Set<string>();
  for (const project of only === undefined ? siteProjects(call) : [only]) {
    if (!mayReadType(call.user, project, 'xnat:subjectData')) continue;
    for (const id of project.subjects.keys()) {
      const subject = world.subjects.get(id);
      if (subject === undefined || seen.has(id)) continue;
      seen.add(id);
      const viewed = only ?? world.projects.get(subject.project);
      yield { subject, viewed, project: viewed, login: call.user.login };
    }
  }
}

function experimentList(call: Call, projects: readonly SimProject[], defaultRoot: string): SimReply {
  const wanted = call.request.query.get('project');
  const scope = wanted === undefined ? projects : projects.filter((project) => wanted.split(',').includes(project.id));
  if (wanted !== undefined && scope.length === 0) scopeRefused(call, wanted);
  const single = scope.length === 1 && (wanted !== undefined || defaultRoot === 'xnat:subjectAssessorData');
  return list(call, {
    level: 'experiment',
    rows: experimentRows(call, scope, single, defaultRoot),
    defaults: experimentDefaults,
    extra: 'xnat:subjectassessordata/id',
    paged: true,
  });
}

/** Asking for a protected project's experiments is refused; an unknown or private one has none. */
function scopeRefused(call: Call, wanted: string): void {
  const project = call.sim.world.projects.get(wanted);
  if (project !== undefined && hasRight(call.user, project, 'list')) throw new SimError(403, 'Forbidden');
}

function* experimentRows(
  call: Call,
  projects: readonly SimProject[],
  single: boolean,
  defaultRoot: string,
): Iterable<RowContext> {
  const { world } = call.sim;
  const root = call.request.query.get('xsiType') ?? defaultRoot;
  const roots = root.split(',');
  const seen = new Set<string>();
  for (const project of projects) {
    for (const id of project.experiments.keys()) {
      const experiment = world.experiments.get(id);
      if (experiment === undefined || seen.has(id) || !roots.some((one) => isA(experiment.xsiType, one))) continue;
      if (!mayReadType(call.user, project, experiment.xsiType)) continue;
      seen.add(id);
      yield contextOf(call.sim.world, experiment, single ? project : world.projects.get(experiment.project), call.user);
    }
  }
}

function contextOf(
  world: Call['sim']['world'],
  experiment: SimExperiment,
  viewed: SimProject | undefined,
  user: SimUser,
): RowContext {
  return { experiment, subject: world.subjects.get(experiment.subjectId), viewed, project: viewed, login: user.login };
}

function subjectExperiments(call: Call): SimReply {
  const { subject, project } = locate(call, 'read');
  const roots = (call.request.query.get('xsiType') ?? 'xnat:subjectAssessorData').split(',');
  const rows = [...(subject?.experiments ?? [])].flatMap((id) => {
    const experiment = call.sim.world.experiments.get(id);
    if (experiment === undefined || !roots.some((root) => isA(experiment.xsiType, root))) return [];
    if (project !== undefined && (!project.experiments.has(id) || !mayReadType(call.user, project, experiment.xsiType)))
      return [];
    return [contextOf(call.sim.world, experiment, project, call.user)];
  });
  const defaults = [...experimentDefaults, 'subject_ID', 'subject_label'];
  return list(call, { level: 'experiment', rows, defaults, extra: 'xnat:subjectassessordata/id', paged: true });
}

function scanList(call: Call): SimReply {
  const { experiment, project } = locate(call, 'read');
  const rows = [...(experiment?.scans.values() ?? [])].map((scan) => ({
    scan,
    experiment,
    viewed: project,
    login: call.user.login,
  }));
  return list(call, { level: 'scan', rows, defaults: scanDefaults });
}

function assessorList(call: Call): SimReply {
  const { experiment, project } = locate(call, 'read');
  const { world } = call.sim;
  const roots = call.request.query.get('xsiType')?.split(',');
  const rows = [...(experiment?.assessors ?? [])].flatMap((id) => {
    const assessor = world.experiments.get(id);
    const fits = assessor !== undefined && (roots === undefined || roots.some((root) => isA(assessor.xsiType, root)));
    return fits ? [{ ...contextOf(world, assessor, project, call.user), session: experiment }] : [];
  });
  const defaults = ['ID', 'project', 'label', 'date', 'xsiType', 'insert_date', 'session_ID', 'session_label'];
  return list(call, { level: 'experiment', rows, defaults });
}
