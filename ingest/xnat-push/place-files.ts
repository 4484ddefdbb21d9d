import type { FileToStore, ItemAddress } from '../../src/xnat/index.ts';
import { filesBelow, type LocalFolder } from './local-folder.ts';
import type { ScanPlace, SessionPlace, SubjectPlan } from './plan-subject.ts';

/** Files of one resource of one item. */
export interface PlacedFiles {
  readonly sourceId: string;
  readonly item: ItemAddress;
  readonly resource: string;
  readonly files: readonly FileToStore[];
}

/** Where a subject's local files go, and those that go nowhere. */
export interface Placement {
  readonly resources: readonly PlacedFiles[];
  readonly rejected: readonly { readonly sourceId: string; readonly error: string }[];
}

interface Place {
  readonly sourceId: string;
  readonly item: ItemAddress;
  readonly resource: string;
  readonly path: string;
}

/**
 * Finds the item of each file in a subject's folder.
 *
 * Plain layout: `session/scan/path…`, a session by its label or StudyInstanceUID, a scan by its label, SeriesInstanceUID, XNAT id, or
 * `MODALITY_SeriesInstanceUID` (as downloads of the Imaging Data Commons are laid out). Files beside the folders belong to
 * the session or the subject. BIDS layout: by the entities in the file's name, as `mia ingest bids` reads them.
 */
export async function placeFiles(folder: LocalFolder, name: string, plan: SubjectPlan): Promise<Placement> {
  const resources = new Map<string, PlacedFiles & { readonly files: FileToStore[] }>();
  const rejected = new Map<string, string>();
  for await (const file of filesBelow(folder, name)) {
    if ('unreadable' in file) {
      rejected.set(file.path, file.unreadable);
      continue;
    }
    const place = folder.bids ? bidsPlace(file.parts, name, plan) : plainPlace(file.parts, plan);
    if ('error' in place) {
      rejected.set(`${name}/${place.below}`, place.error);
      continue;
    }
    const { sourceId, item, resource, path } = place;
    const key = `${JSON.stringify(item)} ${resource}`;
    const known = resources.get(key);
    if (known === undefined) resources.set(key, { sourceId, item, resource, files: [{ path, open: file.open }] });
    else known.files.push({ path, open: file.open });
  }
  return {
    resources: [...resources.values()],
    rejected: [...rejected].map(([sourceId, error]) => ({ sourceId, error })),
  };
}

type Found = Place | { readonly below: string; readonly error: string };

function plainPlace(parts: readonly string[], plan: SubjectPlan): Found {
  const [first = '', second = '', ...rest] = parts;
  const subjectId = plan.subject.sourceLabel;
  if (parts.length === 1) return { sourceId: subjectId, item: plan.address, resource: 'FILES', path: first };
  const place = plan.sessions.find(({ session, address }) =>
    [session.sourceLabel, session.uid, session.label, address.experiment].includes(first),
  );
  if (place === undefined) return { below: first, error: 'no session of this subject is called so' };
  const sessionId = `${subjectId}/${place.session.sourceLabel}`;
  if (parts.length === 2) return { sourceId: sessionId, item: place.address, resource: 'FILES', path: second };
  const found = place.scans.find((one) => isFolderOfScan(second, one));
  if (found === undefined) return { below: `${first}/${second}`, error: 'no scan of this session is called so' };
  return scanPlace(found, { sessionId, path: rest.join('/'), resource: resourceOf(parts.at(-1) ?? '') });
}

function isFolderOfScan(name: string, { scan, address }: ScanPlace): boolean {
  if (scan.uid !== undefined && (name === scan.uid || name === `${scan.modality}_${scan.uid}`)) return true;
  return name === address.scan || name === scan.label;
}

function scanPlace(
  { scan, address }: ScanPlace,
  { sessionId, path, resource }: { readonly sessionId: string; readonly path: string; readonly resource: string },
): Found {
  const sourceId = `${sessionId}/${scan.label}`;
  return scan.refused === undefined
    ? { sourceId, item: address, resource, path }
    : { below: path, error: `${sourceId}: ${scan.refused}` };
}

/** What XNAT and its tools look for in a scan. */
function resourceOf(name: string): string {
  if (/\.(?:dcm|ima)$/i.test(name)) return 'DICOM';
  return /\.(?:nii|nii\.gz|json|bval|bvec)$/i.test(name) ? 'NIFTI' : 'FILES';
}

/** `sub-01[/ses-1]/datatype/sub-01[_ses-1]_label.ext`: the label names the scan; what names none is the session's. */
function bidsPlace(parts: readonly string[], subject: string, plan: SubjectPlan): Found {
  const path = parts.join('/');
  const folder = parts[0]?.startsWith('ses-') === true && parts.length > 1 ? parts[0] : undefined;
  const prefix = folder === undefined ? subject : `${subject}_${folder}`;
  const place = plan.sessions.find(({ session }) => session.sourceLabel === prefix);
  const resource = 'BIDS';
  if (place === undefined) {
    if (folder !== undefined) return { below: folder, error: 'no session of this subject is called so' };
    return { sourceId: plan.subject.sourceLabel, item: plan.address, resource, path };
  }
  const sessionId = `${plan.subject.sourceLabel}/${prefix}`;
  const label = bidsLabel(parts.at(-1) ?? '', subject, prefix);
  const found = scanOf(place, label);
  // The whole path below the subject stays, so that the resource is a piece of a BIDS folder again.
  return found === undefined
    ? { sourceId: sessionId, item: place.address, resource, path }
    : scanPlace(found, { sessionId, path, resource });
}

function bidsLabel(name: string, subject: string, prefix: string): string | undefined {
  const stem = name.split('.')[0] ?? name;
  if (stem.startsWith(`${prefix}_`)) return stem.slice(prefix.length + 1);
  return stem.startsWith(`${subject}_`) ? stem.slice(subject.length + 1) : undefined;
}

function scanOf({ scans }: SessionPlace, label: string | undefined): ScanPlace | undefined {
  return scans.find(({ scan }) => scan.label === label);
}
