import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { StartupError } from '../../../kernel/errors.ts';
import { addProject, type Edit } from '../edit-world.ts';
import { SeriesFiller } from '../fill-from-series.ts';
import type { Series } from '../series.ts';
import type { VersionedSource } from '../simulation.ts';

/** Collections shipped as extracts of the Imaging Data Commons. */
export const idcCollections = ['upenn_gbm', 'lung_pet_ct_dx', 'cptac_pda', 'cptac_ccrcc', 'tcga_kirc'] as const;

/** What to load from where. */
export interface IdcOptions {
  /** Folder with `{collection}.series.csv.gz`, `collections.json` and the table of prior versions. */
  readonly folder: string;
  readonly collections: readonly string[];
  /** Load each collection this many times, copies under other names and UIDs: for measuring. */
  readonly copies?: number | undefined;
}

const seriesRow = z.object({
  PatientID: z.string(),
  PatientAge: z.string(),
  PatientSex: z.string(),
  StudyInstanceUID: z.string().min(1),
  StudyDate: z.string(),
  StudyDescription: z.string(),
  SeriesInstanceUID: z.string().min(1),
  SeriesNumber: z.string(),
  SeriesDate: z.string(),
  SeriesDescription: z.string(),
  Modality: z.string(),
  BodyPartExamined: z.string(),
  Manufacturer: z.string(),
  ManufacturerModelName: z.string(),
  instanceCount: z.coerce.number().int(),
  series_size_MB: z.coerce.number(),
  license_short_name: z.string(),
  source_DOI: z.string(),
  series_revised_idc_version: z.coerce.number().int(),
  crdc_series_uuid: z.string(),
  analysis_result_id: z.string(),
});

const priorRow = z.object({
  collection_id: z.string(),
  PatientID: z.string(),
  SeriesInstanceUID: z.string(),
  StudyInstanceUID: z.string(),
  Modality: z.string(),
  crdc_series_uuid: z.string(),
  series_size_MB: z.coerce.number(),
  min_idc_version: z.coerce.number().int(),
  max_idc_version: z.coerce.number().int(),
});

interface Dated {
  readonly from: number;
  readonly to: number;
  readonly series: Series;
}

const megabyte = 1_000_000;
const newest = Number.MAX_SAFE_INTEGER;

/**
 * Loads IDC collections as XNAT projects and keeps their history, so that the world can be moved to an older or newer data
 * release. Further copies have no history.
 * @throws StartupError when a file is missing
 */
export function loadIdc(edit: () => Edit, options: IdcOptions): VersionedSource {
  makeProjects(edit(), options);
  const dated = options.collections.flatMap((collection) => {
    const rows = readTable(join(options.folder, `${collection}.series.csv.gz`), (record) => seriesRow.parse(record));
    for (let copy = 2; copy <= (options.copies ?? 1); copy += 1) {
      const series = rows.map((row) => toSeries(row, projectName(collection, copy), `.${copy}`));
      new SeriesFiller().apply(edit(), series);
    }
    return rows.map(
      (row): Dated => ({ from: row.series_revised_idc_version, to: newest, series: toSeries(row, collection, '') }),
    );
  });
  const all = [...dated, ...readPrior(options, dated)];
  const versions = [...new Set(all.flatMap(({ from, to }) => (to === newest ? [from] : [from, to + 1])))].sort(
    (a, b) => a - b,
  );
  let current = versions.at(-1) ?? 0;
  const filler = new SeriesFiller();
  const at = (version: number): Series[] =>
    all.filter(({ from, to }) => from <= version && version <= to).map(({ series }) => series);
  filler.apply(edit(), at(current));
  return {
    versions,
    current: () => current,
    moveTo(version) {
      current = version;
      return filler.apply(edit(), at(version));
    },
  };
}

const projectName = (collection: string, copy: number): string => (copy === 1 ? collection : `${collection}_${copy}`);

