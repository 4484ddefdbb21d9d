import type { ScanTree, SessionTree, SubjectTree } from '../../src/catalog/index.ts';
import { isDerivedModality } from '../kit/derived-modality.ts';

/** Columns of the Imaging Data Commons index that we read, in the order of {@link SeriesRow}. */
export const seriesColumns = [
  'collection_id',
  'PatientID',
  'StudyInstanceUID',
  'SeriesInstanceUID',
  'analysis_result_id',
  'PatientAge',
  'PatientSex',
  'StudyDate',
  'StudyDescription',
  'SeriesNumber',
  'SeriesDate',
  'SeriesDescription',
  'Modality',
  'BodyPartExamined',
  'Manufacturer',
  'ManufacturerModelName',
  'SOPClassUID',
  'instanceCount',
  'series_size_MB',
  'license_short_name',
  'source_DOI',
] as const;

/** One series of the index: its columns as written, empty where absent. */
export type SeriesRow = readonly string[];

/** Grows with every change of the mapping, so that unchanged files are read anew after one. */
export const mappingVersion = 1;

const column = Object.fromEntries(seriesColumns.map((name, index) => [name, index])) as Record<
  (typeof seriesColumns)[number],
  number
>;

/**
 * The series of one patient as a subject with sessions and scans.
 * @param rows - all series of the patient, those of one study together
 * @param treeHash - digest of the rows as the file has them
 * @param strangers - studies that the index gives to another patient, too, who comes first: a StudyInstanceUID names one session, so here
 *   they are sessions by their label alone, whatever the order in which the patients are taken
 */
export function mapPatient(
  rows: readonly SeriesRow[],
  treeHash?: string,
  strangers: ReadonlySet<string> = new Set(),
): SubjectTree {
  const studies = Map.groupBy(rows, (row) => cell(row, 'StudyInstanceUID') ?? '');
  const ages = rows.map((row) => ageYears(cell(row, 'PatientAge'))).filter((age) => age !== undefined);
  const sex = rows
    .map((row) => cell(row, 'PatientSex')?.toUpperCase())
    .find((code) => code === 'M' || code === 'F' || code === 'O');
  return {
    label: cell(rows[0] ?? [], 'PatientID') ?? '',
    ...(sex !== undefined && { sex }),
    ...(ages.length > 0 && { ageYears: Math.min(...ages) }),
    ...(treeHash !== undefined && { treeHash }),
    sessions: [...studies].map(([uid, series]) => mapStudy(uid, series, strangers.has(uid))),
    resources: [],
  };
}

function mapStudy(studyInstanceUid: string, rows: readonly SeriesRow[], isStranger: boolean): SessionTree {
  const dates = rows
    .map((row) => day(cell(row, 'StudyDate')))
    .filter((date) => date !== undefined)
    .sort();
  const descriptions = rows
    .map((row) => cell(row, 'StudyDescription'))
    .filter((text) => text !== undefined)
    .sort();
  return {
    label: studyInstanceUid,
    ...(!isStranger && { studyInstanceUid }),
    ...(dates[0] !== undefined && { date: dates[0] }),
    ...(descriptions[0] !== undefined && { description: descriptions[0] }),
    scans: rows.map(mapSeries),
    resources: [],
    assessors: [],
  };
}

function mapSeries(row: SeriesRow): ScanTree {
  const seriesInstanceUid = cell(row, 'SeriesInstanceUID') ?? '';
  const modality = cell(row, 'Modality');
  const derivedBy = cell(row, 'analysis_result_id');
  const instanceCount = wholeNumber(cell(row, 'instanceCount'));
  const byteSize = bytesOfMegabytes(cell(row, 'series_size_MB'));
  const sizes = { ...(byteSize !== undefined && { byteSize }) };
  return {
    label: cell(row, 'SeriesNumber') ?? seriesInstanceUid,
    seriesInstanceUid,
    derived: derivedBy !== undefined || isDerivedModality(modality),
    ...optional('modality', modality),
    ...optional('seriesDescription', cell(row, 'SeriesDescription')),
    ...optional('date', day(cell(row, 'SeriesDate'))),
    ...optional('bodyPart', cell(row, 'BodyPartExamined')),
    ...optional('manufacturer', cell(row, 'Manufacturer')),
    ...optional('manufacturerModelName', cell(row, 'ManufacturerModelName')),
    ...optional('sopClassUid', cell(row, 'SOPClassUID')),
    ...optional('license', cell(row, 'license_short_name')),
    ...optional('sourceDoi', cell(row, 'source_DOI')),
    ...optional('derivedBy', derivedBy),
    ...(instanceCount !== undefined && { instanceCount }),
    ...sizes,
    resources: [
      { label: 'DICOM', format: 'DICOM', ...(instanceCount !== undefined && { fileCount: instanceCount }), ...sizes },
    ],
  };
}

function cell(row: SeriesRow, name: (typeof seriesColumns)[number]): string | undefined {
  const written = row[column[name]] ?? '';
  const text = (written.includes('\0') ? written.replaceAll('\0', '') : written).trim();
  return text === '' ? undefined : text;
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  // A computed key widens to an index signature; the one member is of this key.
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
}

/** DICOM Age String (PS3.5 section 6.2, VR AS): `072Y`, `006M`, `003W`, `010D`; some files drop the zeros. */
function ageYears(text: string | undefined): number | undefined {
  const match = /^(\d{1,3})([YMWD])$/i.exec(text ?? '');
  if (match === null) return undefined;
  const perYear = { Y: 1, M: 12, W: 52.1775, D: 365.2425 }[match[2]?.toUpperCase() ?? 'Y'] ?? 1;
  const years = Number(match[1]) / perYear;
  return years > 150 ? undefined : Math.round(years * 1_000) / 1_000;
}

/** Days met so far: a million series were made on some ten thousand, and a `Date` for each would cost seconds. */
const days = new Map<string, string | undefined>();
const mostDays = 50_000;

function day(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (days.size > mostDays) days.clear();
  if (!days.has(text)) days.set(text, calendarDay(text));
  return days.get(text);
}

function calendarDay(text: string): string | undefined {
  const match = /^(\d{4})-?(\d{2})-?(\d{2})/.exec(text);
  if (match === null) return undefined;
  const iso = `${match[1]}-${match[2]}-${match[3]}`;
  const instant = new Date(`${iso}T00:00:00Z`);
  // Date takes 30 February for 1 March, and the year 0, which SQL does not have.
  const isCalendarDay =
    !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(iso) && match[1] !== '0000';
  return isCalendarDay ? iso : undefined;
}

function wholeNumber(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || !Number.isSafeInteger(value) || value < 0 ? undefined : value;
}

/** The index gives sizes in units of 1,000,000 bytes. */
function bytesOfMegabytes(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || !Number.isFinite(value) || value < 0 ? undefined : Math.round(value * 1_000_000);
}
