import { type IntakeReport, intakeRows, type RowStore, type SubjectTree } from '../../src/catalog/index.ts';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { slugOfCollection } from './describe-collection.ts';
import { mapPatient, type SeriesRow } from './map-series.ts';
import { type IdcFiles, openIdcIndex, type PatientDigest, studyKey } from './open-idc-index.ts';

/** The source that these rows are filed under. */
export const idcSource = { name: 'idc', kind: 'IDC' } as const;

/** Patients whose series are to be taken in, and where they are. */
export interface SeriesTask {
  readonly index: IdcFiles;
  /** In the order of the index. */
  readonly patients: readonly PatientDigest[];
  /** Studies of more than one patient, and which of them they belong to. */
  readonly sharedStudies: ReadonlyMap<string, string>;
}

/** What was done with the series of some patients. */
export interface SeriesReport extends IntakeReport {
  /** Fields from which U+0000 was removed, because PostgreSQL stores no such text. */
  readonly nulFieldsRemoved: number;
}

/** Runs a task somewhere: in this thread, or in one of its own. */
export type TakeSeries = (
  task: SeriesTask,
  watch: { readonly signal?: AbortSignal; readonly onProgress?: (series: number) => void },
) => Promise<SeriesReport>;

/** Takes the series of some patients in, one collection after the other. */
export function takeSeriesInto(store: RowStore): TakeSeries {
  return async ({ index: files, patients, sharedStudies }, { signal, onProgress }) => {
    const digests = new Map(
      patients.map((patient) => [`${patient.collectionId}/${patient.patientId}`, patient.digest]),
    );
    const collections = [...new Set(patients.map((patient) => patient.collectionId))].sort();
    const index = await openIdcIndex(files);
    let report: IntakeReport = { accepted: 0, unchanged: 0, rejected: [] };
    try {
      const series = new PeekableSeries(index.seriesOf(patients));
      for (const collectionId of collections) {
        const before = report.accepted + report.unchanged;
        const taken = await intakeRows(
          {
            datasetId: datasetIdOf(slugOfCollection(collectionId)),
            source: idcSource,
            subjects: subjectsOf(series, collectionId, { digests, sharedStudies }),
            onProgress: (scans) => onProgress?.(before + scans),
            ...(signal && { signal }),
          },
          store,
        );
        report = {
          accepted: report.accepted + taken.accepted,
          unchanged: report.unchanged + taken.unchanged,
          rejected: [...report.rejected, ...taken.rejected],
        };
      }
      return { ...report, nulFieldsRemoved: series.nulFields };
    } finally {
      await index.close();
    }
  };
}

/** The patients of one collection, taken from the front of the stream until another collection begins. */
export async function* subjectsOf(
  series: PeekableSeries,
  collectionId: string,
  known: { readonly digests: ReadonlyMap<string, string>; readonly sharedStudies: ReadonlyMap<string, string> },
): AsyncGenerator<SubjectTree> {
  for (;;) {
    const first = await series.peek();
    if (first === undefined || first[0] !== collectionId) return;
    const patientId = first[1] ?? '';
    const rows: SeriesRow[] = [];
    for (let row = await series.peek(); row?.[0] === collectionId && row[1] === patientId; row = await series.peek()) {
      rows.push(row);
      series.take();
    }
    const strangers = rows
      .map((row) => row[2] ?? '')
      .filter((uid) => (known.sharedStudies.get(studyKey(collectionId, uid)) ?? patientId) !== patientId);
    yield mapPatient(rows, known.digests.get(`${collectionId}/${patientId}`), new Set(strangers));
  }
}

/** A stream of series of which the next can be looked at. */
export class PeekableSeries {
  readonly #source: AsyncIterator<SeriesRow>;
  #next: SeriesRow | undefined;
  /** Fields met so far that hold U+0000. */
  nulFields = 0;

  constructor(source: AsyncIterable<SeriesRow>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async peek(): Promise<SeriesRow | undefined> {
    if (this.#next === undefined) {
      const step = await this.#source.next();
      this.#next = step.done === true ? undefined : step.value;
    }
    return this.#next;
  }

  take(): void {
    this.nulFields += this.#next?.filter((field) => field.includes('\0')).length ?? 0;
    this.#next = undefined;
  }
}
