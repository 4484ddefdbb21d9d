import { groupIdOf, groupName, requireRight } from './accounts.ts';
import {
  addExperiment,
  addProject,
  addScan,
  addSubject,
  deleteExperiment,
  deleteProject,
  deleteSubject,
  type Edit,
  move,
  share,
  unshare,
} from './edit-world.ts';
import { SimError, type SimReply, text } from './exchange.ts';
import { itemPatterns } from './item-routes.ts';
import { applyQuery, applyXml, typeOfElement } from './item-values.ts';
import { findProject, locate } from './lookups.ts';
import { parseXml, type XmlElement } from './parse-xml.ts';
import type { Route } from './router.ts';
import { type Call, param } from './simulation.ts';
import { formatOf, renderTable } from './tables.ts';
import type { SimExperiment, SimItem, SimSubject } from './world.ts';
import { isA, xsiTypes } from './xsi-types.ts';

const shareable = itemPatterns.filter((pattern) => /:(subject|experiment|assessor)$/.test(pattern));

/** Creating, changing, deleting, sharing; access levels, members and groups of a project. */
export const writeRoutes: readonly Route[] = [
  {
    method: 'GET',
    pattern: '/data/projects/:project/accessibility',
    handler: (call) => text(findProject(call, 'list').accessibility),
  },
  { method: 'PUT', pattern: '/data/projects/:project/accessibility/:level', handler: putAccessibility },
  { method: 'GET', pattern: '/data/projects/:project/users', handler: listMembers },
  { method: 'GET', pattern: '/data/projects/:project/groups', handler: listGroups },
  { method: 'PUT', pattern: '/data/projects/:project/users/:group/:login', handler: putMember },
  { method: 'DELETE', pattern: '/data/projects/:project/users/:group/:login', handler: deleteMember },
  ...shareable.flatMap((item): Route[] => [
    { method: 'GET', pattern: `${item}/projects`, handler: listShares },
    { method: 'PUT', pattern: `${item}/projects/:target`, handler: putShare },
    { method: 'DELETE', pattern: `${item}/projects/:target`, handler: deleteShare },
  ]),
  ...itemPatterns.flatMap((pattern): Route[] => [
    { method: 'PUT', pattern, handler: putItem },
    { method: 'DELETE', pattern, handler: deleteItem },
  ]),
];

const editOf = (call: Call): Edit => ({ world: call.sim.world, at: call.sim.clock.now(), by: call.user.login });

async function putItem(call: Call): Promise<SimReply> {
  const document = await bodyDocument(call);
  const declared = document === undefined ? undefined : typeOfElement(document, xsiTypes);
  const existing = tryLocate(call);
  const item = existing ?? create(call, call.request.query.get('xsiType') ?? declared);
  const type = 'xsiType' in item ? item.xsiType : 'members' in item ? 'xnat:projectData' : 'xnat:subjectData';
  applyQuery(call.sim.world, item, type, call.request.query);
  if (document !== undefined) applyXml(call.sim.world, item, type, document);
  item.stamp.modifiedAt = call.sim.clock.now();
  return text(item.id, existing === undefined ? 201 : 200);
}

async function bodyDocument(call: Call): Promise<XmlElement | undefined> {
  const source = Buffer.from(await call.request.body()).toString('utf8');
  const start = source.search(/<(?:\?xml|xnat:)/);
  if (start < 0) return undefined;
  return parseXml(source.slice(start, source.lastIndexOf('>') + 1));
}

function tryLocate(call: Call): SimItem | undefined {
  try {
    return locate(call, 'edit').item;
  } catch (error) {
    if (error instanceof SimError && error.status === 404) return undefined;
    throw error;
  }
}

