import { declared, type Experiment, formUuid, type Subject, type World } from './random-names.ts';

type Resources = Subject['resources'];

/** A row of the catalog, told apart by its label. */
type Labelled = { readonly label: string } & Readonly<Record<string, unknown>>;

const byLabel = (a: { readonly label: string }, b: { readonly label: string }): number => (a.label < b.label ? -1 : 1);

/**
 * What the catalog must hold of a project: computed from the simulator's own state and from the rules that the documentation gives, by
 * none of the mirror's code.
 */
export function expectedRows(world: World, projectId: string): unknown {
  const experiments = [...world.experiments.values()].filter(({ project }) => project === projectId);
  const ids = new Set([
    ...[...world.subjects.values()].filter(({ project }) => project === projectId).map(({ id }) => id),
    ...experiments.map(({ subjectId }) => subjectId),
  ]);
  return [...ids]
    .flatMap((id) => world.subjects.get(id) ?? [])
    .map((subject) => expectedSubject(subject, experiments, projectId))
    .toSorted(byLabel);
}

function expectedSubject(subject: Subject, experiments: readonly Experiment[], projectId: string): Labelled {
  const own = subject.project === projectId;
  const { values, fields, shares } = subject;
  const sessions = experiments.filter((one) => one.subjectId === subject.id && one.sessionId === undefined);
  const held = new Set(sessions.map(({ id }) => id));
  // An assessor that this project holds while its session lives elsewhere hangs on the subject.
  const stray = experiments.filter(
    (one) => one.subjectId === subject.id && one.sessionId !== undefined && !held.has(one.sessionId),
  );
  const subjectLabel = own ? subject.label : (shares.get(projectId) ?? subject.label);
  return {
    label: subjectLabel,
    sex: values['demographics/gender'] ?? null,
    ageYears: values['demographics/age'] === undefined ? null : Number(values['demographics/age']),
    group: values['group'] ?? null,
    values: valuesOf(declared.subject, fields, undefined),
    resources: resourcesOf(subject.resources),
    sharedInto: own ? sharesOf(shares, subject.project) : [],
    assessors: stray.map(({ label, xsiType }) => ({ label, xsiType })).toSorted(byLabel),
    sessions: sessions.map((session) => expectedSession(session, experiments)).toSorted(byLabel),
  };
}

function expectedSession(session: Experiment, experiments: readonly Experiment[]): Labelled {
  return {
    label: session.label,
    studyInstanceUid: session.values['UID'] ?? null,
    date: session.values['date'] ?? null,
    description: session.values['note'] ?? null,
    values: valuesOf(declared.session, session.fields, session.forms?.[formUuid]),
    resources: resourcesOf(session.resources),
    assessors: experiments
      .filter((one) => one.sessionId === session.id)
      .map(({ label, xsiType }) => ({ label, xsiType }))
      .toSorted(byLabel),
    sharedInto: sharesOf(session.shares, session.project),
    scans: [...session.scans.values()]
      .map((scan) => {
        const resources = resourcesOf(scan.resources);
        const sizes = resources.map((resource) => resource.byteSize);
        return {
          label: scan.id,
          seriesInstanceUid: scan.values['UID'] ?? null,
          modality: scan.values['modality'] === undefined ? null : { code: scan.values['modality'] },
          seriesDescription: scan.values['series_description'] ?? null,
          byteSize: sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0),
          resources,
        };
      })
      .toSorted(byLabel),
  };
}

function valuesOf(
  name: string,
  fields: ReadonlyMap<string, string> | undefined,
  form: Readonly<Record<string, unknown>> | undefined,
): unknown {
  const field = fields?.get(name.toLowerCase());
  return [
    ...(field === undefined ? [] : [{ name, text: field }]),
    ...Object.entries(form ?? {}).map(([key, value]) => ({ name: `Intake/${key}`, text: String(value) })),
  ];
}

function resourcesOf(
  resources: Resources,
): { readonly label: string; readonly fileCount: number; readonly byteSize: number }[] {
  return (resources ?? [])
    .map(({ label, uploaded }) => {
      const files = [...(uploaded?.values() ?? [])];
      return { label, fileCount: files.length, byteSize: files.reduce((sum, file) => sum + file.bytes.byteLength, 0) };
    })
    .toSorted(byLabel);
}

function sharesOf(shares: ReadonlyMap<string, string>, owner: string): unknown {
  return [...shares]
    .filter(([project]) => project !== owner)
    .map(([project, label]) => ({ label, dataset: { slug: slugOf(project) } }))
    .toSorted((a, b) => (a.dataset.slug < b.dataset.slug ? -1 : 1));
}

/** Slug of the dataset that a project of the random world becomes. */
export function slugOf(project: string): string {
  return `project-${project.toLowerCase()}`;
}

/** The catalog's answer in the same form: connections as lists, everything in one order. */
export function heldRows(dataset: any): unknown {
  const sorted = (list: any[], key: (item: any) => string): any[] =>
    list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  const label = (item: any): string => item.label;
  const common = (item: any): any => ({
    ...item,
    resources: sorted(item.resources, label),
    assessors: sorted(item.assessors, label),
    sharedInto: sorted(item.sharedInto, (share) => share.dataset.slug),
    values: sorted(item.values, (value) => `${String(value.name).includes('/') ? 1 : 0}${value.name}`),
  });
  return sorted(
    dataset.subjects.nodes.map((subject: any) => ({
      ...common(subject),
      sessions: sorted(
        subject.sessions.nodes.map((session: any) => ({
          ...common(session),
          scans: sorted(
            session.scans.nodes.map((scan: any) => ({ ...scan, resources: sorted(scan.resources, label) })),
            label,
          ),
        })),
        label,
      ),
    })),
    label,
  );
}
