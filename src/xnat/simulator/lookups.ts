import { mayReadItem, mayReadType, type Right, requireRight } from './accounts.ts';
import { SimError } from './exchange.ts';
import { type Call, param } from './simulation.ts';
import type { SimExperiment, SimItem, SimProject, SimResource, SimScan, SimSubject } from './world.ts';

/** What an address leads to: every level it names. */
export interface Located {
  readonly project?: SimProject | undefined;
  readonly subject?: SimSubject | undefined;
  readonly experiment?: SimExperiment | undefined;
  readonly assessor?: SimExperiment | undefined;
  readonly scan?: SimScan | undefined;
  /** The innermost. */
  readonly item: SimItem;
  /** Address of the innermost, in XNAT's spelling. */
  readonly uri: string;
}

/** The project a request names. @throws SimError 404 or 403 */
export function findProject(call: Call, right: Right, id = param(call, 'project')): SimProject {
  const { projects } = call.sim.world;
  const project = projects.get(id) ?? [...projects.values()].find((one) => one.aliases.includes(id));
  requireRight(call.user, project, right);
  return project;
}

/**
 * Follows the levels a route named (`project`, `subject`, `experiment`, `assessor`, `scan`), each by id or label.
 * @param right - of the project that owns the innermost item; reading also works through a share
 */
export function locate(call: Call, right: Right): Located {
  const names = call.params;
  const project = names['project'] === undefined ? undefined : findProject(call, 'read');
  const subject = names['subject'] === undefined ? undefined : findSubject(call, names['subject'], project);
  const experiment =
    names['experiment'] === undefined ? undefined : findExperiment(call, names['experiment'], project, subject);
  const assessor =
    names['assessor'] === undefined || experiment === undefined
      ? undefined
      : findAssessor(call, names['assessor'], experiment);
  const scanHolder = assessor ?? experiment;
  const scan =
    names['scan'] === undefined || scanHolder === undefined ? undefined : findScan(names['scan'], scanHolder);
  const item = scan ?? assessor ?? experiment ?? subject ?? project;
  if (item === undefined) throw new SimError(404, 'Not Found');
  const owner = assessor?.project ?? experiment?.project ?? subject?.project ?? project?.id ?? '';
  if (right !== 'read') requireRight(call.user, call.sim.world.projects.get(owner), right);
  return {
    project,
    subject,
    experiment,
    assessor,
    scan,
    item,
    uri: uriOf({ project, subject, experiment, assessor, scan }),
  };
}

/** A resource of a located item by number or label. @throws SimError 404 */
export function findResource(located: Located, key: string): SimResource {
  const found = resourcesBelow(located).find(({ resource }) => resource.label === key || String(resource.id) === key);
  if (found === undefined) throw new SimError(404, 'Not Found');
  return found.resource;
}

/** A resource with the item it hangs on. */
export interface OwnedResource {
  readonly resource: SimResource;
  readonly category: 'projects' | 'subjects' | 'resources' | 'scans' | 'assessors';
  readonly ownerId: string;
  readonly ownerType: string;
}

/** Resources of the innermost item itself. */
export function resourcesBelow(located: Located): OwnedResource[] {
  const { scan, assessor, experiment } = located;
  if (scan !== undefined) return own(scan.resources, 'scans', scan.id, scan.values['type'] ?? '');
  if (assessor !== undefined) return own(assessor.resources, 'resources', '', assessor.xsiType);
  if (experiment !== undefined) return own(experiment.resources, 'resources', '', '');
  return own(located.item.resources, located.subject === undefined ? 'projects' : 'subjects', located.item.id, '');
}

/** Those and, of a session, its scans' and assessors' too. */
export function resourcesEverywhere(call: Call, located: Located): OwnedResource[] {
  const here = resourcesBelow(located);
  const { experiment } = located;
  if (experiment === undefined || located.scan !== undefined || located.assessor !== undefined) return here;
  const scans = [...experiment.scans.values()].flatMap((scan) =>
    own(scan.resources, 'scans', scan.id, scan.values['type'] ?? ''),
  );
  const assessors = [...experiment.assessors].flatMap((id) => {
    const assessor = call.sim.world.experiments.get(id);
    return assessor === undefined ? [] : own(assessor.resources, 'assessors', assessor.id, assessor.xsiType);
  });
  return [...here, ...scans, ...assessors];
}

function own(
  resources: readonly SimResource[] | undefined,
  category: OwnedResource['category'],
  ownerId: string,
  ownerType: string,
): OwnedResource[] {
  return (resources ?? []).map((resource) => ({ resource, category, ownerId, ownerType }));
}

function findSubject(call: Call, key: string, project: SimProject | undefined): SimSubject {
  const { subjects } = call.sim.world;
  const id =
    project === undefined ? key : (project.subjectLabels.get(key) ?? (project.subjects.has(key) ? key : undefined));
  const subject = id === undefined ? undefined : subjects.get(id);
  if (subject === undefined) throw new SimError(404, 'Not Found');
  if (
    project === undefined
      ? !mayReadItem(call.user, call.sim.world.projects, subject)
      : !mayReadType(call.user, project, 'xnat:subjectData')
  ) {
    throw new SimError(403, 'Forbidden');
  }
  return subject;
}

function findExperiment(
  call: Call,
  key: string,
  project: SimProject | undefined,
  subject: SimSubject | undefined,
): SimExperiment {
  const { experiments, projects } = call.sim.world;
  const byLabel = project?.experimentLabels.get(key) ?? subjectExperiment(call, key, subject);
  const experiment = experiments.get(byLabel ?? key);
  const elsewhere = project !== undefined && experiment !== undefined && !project.experiments.has(experiment.id);
  const otherSubject = subject !== undefined && experiment?.subjectId !== subject.id;
  if (experiment === undefined || elsewhere || otherSubject) throw new SimError(404, 'Not Found');
  if (
    project === undefined
      ? !mayReadItem(call.user, projects, experiment)
      : !mayReadType(call.user, project, experiment.xsiType)
  ) {
    throw new SimError(403, 'Forbidden');
  }
  return experiment;
}

function subjectExperiment(call: Call, key: string, subject: SimSubject | undefined): string | undefined {
  return [...(subject?.experiments ?? [])].find((id) => call.sim.world.experiments.get(id)?.label === key);
}

function findAssessor(call: Call, key: string, session: SimExperiment): SimExperiment {
  const { experiments } = call.sim.world;
  for (const id of session.assessors) {
    const assessor = experiments.get(id);
    if (assessor !== undefined && (assessor.id === key || assessor.label === key)) return assessor;
  }
  throw new SimError(404, 'Not Found');
}

function findScan(key: string, session: SimExperiment): SimScan {
  const scan = session.scans.get(key);
  if (scan === undefined) throw new SimError(404, 'Not Found');
  return scan;
}

function uriOf(levels: Omit<Located, 'item' | 'uri'>): string {
  const { project, subject, experiment, assessor, scan } = levels;
  if (experiment === undefined)
    return subject === undefined ? `/data/projects/${project?.id ?? ''}` : `/data/subjects/${subject.id}`;
  const session = `/data/experiments/${experiment.id}`;
  if (scan !== undefined) return `${session}/scans/${encodeURIComponent(scan.id)}`;
  return assessor === undefined ? session : `${session}/assessors/${assessor.id}`;
}