/** Creates the innermost level an address names; XNAT makes missing subjects on the way, and so do we. */
function create(call: Call, xsiType: string | undefined): SimItem {
  const { world } = call.sim;
  const names = call.params;
  const projectId = names['project'];
  if (projectId === undefined) throw new SimError(404, 'Not Found');
  const known = world.projects.get(projectId);
  if (names['subject'] === undefined && names['experiment'] === undefined)
    return createProject(call, projectId, known !== undefined);
  requireRight(call.user, known, 'edit');
  const edit = editOf(call);
  if (names['experiment'] === undefined) return addSubject(edit, known, { label: names['subject'] ?? '', values: {} });
  const session = known.experimentLabels.get(names['experiment']) ?? names['experiment'];
  const parent = world.experiments.get(session);
  if (names['scan'] !== undefined) {
    if (parent === undefined) throw new SimError(404, 'Not Found');
    return addScan(edit, parent, {
      id: names['scan'],
      xsiType: requireType(xsiType ?? 'xnat:otherDicomScanData', 'xnat:imageScanData'),
      values: {},
    });
  }
  if (names['assessor'] !== undefined) return createAssessor(call, edit, parent, names['assessor'], xsiType);
  const subjectKey = names['subject'];
  if (subjectKey === undefined) throw new SimError(400, 'A subject is required');
  const subjectId = known.subjectLabels.get(subjectKey) ?? subjectKey;
  const subject = world.subjects.get(subjectId) ?? addSubject(edit, known, { label: subjectKey, values: {} });
  const type = requireType(xsiType ?? 'xnat:mrSessionData', 'xnat:experimentData');
  return addExperiment(edit, { project: known, subject }, { label: names['experiment'], xsiType: type, values: {} });
}

function createProject(call: Call, id: string, exists: boolean): SimItem {
  if (exists) throw new SimError(403, 'Forbidden');
  if (call.user.role === 'guest' || !/^[\w-]+$/.test(id))
    throw new SimError(call.user.role === 'guest' ? 403 : 400, 'Project cannot be made');
  const project = addProject(editOf(call), { id, values: { name: id }, accessibility: 'private' });
  project.members.set(call.user.login, `${id}_owner`);
  return project;
}

function createAssessor(
  call: Call,
  edit: Edit,
  session: SimExperiment | undefined,
  label: string,
  xsiType: string | undefined,
): SimItem {
  const subject = call.sim.world.subjects.get(session?.subjectId ?? '');
  const project = call.sim.world.projects.get(session?.project ?? '');
  if (session === undefined || subject === undefined || project === undefined) throw new SimError(404, 'Not Found');
  const type = requireType(xsiType ?? 'xnat:qcAssessmentData', 'xnat:imageAssessorData');
  return addExperiment(edit, { project, subject, session }, { label, xsiType: type, values: {} });
}

function requireType(xsiType: string, root: string): string {
  if (!isA(xsiType, root) && xsiType.startsWith('xnat:')) throw new SimError(400, `${xsiType} is not a ${root}`);
  return xsiType;
}

function deleteItem(call: Call): SimReply {
  const located = locate(call, 'read');
  const { world } = call.sim;
  const { project, scan, assessor, experiment, subject } = located;
  const shared = assessor ?? experiment ?? (scan === undefined ? subject : undefined);
  if (project !== undefined && shared !== undefined && shared.project !== project.id && scan === undefined) {
    requireRight(call.user, project, 'edit');
    unshare(shared, project);
    return text('');
  }
  const owner = world.projects.get(assessor?.project ?? experiment?.project ?? subject?.project ?? project?.id ?? '');
  requireRight(call.user, owner, shared === undefined && scan === undefined ? 'own' : 'edit');
  if (scan !== undefined) (assessor ?? experiment)?.scans.delete(scan.id);
  else if (assessor !== undefined) deleteExperiment(world, assessor);
  else if (experiment !== undefined) deleteExperiment(world, experiment);
  else if (subject !== undefined) deleteSubject(world, subject);
  else if (project !== undefined) deleteProject(world, project);
  return text('');
}

function shareOperands(call: Call) {
  const { assessor, experiment, subject } = locate(call, 'read');
  const item: SimSubject | SimExperiment | undefined = assessor ?? experiment ?? subject;
  if (item === undefined) throw new SimError(404, 'Not Found');
  return { item, target: findProject(call, 'edit', param(call, 'target')) };
}

