import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { datasetRecordSchema } from '../../../src/catalog/model/dataset-record.ts';
import { licenses, modalities, readShipped, recordFiles } from './shipped-files.ts';

const row = z.object({
  analysis_result_id: z.string(),
  PatientID: z.string().min(1),
  StudyInstanceUID: z.string().min(1),
  SeriesInstanceUID: z.string().min(1),
  Modality: z.string(),
  series_size_MB: z.coerce.number(),
  license_short_name: z.string(),
  source_DOI: z.string(),
});
type Row = z.infer<typeof row>;

function seriesOf(slug: string): Row[] {
  const bytes = gunzipSync(readShipped(`idc/${slug.replaceAll('-', '_')}.series.csv.gz`));
  return z.array(row).parse(parse(bytes, { columns: true }));
}

function distinct(rows: readonly Row[], key: 'PatientID' | 'StudyInstanceUID' | 'SeriesInstanceUID'): number {
  return new Set(rows.map((each) => each[key])).size;
}

describe.each([
  ['upenn-gbm', 630, 3301, 6064],
  ['lung-pet-ct-dx', 355, 436, 2606],
  ['cptac-pda', 195, 302, 2226],
  ['cptac-ccrcc', 233, 319, 2321],
  ['tcga-kirc', 537, 976, 6123],
])('series list of %s', (slug, subjects, sessions, scans) => {
  const rows = seriesOf(slug);
  const record = datasetRecordSchema.parse(recordFiles.get(slug));
  const original = rows.filter((each) => each.analysis_result_id === '');

  it('has the subjects, sessions and scans that the record states', () => {
    const counted = { SUBJECTS: subjects, SESSIONS: sessions, SCANS: scans };
    expect(counted).toEqual({
      SUBJECTS: distinct(rows, 'PatientID'),
      SESSIONS: distinct(rows, 'StudyInstanceUID'),
      SCANS: distinct(rows, 'SeriesInstanceUID'),
    });
    for (const [measure, value] of Object.entries(counted)) {
      const stated = record.counts?.find(
        (count) => count.measure === measure && count.source === 'Imaging Data Commons v25',
      );
      expect(stated?.value, measure).toBe(value);
    }
  });

  it('has as many original series as the record states', () => {
    const stated = record.counts?.find(
      (count) => count.measure === 'SCANS' && count.source.endsWith('original series'),
    );
    expect(stated?.value).toBe(original.length);
  });

  it('names only known licences and modalities, and the record lists each modality', () => {
    for (const name of new Set(rows.map((each) => each.license_short_name))) {
      expect(
        licenses.some((license) => license.aliases.includes(name)),
        name,
      ).toBe(true);
    }
    for (const code of new Set(rows.map((each) => each.Modality))) {
      expect(
        modalities.some((modality) => modality.code === code),
        code,
      ).toBe(true);
      expect(record.modalities).toContain(code);
    }
  });

  it('weighs, with its licence, what the record says of each part', () => {
    const parts = new Map<string, { megabytes: number; license: string }>();
    for (const each of rows) {
      const part = parts.get(each.source_DOI) ?? { megabytes: 0, license: each.license_short_name };
      expect(each.license_short_name).toBe(part.license);
      parts.set(each.source_DOI, { ...part, megabytes: part.megabytes + each.series_size_MB });
    }
    const stated = (record.distributions ?? []).flatMap((each) =>
      each.byteSize === undefined || typeof each.license !== 'object' ? [] : [[each.byteSize, each.license.spdxId]],
    );
    const counted = [...parts.values()].map((part) => [
      Math.round(part.megabytes * 1_000_000),
      licenses.find((license) => license.aliases.includes(part.license))?.spdxId,
    ]);
    expect(stated.sort()).toEqual(counted.sort());
  });
});
