import { addExperiment, addScan, addSubject, deleteExperiment, deleteSubject, type Edit } from './edit-world.ts';
import { ageYears, filesOfSeries, type Series, scanType, scanValues, sessionType } from './series.ts';
import type { SimExperiment, SimProject, SimScan, SimSubject, World } from './world.ts';

interface Placed {
  readonly experiment: SimExperiment;
  readonly scan: SimScan;
}

/** What a change of version did. */
export interface SeriesChange {
  readonly added: number;
  readonly revised: number;
  readonly removed: number;
}

/**
 * Series as XNAT items: patient → subject, study → session, series → scan with one DICOM resource. Applying another list
 * changes only what differs: new series come, revised ones get new bytes and stamps, missing ones go, with sessions and
 * subjects that are left empty.
 */
export class SeriesFiller {
  readonly #placed = new Map<string, Placed>();
  readonly #sessions = new Map<string, SimExperiment>();

  /** Makes the world hold exactly these series, in projects that exist. */
  apply(edit: Edit, list: readonly Series[]): SeriesChange {
    const wanted = new Map(list.map((series) => [series.seriesUid, series]));
    let removed = 0;
    for (const [uid, placed] of [...this.#placed]) {
      if (wanted.has(uid)) continue;
      this.#remove(edit.world, uid, placed);
      removed += 1;
    }
    let added = 0;
    let revised = 0;
    for (const [study, series] of groupBy(list, (one) => `${one.project} ${one.studyUid}`)) {
      for (const one of series) {
        const placed = this.#placed.get(one.seriesUid);
        if (placed === undefined) {
          this.#add(edit, study, one, series);
          added += 1;
        } else if (this.#revise(edit, placed, one)) revised += 1;
      }
    }
    return { added, revised, removed };
  }

  #add(edit: Edit, study: string, series: Series, siblings: readonly Series[]): void {
    const { world } = edit;
    const project = world.projects.get(series.project);
    if (project === undefined) return;
    const subject = subjectOf(edit, project, series);
    const session = this.#sessions.get(study) ?? addSession(edit, project, subject, siblings);
    this.#sessions.set(study, session);
    const scan = addScan(edit, session, {
      id: freeScanId(session, series),
      xsiType: scanType(series.modality),
      values: scanValues(series, (text) => world.shared(text)),
    });
    scan.resources = [
      {
        id: world.serial('resource'),
        label: 'DICOM',
        format: 'DICOM',
        content: 'RAW',
        tags: '',
        described: filesOfSeries(series),
      },
    ];
    session.stamp.modifiedAt = edit.at;
    this.#placed.set(series.seriesUid, { experiment: session, scan });
  }

  #revise(edit: Edit, placed: Placed, series: Series): boolean {
    if (placed.scan.values['documentation'] === series.revision) return false;
    Object.assign(
      placed.scan.values,
      scanValues(series, (text) => edit.world.shared(text)),
    );
    const [dicom] = placed.scan.resources ?? [];
    if (dicom !== undefined) dicom.described = filesOfSeries(series);
    placed.scan.stamp.modifiedAt = edit.at;
    placed.experiment.stamp.modifiedAt = edit.at;
    return true;
  }

  #remove(world: World, uid: string, { experiment, scan }: Placed): void {
    this.#placed.delete(uid);
    experiment.scans.delete(scan.id);
    if (experiment.scans.size > 0) return;
    for (const [study, session] of this.#sessions) if (session === experiment) this.#sessions.delete(study);
    deleteExperiment(world, experiment);
    const subject = world.subjects.get(experiment.subjectId);
    if (subject?.experiments.size === 0) deleteSubject(world, subject);
  }
}

function subjectOf(edit: Edit, project: SimProject, series: Series): SimSubject {
  const known = edit.world.subjects.get(project.subjectLabels.get(series.patientId) ?? '');
  if (known !== undefined) return known;
  const age = ageYears(series.age);
  const values = {
    ...(series.sex === '' ? {} : { 'demographics/gender': series.sex }),
    ...(age === '' ? {} : { 'demographics/age': age }),
  };
  return addSubject(edit, project, { label: series.patientId, values });
}

function addSession(edit: Edit, project: SimProject, subject: SimSubject, series: readonly Series[]): SimExperiment {
  const { xsiType, modality } = sessionType(new Set(series.map((one) => one.modality)));
  const first = series[0];
  const code = modality.replace('/', '');
  let number = subject.experiments.size + 1;
  while (project.experimentLabels.has(`${subject.label}_${code}_${number}`)) number += 1;
  const values: Record<string, string> = { modality: edit.world.shared(modality), dcmPatientId: subject.label };
  if (first !== undefined) {
    values['UID'] = first.studyUid;
    if (first.studyDate !== '') values['date'] = edit.world.shared(first.studyDate);
    if (first.studyDescription !== '') values['note'] = edit.world.shared(first.studyDescription);
    const maker = series.find((one) => one.manufacturer !== '');
    if (maker !== undefined) values['scanner/manufacturer'] = edit.world.shared(maker.manufacturer);
    if (maker !== undefined && maker.model !== '') values['scanner/model'] = edit.world.shared(maker.model);
  }
  return addExperiment(edit, { project, subject }, { label: `${subject.label}_${code}_${number}`, xsiType, values });
}

/** The series number; XNAT tells doubles apart by modality and a count (`4-MR1`). */
function freeScanId(session: SimExperiment, series: Series): string {
  const base = series.seriesNumber === '' ? '0' : series.seriesNumber;
  if (!session.scans.has(base)) return base;
  for (let count = 1; ; count += 1) {
    const id = `${base}-${series.modality}${count}`;
    if (!session.scans.has(id)) return id;
  }
}

function groupBy<T>(list: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
