import {
  type IntakeReport,
  intakeRecords,
  intakeTombstones,
  type RecordStore,
  type RowStore,
  retireSubjects,
  type SubjectTree,
} from '../../src/catalog/index.ts';
import { InvalidInputError } from '../../src/kernel/errors.ts';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { describeCollections, slugOfCollection } from './describe-collection.ts';
import { type IdcFiles, openIdcIndex, type PatientDigest } from './open-idc-index.ts';
import {
  idcSource,
  PeekableSeries,
  type SeriesReport,
  type SeriesTask,
  subjectsOf,
  type TakeSeries,
  takeSeriesInto,
} from './take-series.ts';

/** What to read. */
export interface IdcIngest extends IdcFiles {
  readonly signal?: AbortSignal;
  /** Where large loads run, two parts at a time; left out, all is done in this thread. */
  readonly lane?: TakeSeries;
  /** Told how many of how many series were dealt with. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was done; counts are of series. */
export interface IdcReport extends SeriesReport {
  readonly collections: number;
  /** Patients that the index no longer has; their rows became tombstones. */
  readonly retiredSubjects: number;
  /** Series of earlier releases that are kept as tombstones now. */
  readonly tombstones: number;
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
  const { described, ...index } = await readIndex(ingest, stores.records);
  const rows = await takeRows(ingest, index, stores.rows);
  const tombstones = await takeTombstones(ingest, stores.rows);
  const collections = new Set(index.patients.map((patient) => patient.collectionId)).size;
  return { ...rows, rejected: [...described.rejected, ...rows.rejected], collections, tombstones };
}

/** Closed before the rows are read: what DuckDB keeps of one pass is no help for the next. */
async function readIndex(
  ingest: IdcIngest,
  store: RecordStore,
): Promise<Pick<SeriesTask, 'patients' | 'sharedStudies'> & { readonly described: IntakeReport }> {
  const index = await openIdcIndex(ingest);
  try {
    const patients = await index.patients();
    const collections = [...new Set(patients.map((patient) => patient.collectionId))];
    const absent = ingest.collections?.filter((id) => !collections.includes(id)) ?? [];
    if (absent.length > 0) {
      throw new InvalidInputError(`The index has no collection ${absent.join(', ')}.`, { fields: ['collections'] });
    }
    const records = await describeCollections(index, collections);
    const described = await intakeRecords({ source: idcSource, records, publish: false, actor: 'idc' }, store);
    return { patients, sharedStudies: await index.sharedStudies(), described };
  } finally {
    await index.close();
  }
}

/** From this many series on, lanes pay for their start. */
const worthLanes = 50_000;
const lanes = 2;

async function takeRows(
  ingest: IdcIngest,
  { patients, sharedStudies }: Pick<SeriesTask, 'patients' | 'sharedStudies'>,
  store: RowStore,
): Promise<Omit<IdcReport, 'collections' | 'tombstones'>> {
  const total = seriesIn(patients);
  const changed: PatientDigest[] = [];
  let retiredSubjects = 0;
  for (const [collectionId, own] of Map.groupBy(patients, (patient) => patient.collectionId)) {
    const known = await store.treeHashes(datasetIdOf(slugOfCollection(collectionId)), idcSource.name);
    changed.push(...own.filter((patient) => known.get(patient.patientId) !== patient.digest));
    retiredSubjects += await retireMissing(collectionId, own, known, store);
  }
  const unchanged = total - seriesIn(changed);
  ingest.onProgress?.(unchanged, total);
  const lane = seriesIn(changed) < worthLanes ? undefined : ingest.lane;
  const take = lane ?? takeSeriesInto(store);
  const done = new Map<number, number>();
  const reports = await Promise.all(
    cutEvenly(changed, lane === undefined ? 1 : lanes).map(
      async (part, lane) =>
        await take(
          { index: ingest, patients: part, sharedStudies },
          {
            onProgress: (series) => {
              done.set(lane, series);
              ingest.onProgress?.(
                [...done.values()].reduce((sum, each) => sum + each, unchanged),
                total,
              );
            },
            ...(ingest.signal && { signal: ingest.signal }),
          },
        ),
    ),
  );
  return {
    accepted: reports.reduce((sum, report) => sum + report.accepted, 0),
    unchanged: reports.reduce((sum, report) => sum + report.unchanged, unchanged),
    rejected: reports.flatMap((report) => report.rejected),
    nulFieldsRemoved: reports.reduce((sum, report) => sum + report.nulFieldsRemoved, 0),
    retiredSubjects,
  };
}

/** Cuts a list of patients into stretches of about the same number of series. */
function cutEvenly(patients: readonly PatientDigest[], parts: number): readonly (readonly PatientDigest[])[] {
  const share = seriesIn(patients) / parts;
  const cut = Array.from({ length: parts }, (): PatientDigest[] => []);
  let before = 0;
  for (const patient of patients) {
    const part = Math.min(Math.floor(before / share), parts - 1);
    cut[part]?.push(patient);
    before += patient.series;
  }
  return cut.filter((part) => part.length > 0);
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
    : await retireSubjects(
        { datasetId: datasetIdOf(slugOfCollection(collectionId)), source: idcSource, labels },
        store,
      );
}

/** Most series that one transaction of tombstones takes. */
const tombstonesPerBatch = 5_000;

async function takeTombstones(ingest: IdcIngest, store: RowStore): Promise<number> {
  if (ingest.prior === undefined) return 0;
  const index = await openIdcIndex(ingest);
  try {
    const series = new PeekableSeries(index.retiredSeries());
    let taken = 0;
    for (let next = await series.peek(); next !== undefined; next = await series.peek()) {
      const collectionId = next[0] ?? '';
      const subjects: SubjectTree[] = [];
      let weight = 0;
      for await (const subject of subjectsOf(series, collectionId, { digests: new Map(), sharedStudies: new Map() })) {
        subjects.push(subject);
        weight += subject.sessions.reduce((sum, session) => sum + session.scans.length, 0);
        if (weight >= tombstonesPerBatch) break;
      }
      const datasetId = datasetIdOf(slugOfCollection(collectionId));
      taken += await intakeTombstones({ datasetId, source: idcSource, subjects }, store);
    }
    return taken;
  } finally {
    await index.close();
  }
}

function seriesIn(patients: readonly PatientDigest[]): number {
  return patients.reduce((sum, patient) => sum + patient.series, 0);
}
