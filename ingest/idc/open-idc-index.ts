import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { InvalidInputError, messageOf } from '../../src/kernel/errors.ts';
import { mappingVersion, type SeriesRow, seriesColumns } from './map-series.ts';

/** A patient of the index and the digest of all rows of theirs. */
export interface PatientDigest {
  readonly collectionId: string;
  readonly patientId: string;
  /** 32 hex digits over every column we read and the version of the mapping. */
  readonly digest: string;
  readonly series: number;
}

/** What the index says of one collection as a whole. */
export interface CollectionSummary {
  readonly collectionId: string;
  readonly patients: number;
  readonly studies: number;
  readonly series: number;
  readonly modalities: readonly string[];
  /** Short names as the index writes them. */
  readonly licenses: readonly string[];
  /** DOIs of the data, lower case. */
  readonly dois: readonly string[];
}

/** The Imaging Data Commons index in one or more files, read in streams. */
export interface IdcIndex {
  /** Every patient, by collection. */
  patients(): Promise<readonly PatientDigest[]>;
  collections(): Promise<readonly CollectionSummary[]>;
  /** Studies that are given to more than one patient of a collection, by {@link studyKey}: the first of the patients. */
  sharedStudies(): Promise<ReadonlyMap<string, string>>;
  /** The series of some patients, those of one patient and study together, patients in order. */
  seriesOf(patients: readonly PatientDigest[]): AsyncIterable<SeriesRow>;
  /** Series of earlier releases that the index no longer has, ordered like the others; only few of their columns are known. */
  retiredSeries(): AsyncIterable<SeriesRow>;
  close(): Promise<void>;
}

/** Between columns of a row that is read as one string: ASCII unit separator. */
const separator = '\u001f';

/** Which files, and which part of them. */
export interface IdcFiles {
  readonly files: readonly string[];
  /** The table of series that earlier releases had and that were replaced or removed since. */
  readonly prior?: string;
  /** Collection ids; undefined means all. */
  readonly collections?: readonly string[];
  /** 1 where other readers run beside this one. */
  readonly threads?: 1 | 2;
}

/**
 * Opens index files: Parquet as in the Python package `idc-index-data`, or CSV (also gzipped) with the same columns.
 * DuckDB reads both in pieces, so that the one row group of the whole index (1,044,191 series) is never in memory at once.
 * @throws InvalidInputError when a file cannot be read or lacks a column
 */
export async function openIdcIndex(index: IdcFiles): Promise<IdcIndex> {
  const scratch = await mkdtemp(join(tmpdir(), 'mia-idc-'));
  const instance = await DuckDBInstance.create(':memory:', {
    // What does not fit is spilled to disk; with less, two threads have been seen to fail.
    ...(index.threads === 1 ? { threads: '1', memory_limit: '144MB' } : { threads: '2', memory_limit: '320MB' }),
    temp_directory: scratch,
    preserve_insertion_order: 'false',
  });
  const connection = await instance.connect();
  const close = async (): Promise<void> => {
    connection.closeSync();
    instance.closeSync();
    await rm(scratch, { recursive: true, force: true });
  };
  try {
    await createViews(connection, index);
  } catch (error) {
    await close();
    const reason = reasonOf(messageOf(error));
    throw new InvalidInputError(`The index ${index.files.join(', ')} cannot be read: ${reason}`, {}, { cause: error });
  }
  return {
    patients: () => readPatients(connection),
    collections: () => readCollections(connection),
    sharedStudies: () => readSharedStudies(connection),
    seriesOf: (patients) => readSeries(connection, patients),
    retiredSeries: () => (index.prior === undefined ? none() : readRetired(connection)),
    close,
  };
}

/** DuckDB's first line, or what it means. */
function reasonOf(message: string): string {
  const column = /[Cc]olumn "?(\w+)"? (?:referenced that exists|not found)/.exec(message)?.[1];
  return column === undefined
    ? (message.split('\n')[0] ?? '')
    : `it has no column "${column}", so it is no index of the Imaging Data Commons.`;
}

async function createViews(connection: DuckDBConnection, { files, prior, collections }: IdcFiles): Promise<void> {
  const filter = collections === undefined ? '' : `WHERE collection_id IN (${collections.map(quote).join(', ')})`;
  const columns = seriesColumns.map((name) => `coalesce(CAST("${name}" AS VARCHAR), '') AS "${name}"`).join(', ');
  await connection.run(`CREATE VIEW series AS SELECT ${columns} FROM ${tableOf(files)} ${filter}`);
  if (prior === undefined) return;
  const known = priorColumns.map((name) => `coalesce(CAST("${name}" AS VARCHAR), '') AS "${name}"`).join(', ');
  await connection.run(`CREATE VIEW prior AS SELECT ${known} FROM ${tableOf([prior])} ${filter}`);
}

/** Columns of the table of earlier series that the index also has. */
const priorColumns: readonly string[] = [
  'collection_id',
  'PatientID',
  'StudyInstanceUID',
  'SeriesInstanceUID',
  'Modality',
  'series_size_MB',
];

