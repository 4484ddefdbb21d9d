import type { SimExperiment, SimProject, SimScan, SimSubject, Values, World } from './world.ts';

/** Who changes the world and when. */
export interface Edit {
  readonly world: World;
  readonly at: number;
  readonly by: string;
}

const stampOf = ({ at, by }: Edit) => ({ insertedAt: at, insertUser: by, modifiedAt: at });

/** Adds an empty project. */
export function addProject(
  edit: Edit,
  project: { readonly id: string; readonly values: Values; readonly accessibility: SimProject['accessibility'] },
): SimProject {
  const made: SimProject = {
    ...project,
    aliases: [],
    investigators: [],
    publications: [],
    definitions: new Map(),
    members: new Map(),
    groups: new Map(),
    subjects: new Map(),
    experiments: new Map(),
    subjectLabels: new Map(),
    experimentLabels: new Map(),
    stamp: stampOf(edit),
  };
  edit.world.projects.set(made.id, made);
  return made;
}

/** Adds a subject to a project. */
export function addSubject(
  edit: Edit,
  project: SimProject,
  subject: { readonly label: string; readonly values: Values; readonly fields?: Map<string, string> },
): SimSubject {
  const id = `XNAT_S${String(edit.world.serial('S')).padStart(5, '0')}`;
  const made: SimSubject = {
    id,
    project: project.id,
    shares: new Map(),
    experiments: new Set(),
    stamp: stampOf(edit),
    ...subject,
  };
  edit.world.subjects.set(id, made);
  enter(project, 'subjects', id, made.label);
  return made;
}

/** Adds an experiment; with `session`, as an assessor of it. */
export function addExperiment(
  edit: Edit,
  place: { readonly project: SimProject; readonly subject: SimSubject; readonly session?: SimExperiment | undefined },
  experiment: { readonly label: string; readonly xsiType: string; readonly values: Values },
): SimExperiment {
  const id = `XNAT_E${String(edit.world.serial('E')).padStart(5, '0')}`;
  const made: SimExperiment = {
    id,
    project: place.project.id,
    subjectId: place.subject.id,
    sessionId: place.session?.id,
    shares: new Map(),
    scans: new Map(),
    assessors: new Set(),
    stamp: stampOf(edit),
    ...experiment,
  };
  edit.world.experiments.set(id, made);
  if (place.session === undefined) place.subject.experiments.add(id);
  else place.session.assessors.add(id);
  enter(place.project, 'experiments', id, made.label);
  return made;
}

/** Adds a scan to a session. */
export function addScan(
  edit: Edit,
  session: SimExperiment,
  scan: { readonly id: string; readonly xsiType: string; readonly values: Values },
): SimScan {
  const made: SimScan = { pk: edit.world.serial('scan'), stamp: stampOf(edit), ...scan };
  session.scans.set(made.id, made);
  return made;
}

/** Deletes a project and all it owns; what was shared into it lives on. */
export function deleteProject(world: World, project: SimProject): void {
  for (const id of [...project.subjects.keys()]) {
    const subject = world.subjects.get(id);
    if (subject?.project === project.id) deleteSubject(world, subject);
    else subject?.shares.delete(project.id);
  }
  for (const id of project.experiments.keys()) world.experiments.get(id)?.shares.delete(project.id);
  world.projects.delete(project.id);
}

/** Deletes a subject with its experiments. */
export function deleteSubject(world: World, subject: SimSubject): void {
  for (const id of [...subject.experiments]) {
    const experiment = world.experiments.get(id);
    if (experiment !== undefined) deleteExperiment(world, experiment);
  }
  for (const id of [subject.project, ...subject.shares.keys()]) leave(world.projects.get(id), 'subjects', subject.id);
  world.subjects.delete(subject.id);
}

/** Deletes an experiment with its assessors. */
export function deleteExperiment(world: World, experiment: SimExperiment): void {
  for (const id of [...experiment.assessors]) {
    const assessor = world.experiments.get(id);
    if (assessor !== undefined) deleteExperiment(world, assessor);
  }
  for (const id of [experiment.project, ...experiment.shares.keys()])
    leave(world.projects.get(id), 'experiments', experiment.id);
  world.subjects.get(experiment.subjectId)?.experiments.delete(experiment.id);
  if (experiment.sessionId !== undefined) world.experiments.get(experiment.sessionId)?.assessors.delete(experiment.id);
  world.experiments.delete(experiment.id);
}

/** Shares an item into a project under a label. */
export function share(item: SimSubject | SimExperiment, target: SimProject, label: string): void {
  item.shares.set(target.id, label);
  enter(target, kindOf(item), item.id, label);
}

/** Ends a share. @returns whether there was one */
export function unshare(item: SimSubject | SimExperiment, target: SimProject): boolean {
  if (!item.shares.delete(target.id)) return false;
  leave(target, kindOf(item), item.id);
  return true;
}

/** Moves ownership to another project. The old one keeps nothing. */
export function move(world: World, item: SimSubject | SimExperiment, target: SimProject, label: string): void {
  if (item.project === target.id) return;
  item.shares.delete(target.id);
  leave(world.projects.get(item.project), kindOf(item), item.id);
  leave(target, kindOf(item), item.id);
  item.project = target.id;
  item.label = label;
  enter(target, kindOf(item), item.id, label);
}

/** Gives an item another label in its own project. */
export function relabel(world: World, item: SimSubject | SimExperiment, label: string): void {
  const project = world.projects.get(item.project);
  leave(project, kindOf(item), item.id);
  item.label = label;
  if (project !== undefined) enter(project, kindOf(item), item.id, label);
}

function kindOf(item: SimSubject | SimExperiment): 'subjects' | 'experiments' {
  return 'xsiType' in item ? 'experiments' : 'subjects';
}

function enter(project: SimProject, kind: 'subjects' | 'experiments', id: string, label: string): void {
  project[kind].set(id, label);
  (kind === 'subjects' ? project.subjectLabels : project.experimentLabels).set(label, id);
}

function leave(project: SimProject | undefined, kind: 'subjects' | 'experiments', id: string): void {
  if (project === undefined) return;
  const label = project[kind].get(id);
  project[kind].delete(id);
  const labels = kind === 'subjects' ? project.subjectLabels : project.experimentLabels;
  if (label !== undefined && labels.get(label) === id) labels.delete(label);
}
