import { compareFields, type FieldDifference, type ItemAddress, type ItemFields } from '../../src/xnat/index.ts';
import type { WantedScan, WantedSession, WantedSubject } from './map-subject.ts';
import type { HeldScan, HeldSession, HeldSubject, HeldValues } from './read-project.ts';
import { freeScanId, toLabel } from './xnat-names.ts';

/** The kinds of items that are pushed. */
export type ItemKind = 'subjects' | 'sessions' | 'scans';

/** What has to be done about one item. */
export interface ItemStep {
  readonly kind: ItemKind;
  /** Place in the dataset: `subject/session/scan`, by the catalog's labels. */
  readonly sourceId: string;
  readonly address: ItemAddress;
  readonly xsiType: string;
  readonly state: 'created' | 'updated' | 'unchanged' | 'refused';
  /** Values to send. */
  readonly fields: ItemFields;
  /** Why nothing is sent, of a refused one. */
  readonly reason?: string;
}

/** Where files of a scan go. */
export interface ScanPlace {
  readonly scan: WantedScan;
  readonly address: ItemAddress;
}

/** Where files of a session go. */
export interface SessionPlace {
  readonly session: WantedSession;
  readonly address: ItemAddress;
  readonly scans: readonly ScanPlace[];
}

/** What has to be done about a subject and all below it, parents first, and where files go. */
export interface SubjectPlan {
  readonly subject: WantedSubject;
  readonly address: ItemAddress;
  readonly steps: readonly ItemStep[];
  readonly sessions: readonly SessionPlace[];
}

/**
 * Compares what shall be with what is. Sessions and scans are found by their DICOM UID first, so that what came to XNAT by another
 * way is filled in and not doubled; then by label or id.
 */
export function planSubject(
  wanted: WantedSubject,
  held: HeldSubject | undefined,
  options: { readonly project: string; readonly overwrite: boolean },
): SubjectPlan {
  const address = { project: options.project, subject: wanted.label };
  const { overwrite } = options;
  const steps: ItemStep[] = [
    step(
      { kind: 'subjects', sourceId: wanted.sourceLabel, address, xsiType: 'xnat:subjectData', overwrite },
      wanted,
      held,
    ),
  ];
  const sessions: SessionPlace[] = [];
  for (const session of wanted.sessions) {
    const found = findSession(session, held?.sessions ?? []);
    const place = { ...address, experiment: found?.label ?? session.label };
    const sourceId = `${wanted.sourceLabel}/${session.sourceLabel}`;
    const own = { kind: 'sessions', sourceId, address: place, xsiType: session.xsiType, overwrite } as const;
    if (found !== undefined && isAnother(session, found)) {
      steps.push(refusal(own, `XNAT has a session of that label with another StudyInstanceUID, ${found.uid ?? ''}`));
      continue;
    }
    // A type cannot be changed, and scans that came later may make a session more than it was.
    steps.push(step({ ...own, xsiType: found?.xsiType ?? session.xsiType }, session, found));
    const scans = placeScans(session, found?.scans ?? [], place);
    for (const { scan, address: at, held: known } of scans)
      steps.push(scanStep({ ...own, sourceId, address: at }, scan, known));
    sessions.push({ session, address: place, scans });
  }
  return { subject: wanted, address, steps, sessions };
}

type StepHead = Pick<ItemStep, 'kind' | 'sourceId' | 'address' | 'xsiType'> & { readonly overwrite: boolean };

function step(head: StepHead, { fields }: { readonly fields: ItemFields }, held: HeldValues | undefined): ItemStep {
  const { overwrite, ...known } = head;
  if (held === undefined) return { ...known, state: 'created', fields };
  const shown = Object.fromEntries(Object.entries(fields).filter(([path]) => held.shows(path)));
  const { absent, different } = compareFields(shown, held.read);
  if (different.length > 0 && !overwrite)
    return { ...known, state: 'refused', fields: {}, reason: conflict(different) };
  const changes = { ...absent, ...Object.fromEntries(different.map(({ path, ours }) => [path, ours])) };
  return { ...known, state: Object.keys(changes).length === 0 ? 'unchanged' : 'updated', fields: changes };
}

function isAnother(wanted: WantedSession, held: HeldSession): boolean {
  return wanted.uid !== undefined && held.uid !== undefined && wanted.uid !== held.uid;
}

function scanStep(head: StepHead, scan: WantedScan, held: HeldScan | undefined): ItemStep {
  const sourceId = `${head.sourceId}/${scan.label}`;
  const own = { ...head, kind: 'scans', sourceId, xsiType: scan.xsiType } as const;
  return scan.refused === undefined ? step(own, scan, held) : refusal(own, scan.refused);
}

function refusal({ overwrite: _overwrite, ...head }: StepHead, reason: string): ItemStep {
  return { ...head, state: 'refused', fields: {}, reason };
}

function conflict(different: readonly FieldDifference[]): string {
  const told = different.slice(0, 3).map(({ path, ours, theirs }) => `${path} is "${theirs}" there and "${ours}" here`);
  const more = different.length > told.length ? `, and ${different.length - told.length} more` : '';
  return `${told.join(', ')}${more}; --overwrite replaces it`;
}

function findSession(wanted: WantedSession, held: readonly HeldSession[]): HeldSession | undefined {
  const byUid = wanted.uid === undefined ? undefined : held.find((one) => one.uid === wanted.uid);
  return byUid ?? held.find((one) => one.label === wanted.label);
}

function placeScans(
  session: WantedSession,
  held: readonly HeldScan[],
  place: ItemAddress,
): (ScanPlace & { readonly held: HeldScan | undefined })[] {
  const byUid = new Map(held.flatMap((scan) => (scan.uid === undefined ? [] : [[scan.uid, scan]])));
  const taken = new Set(held.map((scan) => scan.id));
  const used = new Set<string>();
  return session.scans.map((scan) => {
    const found =
      (scan.uid === undefined ? undefined : byUid.get(scan.uid)) ??
      held.find(
        (one) =>
          one.id === toLabel(scan.label) && !used.has(one.id) && (one.uid === undefined || scan.uid === undefined),
      );
    const id = found?.id ?? freeScanId(scan.label, scan.modality, taken);
    taken.add(id);
    used.add(id);
    return { scan, address: { ...place, scan: id }, held: found };
  });
}
