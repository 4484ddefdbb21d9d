import type { DescribedFiles } from './world.ts';

/** One DICOM series as a source table describes it. */
export interface Series {
  readonly project: string;
  readonly patientId: string;
  readonly age: string;
  readonly sex: string;
  readonly studyUid: string;
  readonly studyDate: string;
  readonly studyDescription: string;
  readonly seriesUid: string;
  readonly seriesNumber: string;
  readonly seriesDate: string;
  readonly description: string;
  readonly modality: string;
  readonly bodyPart: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly instanceCount: number;
  readonly byteSize: number;
  readonly license: string;
  readonly doi: string;
  /** Identity of this version of the series' bytes. */
  readonly revision: string;
  readonly analysis: string;
}

const scanTypes: Readonly<Record<string, string>> = {
  MR: 'xnat:mrScanData',
  CT: 'xnat:ctScanData',
  PT: 'xnat:petScanData',
  US: 'xnat:usScanData',
  SM: 'xnat:smScanData',
  CR: 'xnat:crScanData',
  SC: 'xnat:scScanData',
  SR: 'xnat:srScanData',
  SEG: 'xnat:segScanData',
  RTIMAGE: 'xnat:rtImageScanData',
};

/** Type of a scan by its Modality. */
export function scanType(modality: string): string {
  return scanTypes[modality] ?? 'xnat:otherDicomScanData';
}

/** Modalities that are images of a patient; the others are made from them. */
const imaging = ['MR', 'PT', 'CT', 'US', 'SM', 'CR'];

/** Type and main modality of a session by what its series are. */
export function sessionType(modalities: ReadonlySet<string>): { readonly xsiType: string; readonly modality: string } {
  if (modalities.has('PT') && modalities.has('MR')) return { xsiType: 'xnat:petmrSessionData', modality: 'PT/MR' };
  if (modalities.has('PT')) return { xsiType: 'xnat:petSessionData', modality: 'PT' };
  const main = imaging.find((one) => modalities.has(one));
  if (main === undefined) return { xsiType: 'xnat:otherDicomSessionData', modality: [...modalities].sort()[0] ?? 'OT' };
  return { xsiType: `xnat:${main.toLowerCase()}SessionData`, modality: main };
}

/**
 * Values of a scan, empty ones left out. They are set in one order and never deleted: objects that only grow share their
 * shape, which keeps 100,000 of them small.
 */
export function scanValues(series: Series, shared: (text: string) => string): Record<string, string> {
  const values: Record<string, string> = {};
  const put = (name: string, value: string): void => {
    if (value !== '') values[name] = value;
  };
  put('type', series.description === '' ? series.modality : series.description);
  put('UID', series.seriesUid);
  put('quality', 'usable');
  put('series_description', series.description);
  put('modality', series.modality);
  put('frames', shared(String(series.instanceCount)));
  put(
    'note',
    shared([series.license, series.doi === '' ? '' : `doi:${series.doi}`].filter((part) => part !== '').join('; ')),
  );
  put('documentation', series.revision);
  put('scanner/manufacturer', series.manufacturer);
  put('scanner/model', series.model);
  put('start_date', series.seriesDate);
  put('bodyPartExamined', series.bodyPart);
  return values;
}

/** Described files of a series. */
export function filesOfSeries(series: Series): DescribedFiles {
  return {
    count: series.instanceCount,
    bytes: series.byteSize,
    seed: series.revision,
    extension: 'dcm',
  };
}

/** `052Y` as years; months, weeks and days become fractions to two places. Empty when unknown. */
export function ageYears(age: string): string {
  const [, number, unit] = /^(\d{1,3})([YMWD])$/.exec(age) ?? [];
  if (number === undefined) return '';
  const perYear = { Y: 1, M: 12, W: 52.18, D: 365.25 }[unit ?? 'Y'] ?? 1;
  return String(Math.round((Number(number) / perYear) * 100) / 100);
}
