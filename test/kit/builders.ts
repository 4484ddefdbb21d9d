import type { ScanTree, SessionTree, SubjectTree } from '../../src/catalog/index.ts';

/** A dataset record as a source hands it in: the least that is valid, and what a test is about. */
export function aRecord(sourceId: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { sourceId, title: `Title of ${sourceId}`, description: `Description of ${sourceId}.`, ...more };
}

/** Records with their places, as a harvester hands them to the door. */
export function places(values: readonly unknown[]): { readonly place: string; readonly value: unknown }[] {
  return values.map((value, index) => ({ place: `line ${index + 1}`, value }));
}

/** A subject with its sessions. */
export function aSubject(
  label: string,
  sessions: readonly SessionTree[] = [],
  more: Partial<SubjectTree> = {},
): SubjectTree {
  return { label, sessions, resources: [], ...more };
}

/** A session with its scans. */
export function aSession(label: string, scans: readonly ScanTree[] = [], more: Partial<SessionTree> = {}): SessionTree {
  return { label, scans, resources: [], assessors: [], ...more };
}

/** A scan of magnetic resonance, with 100 bytes. */
export function aScan(label: string, more: Partial<ScanTree> = {}): ScanTree {
  return { label, modality: 'MR', byteSize: 100, derived: false, resources: [], ...more };
}