function tableOf(files: readonly string[]): string {
  const list = `[${files.map(quote).join(', ')}]`;
  return files.every((file) => file.endsWith('.parquet'))
    ? `read_parquet(${list})`
    : `read_csv(${list}, all_varchar = true, header = true, union_by_name = true)`;
}

async function readPatients(connection: DuckDBConnection): Promise<readonly PatientDigest[]> {
  // DuckDB's own hash takes a third of the time of MD5. It may change with its version: then every patient is read once more.
  const row = `hash(${seriesColumns.map((name) => `"${name}"`).join(', ')})`;
  const result = await connection.stream(
    `SELECT collection_id, PatientID, md5(concat(${mappingVersion}, ' ', count(*), ' ', bit_xor(${row}), ' ', sum(${row}), ' ', sum(hash(${row}, 1)))) AS digest,
       CAST(count(*) AS INTEGER) AS series
     FROM series GROUP BY collection_id, PatientID ORDER BY collection_id, PatientID`,
  );
  const patients: PatientDigest[] = [];
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const [collectionId, patientId, digest, series] of chunk.getRows()) {
      patients.push({
        collectionId: String(collectionId),
        patientId: String(patientId),
        digest: String(digest),
        series: Number(series),
      });
    }
  }
  return patients;
}

async function readCollections(connection: DuckDBConnection): Promise<readonly CollectionSummary[]> {
  const listed = (name: string): string =>
    `array_to_string(list_sort(list(DISTINCT "${name}") FILTER (WHERE "${name}" <> '')), chr(31))`;
  const reader = await connection.runAndReadAll(
    `SELECT collection_id, CAST(count(DISTINCT PatientID) AS INTEGER), CAST(count(DISTINCT StudyInstanceUID) AS INTEGER), CAST(count(*) AS INTEGER),
       ${listed('Modality')}, ${listed('license_short_name')}, lower(${listed('source_DOI')})
     FROM series GROUP BY collection_id ORDER BY collection_id`,
  );
  return reader.getRows().map((row) => ({
    collectionId: String(row[0]),
    patients: Number(row[1]),
    studies: Number(row[2]),
    series: Number(row[3]),
    modalities: splitList(row[4]),
    licenses: splitList(row[5]),
    dois: splitList(row[6]),
  }));
}

/** Names a study of a collection. */
export function studyKey(collectionId: string, studyInstanceUid: string): string {
  return `${collectionId}/${studyInstanceUid}`;
}

async function readSharedStudies(connection: DuckDBConnection): Promise<ReadonlyMap<string, string>> {
  const reader = await connection.runAndReadAll(
    `SELECT collection_id, StudyInstanceUID, min(PatientID) FROM series WHERE StudyInstanceUID <> ''
     GROUP BY collection_id, StudyInstanceUID HAVING min(PatientID) <> max(PatientID)`,
  );
  return new Map(reader.getRows().map((row) => [studyKey(String(row[0]), String(row[1])), String(row[2])]));
}

function splitList(value: unknown): string[] {
  return typeof value === 'string' && value !== '' ? value.split(separator) : [];
}

async function* readSeries(
  connection: DuckDBConnection,
  patients: readonly PatientDigest[],
): AsyncGenerator<SeriesRow> {
  await connection.run('CREATE OR REPLACE TEMP TABLE wanted (collection_id VARCHAR, PatientID VARCHAR)');
  const appender = await connection.createAppender('wanted');
  for (const { collectionId, patientId } of patients) {
    appender.appendVarchar(collectionId);
    appender.appendVarchar(patientId);
    appender.endRow();
  }
  appender.closeSync();
  const columns = seriesColumns.map((name) => `"${name}"`).join(', ');
  // One string per row crosses from native code several times faster than one value per column.
  yield* rowsOf(
    connection,
    `SELECT concat_ws(chr(31), ${columns}) FROM series SEMI JOIN wanted USING (collection_id, PatientID)
     ORDER BY collection_id, PatientID, StudyInstanceUID, SeriesInstanceUID`,
  );
}

async function* readRetired(connection: DuckDBConnection): AsyncGenerator<SeriesRow> {
  const columns = seriesColumns.map((name) => (priorColumns.includes(name) ? `"${name}"` : `''`)).join(', ');
  yield* rowsOf(
    connection,
    `SELECT concat_ws(chr(31), ${columns}) FROM (SELECT DISTINCT ON (SeriesInstanceUID) * FROM prior ORDER BY SeriesInstanceUID, series_size_MB)
     ANTI JOIN series USING (SeriesInstanceUID)
     WHERE collection_id IN (SELECT DISTINCT collection_id FROM series)
     ORDER BY collection_id, PatientID, StudyInstanceUID, SeriesInstanceUID`,
  );
}

async function* rowsOf(connection: DuckDBConnection, sql: string): AsyncGenerator<SeriesRow> {
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    for (const line of chunk.getColumnValues(0)) yield String(line).split(separator);
  }
}

async function* none(): AsyncGenerator<SeriesRow> {
  // Without a table of earlier series there is nothing to retire.
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
