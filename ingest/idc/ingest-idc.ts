import {
  type IntakeReport,
  intakeRecords,
  intakeRows,
  intakeTombstones,
  type RecordStore,
  type RowStore,
  retireSubjects,
  type SubjectTree,
} from '../../src/catalog/index.ts';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { describeCollections, slugOfCollection } from './describe-collection.ts';
import { mapPatient, type SeriesRow } from './map-series.ts';
import { type IdcFiles, type IdcIndex, openIdcIndex, type PatientDigest } from './open-idc-index.ts';

/** The source that these rows are filed under. */
const source = { name: 'idc', kind: 'IDC' } as const;

/** What to read. */
export interface IdcIngest extends IdcFiles {
  readonly signal?: AbortSignal;
  /** Told how many of how many series were dealt with. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was done; counts are of series. */
export interface IdcReport extends IntakeReport {
  readonly collections: number;
  /** Patients that the index no longer has; their rows became tombstones. */
  readonly retiredSubjects: number;
  /** Series of earlier releases that are kept as tombstones now. */
  readonly tombstones: number;
  /** Fields from which U+0000 was removed, because PostgreSQL stores no such text. */
  readonly nulFieldsRemoved: number;
}

/**
 * Takes the Imaging Data Commons index in: collections → datasets, patients → subjects, studies → imaging sessions, series →
 * scans with a DICOM resource. A patient whose rows have the digest that is stored already is passed over, so a second run is
 * quick and a run that was killed goes on where it was. Collections not yet known become drafts.
 */
export async function ingestIdc(
  ingest: IdcIngest,
  stores: { readonly records: RecordStore; readonly rows: RowStore },
): Promise<IdcReport> {
  const index = await openIdcIndex(ingest);
  try {
    const patients = await index.patients();
    const byCollection = Map.groupBy(patients, (patient) => patient.collectionId);
    const described = await intakeRecords(
      { source, records: await describeCollections(index, [...byCollection.keys()]), publish: false, actor: 'idc' },
      stores.records,
    );
    const rows = await takeRows(ingest, index, byCollection, stores.rows);
    const tombstones = await takeTombstones(index, stores.rows);
    return { ...rows, rejected: [...described.rejected, ...rows.rejected], collections: byCollection.size, tombstones };
  } finally {
    await index.close();
  }
}

async function takeRows(
  ingest: IdcIngest,
  index: IdcIndex,
  byCollection: ReadonlyMap<string, readonly PatientDigest[]>,
  store: RowStore,
): Promise<Omit<IdcReport, 'collections' | 'tombstones'>> {
  const total = seriesIn([...byCollection.values()].flat());
  let done = 0;
  const report = {
    accepted: 0,
    unchanged: 0,
    rejected: [] as IntakeReport['rejected'],
    retiredSubjects: 0,
    nulFieldsRemoved: 0,
  };
  const changed: PatientDigest[] = [];
  for (const [collectionId, patients] of byCollection) {
    const known = await store.treeHashes(datasetIdOf(slugOfCollection(collectionId)), source.name);
    changed.push(...patients.filter((patient) => known.get(patient.patientId) !== patient.digest));
    report.retiredSubjects += await retireMissing(collectionId, patients, known, store);
  }
  report.unchanged = total - seriesIn(changed);
  done += report.unchanged;
  ingest.onProgress?.(done, total);
  const digests = new Map(changed.map((patient) => [`${patient.collectionId}/${patient.patientId}`, patient.digest]));
  const series = new PeekableSeries(index.seriesOf(changed));
  for (const collectionId of [...new Set(changed.map((patient) => patient.collectionId))].sort()) {
    const before = done;
    const taken = await intakeRows(
      {
        datasetId: datasetIdOf(slugOfCollection(collectionId)),
        source,
        subjects: subjectsOf(series, collectionId, digests),
        onProgress: (scans) => ingest.onProgress?.(before + scans, total),
        ...(ingest.signal && { signal: ingest.signal }),
      },
      store,
    );
    done += seriesIn(changed.filter((patient) => patient.collectionId === collectionId));
    report.accepted += taken.accepted;
    report.unchanged += taken.unchanged;
    report.rejected = [...report.rejected, ...taken.rejected];
  }
  report.nulFieldsRemoved = series.nulFields;
  return report;
}

async function retireMissing(
  collectionId: string,
  patients: readonly PatientDigest[],
  known: ReadonlyMap<string, string>,
  store: RowStore,
): Promise<number> {
  const named = new Set(patients.map((patient) => patient.patientId));
  const labels = [...known.keys()].filter((label) => !named.has(label));
  return labels.length === 0
    ? 0
    : await retireSubjects({ datasetId: datasetIdOf(slugOfCollection(collectionId)), source, labels }, store);
}

/** Most series that one transaction of tombstones takes. */
const tombstonesPerBatch = 5_000;

async function takeTombstones(index: IdcIndex, store: RowStore): Promise<number> {
  const series = new PeekableSeries(index.retiredSeries());
  let taken = 0;
  for (let next = await series.peek(); next !== undefined; next = await series.peek()) {
    const collectionId = next[0] ?? '';
    const subjects: SubjectTree[] = [];
    let weight = 0;
    for await (const subject of subjectsOf(series, collectionId, new Map())) {
      subjects.push(subject);
      weight += subject.sessions.reduce((sum, session) => sum + session.scans.length, 0);
      if (weight >= tombstonesPerBatch) break;
    }
    taken += await intakeTombstones(
      { datasetId: datasetIdOf(slugOfCollection(collectionId)), source, subjects },
      store,
    );
  }
  return taken;
}

/** The patients of one collection, taken from the front of the stream until another collection begins. */
async function* subjectsOf(
  series: PeekableSeries,
  collectionId: string,
  digests: ReadonlyMap<string, string>,
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
    yield mapPatient(rows, digests.get(`${collectionId}/${patientId}`));
  }
}

/** A stream of series of which the next can be looked at. */
class PeekableSeries {
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

function seriesIn(patients: readonly PatientDigest[]): number {
  return patients.reduce((sum, patient) => sum + patient.series, 0);
}
