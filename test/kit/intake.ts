import { type IntakeReport, intakeRecords, intakeRows } from '../../src/catalog/index.ts';
import type { SourceKind } from '../../src/catalog/model/terms.ts';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import type { TestCatalog } from './test-catalog.ts';

/** A dataset record that is valid, with what a test cares about. */
export function record(sourceId: string, fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { sourceId, title: `Title of ${sourceId}`, description: 'Some words.', accessClass: 'OPEN', ...fields };
}

/** Hands records in, as a source would. */
export async function takeRecords(
  catalog: TestCatalog,
  records: readonly unknown[],
  {
    source = 'hospital',
    kind = 'HARVEST',
    publish = false,
  }: { source?: string; kind?: SourceKind; publish?: boolean } = {},
): Promise<IntakeReport> {
  const raw = records.map((value, index) => ({ place: `line ${index + 1}`, value }));
  return await intakeRecords(
    { source: { name: source, kind }, records: raw, publish, actor: 'test' },
    catalog.app.records,
  );
}

/** A scan with what a test cares about. */
export function scan(uid: string, fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { label: uid, seriesInstanceUid: uid, modality: 'CT', byteSize: 10, derived: false, resources: [], ...fields };
}

/** A session of some scans. */
export function session(uid: string, scans: readonly unknown[]): Record<string, unknown> {
  return { label: uid, studyInstanceUid: uid, scans, resources: [], assessors: [] };
}

/** A subject of some sessions. */
export function subject(
  label: string,
  sessions: readonly unknown[],
  fields: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { label, sessions, resources: [], ...fields };
}

/** Hands rows of the dataset with this slug in. */
export async function takeRows(
  catalog: TestCatalog,
  slug: string,
  subjects: readonly unknown[],
  { source = 'hospital-xnat', kind = 'XNAT' }: { source?: string; kind?: SourceKind } = {},
): Promise<IntakeReport> {
  return await intakeRows({ datasetId: datasetIdOf(slug), source: { name: source, kind }, subjects }, catalog.app.rows);
}

/** The types of all events so far, oldest first. */
export async function eventTypes(catalog: TestCatalog): Promise<string[]> {
  const rows: { type: string }[] = await catalog.app.db.query('SELECT type FROM catalog_event ORDER BY id');
  return rows.map((row) => row.type);
}