function putShare(call: Call): SimReply {
  const { item, target } = shareOperands(call);
  const label = call.request.query.get('label') ?? item.label;
  const taken = ('xsiType' in item ? target.experimentLabels : target.subjectLabels).get(label);
  if (taken !== undefined && taken !== item.id)
    throw new SimError(409, `Label ${label} is already in use in ${target.id}`);
  if (call.request.query.get('primary') === 'true') {
    requireRight(call.user, call.sim.world.projects.get(item.project), 'own');
    move(call.sim.world, item, target, label);
  } else {
    if (item.project === target.id || item.shares.has(target.id))
      throw new SimError(409, `Already in project ${target.id}`);
    share(item, target, label);
  }
  item.stamp.modifiedAt = call.sim.clock.now();
  return text('');
}

function deleteShare(call: Call): SimReply {
  const { item, target } = shareOperands(call);
  if (!unshare(item, target)) throw new SimError(404, 'Not Found');
  item.stamp.modifiedAt = call.sim.clock.now();
  return text('');
}

/** Projects an item belongs to: its owner first, then those it is shared into. */
function listShares(call: Call): SimReply {
  const { assessor, experiment, subject } = locate(call, 'read');
  const item: SimSubject | SimExperiment | undefined = assessor ?? experiment ?? subject;
  const entries = item === undefined ? [] : [[item.project, item.label] as const, ...item.shares];
  const rows = entries.map(([id, label]) => {
    const values = call.sim.world.projects.get(id)?.values;
    return [id, label, values?.['secondary_ID'] ?? id, values?.['name'] ?? id];
  });
  const columns = ['ID', 'label', 'Secondary_ID', 'Name'];
  return renderTable(
    { columns, rows, totalRecords: rows.length },
    formatOf(call.request.query, call.request.headers['accept'], 'json'),
  );
}

function putAccessibility(call: Call): SimReply {
  const project = findProject(call, 'own');
  const level = param(call, 'level').toLowerCase();
  if (level !== 'public' && level !== 'protected' && level !== 'private')
    throw new SimError(400, 'Unknown accessibility');
  project.accessibility = level;
  return text('');
}

function listMembers(call: Call): SimReply {
  const project = findProject(call, 'read');
  const columns = ['login', 'firstname', 'lastname', 'email', 'displayname', 'GROUP_ID'];
  const rows = [...project.members].map(([login, group]) => [
    login,
    login,
    'Simulated',
    `${login}@example.org`,
    groupName(project, group),
    group,
  ]);
  return renderTable(
    { columns, rows, totalRecords: rows.length },
    formatOf(call.request.query, call.request.headers['accept'], 'json'),
  );
}

function listGroups(call: Call): SimReply {
  const project = findProject(call, 'read');
  const counts = (group: string): string => String([...project.members.values()].filter((one) => one === group).length);
  const standard = ['owner', 'member', 'collaborator'].map((role) => `${project.id}_${role}`);
  const rows = [...standard, ...project.groups.keys()].map((id) => [
    id,
    groupName(project, id),
    project.id,
    counts(id),
  ]);
  const columns = ['id', 'displayname', 'tag', 'users'];
  return renderTable(
    { columns, rows, totalRecords: rows.length },
    formatOf(call.request.query, call.request.headers['accept'], 'json'),
  );
}

function putMember(call: Call): SimReply {
  const project = findProject(call, 'own');
  const group = groupIdOf(project, param(call, 'group'));
  const login = param(call, 'login');
  if (group === undefined || !call.sim.accounts.users.has(login)) throw new SimError(404, 'Not Found');
  project.members.set(login, group);
  return text('');
}

function deleteMember(call: Call): SimReply {
  const project = findProject(call, 'own');
  const login = param(call, 'login');
  const group = groupIdOf(project, param(call, 'group'));
  if (project.members.get(login) !== group || group === undefined) throw new SimError(404, 'Not Found');
  project.members.delete(login);
  return text('');
}
