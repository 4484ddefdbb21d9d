import { hash } from 'node:crypto';
import type { ExperimentRow, ScanRow, SubjectRow } from '../../src/xnat/index.ts';
import { detailVersion } from './item-detail.ts';
import type { ProjectItems } from './read-project.ts';

/** Columns that say nothing of the item: an address, and whose list it is. */
const silent = new Set(['URI', 'project', 'xnat:subjectassessordata/id']);

/** Digest of all that a list says of a subject, its stamp included. */
export function fingerprintOfSubject(row: SubjectRow): string {
  return digest(['subject', cells(row.columns)]);
}

/**
 * Digest of all that the lists say of an experiment: its own row, for a session the rows of its scans (a file added to a scan stamps
 * the scan and not the session) and the stamps of its assessors, whose files are listed with the session's.
 */
export function fingerprintOfExperiment(row: ExperimentRow, items: ProjectItems): string {
  const scans = (items.scans.get(row.id) ?? []).map(cellsOfScan).sort();
  return digest(['experiment', cells(row.columns), scans, items.assessorStamps.get(row.id) ?? []]);
}

function cellsOfScan(row: ScanRow): string {
  return JSON.stringify(cells(row.columns));
}

/** The cells that hold something, in one order: XNAT's is undefined. */
function cells(columns: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(columns)
    .filter(([name, value]) => value !== '' && !silent.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function digest(value: unknown): string {
  return hash('md5', JSON.stringify([detailVersion, value]), 'hex');
}