function toSeries(row: z.infer<typeof seriesRow>, project: string, tail: string): Series {
  return {
    project,
    patientId: row.PatientID,
    age: row.PatientAge,
    sex: row.PatientSex,
    studyUid: row.StudyInstanceUID + tail,
    studyDate: row.StudyDate,
    studyDescription: row.StudyDescription,
    seriesUid: row.SeriesInstanceUID + tail,
    seriesNumber: row.SeriesNumber,
    seriesDate: row.SeriesDate,
    description: row.SeriesDescription,
    modality: row.Modality,
    bodyPart: row.BodyPartExamined,
    manufacturer: row.Manufacturer,
    model: row.ManufacturerModelName,
    instanceCount: row.instanceCount,
    byteSize: Math.round(row.series_size_MB * megabyte),
    license: row.license_short_name,
    doi: row.source_DOI,
    revision: row.crdc_series_uuid,
    analysis: row.analysis_result_id,
  };
}

/**
 * Series versions that IDC has replaced or removed. Their table holds few columns: what is not there is taken from the
 * current version of the same series, and is empty where there is none.
 */
function readPrior(options: IdcOptions, current: readonly Dated[]): Dated[] {
  const path = join(options.folder, 'prior_versions.five_collections.csv.gz');
  if (!existsSync(path)) return [];
  const byUid = new Map(current.map(({ series }) => [series.seriesUid, series]));
  return readTable(path, (record) => {
    const row = priorRow.parse(record);
    const later = byUid.get(row.SeriesInstanceUID);
    const series: Series = {
      ...(later ?? emptySeries),
      project: row.collection_id,
      patientId: row.PatientID,
      studyUid: row.StudyInstanceUID,
      seriesUid: row.SeriesInstanceUID,
      modality: row.Modality,
      byteSize: Math.round(row.series_size_MB * megabyte),
      revision: row.crdc_series_uuid,
    };
    return { from: row.min_idc_version, to: row.max_idc_version, series };
  }).filter(({ series }) => options.collections.includes(series.project));
}

const emptySeries: Series = {
  project: '',
  patientId: '',
  age: '',
  sex: '',
  studyUid: '',
  studyDate: '',
  studyDescription: '',
  seriesUid: '',
  seriesNumber: '',
  seriesDate: '',
  description: '',
  modality: '',
  bodyPart: '',
  manufacturer: '',
  model: '',
  instanceCount: 1,
  byteSize: 0,
  license: '',
  doi: '',
  revision: '',
  analysis: '',
};

const collectionSchema = z.array(
  z.looseObject({
    collection_id: z.string(),
    collection_name: z.string(),
    cancer_types: z.string().nullish(),
    tumor_locations: z.string().nullish(),
    sources: z.array(
      z.looseObject({ source_title: z.string(), source_doi: z.string().nullish(), source_type: z.string().nullish() }),
    ),
  }),
);

function makeProjects(edit: Edit, options: IdcOptions): void {
  const path = join(options.folder, 'collections.json');
  const described = existsSync(path) ? collectionSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) : [];
  for (const id of options.collections) {
    const about = described.find((one) => one.collection_id === id);
    for (let copy = 1; copy <= (options.copies ?? 1); copy += 1) {
      const name = about?.collection_name ?? id;
      const title = about?.sources.find((source) => source.source_type === 'original_data')?.source_title ?? name;
      const keywords = [about?.cancer_types, about?.tumor_locations]
        .filter((word) => typeof word === 'string')
        .join(', ');
      const projectId = projectName(id, copy);
      const values = {
        name: copy === 1 ? name : `${name} (${copy})`,
        secondary_ID: projectId,
        description: title,
        keywords,
        'PI/firstname': 'Imaging',
        'PI/lastname': 'Data Commons',
      };
      const project = addProject(edit, { id: projectId, accessibility: 'public', values });
      for (const source of about?.sources ?? []) {
        if (typeof source.source_doi === 'string')
          project.publications.push({ title: source.source_title, doi: source.source_doi });
      }
    }
  }
}

/** Reads a compressed table; rows are turned as they come, so that their records die young. */
function readTable<T>(path: string, turn: (record: unknown) => T): T[] {
  if (!existsSync(path)) throw new StartupError(`the IDC extract ${path} is missing; give its folder with --data`);
  // One copy of each text: a table of 6,000 series repeats its makers, dates and patients, and all of it stays in memory.
  const kept = new Map<string, string>();
  const shared = (text: string): string => kept.get(text) ?? (kept.set(text, text), text);
  const turned: T[] = [];
  parse(gunzipSync(readFileSync(path)), {
    columns: true,
    skip_empty_lines: true,
    cast: shared,
    on_record: (record: unknown) => {
      turned.push(turn(record));
      return null;
    },
  });
  return turned;
}
