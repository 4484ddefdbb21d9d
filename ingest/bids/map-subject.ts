import type { ScanTree, SessionTree } from '../../src/catalog/index.ts';
import { type BidsFile, type BidsFolder, listFiles } from './list-files.ts';
import { modalityOfSuffix } from './suffix-modality.ts';

interface FileTally {
  fileCount: number;
  byteSize: number;
}

interface Recording extends FileTally {
  readonly modality: string;
}

interface SessionFiles {
  readonly recordings: Map<string, Recording>;
  readonly others: FileTally;
}

/**
 * The files of one subject as sessions with scans: files with the same entities and suffix (image, sidecar, gradients) are one
 * scan; the others are a resource of their session. A subject without `ses-` folders has one session.
 * @param subject - folder name, such as `sub-01`
 */
export async function mapSessions(folder: BidsFolder, subject: string): Promise<SessionTree[]> {
  const sessions = new Map<string, SessionFiles>();
  for await (const file of listFiles(folder, subject)) {
    const place = placeOf(file, subject);
    if (place === undefined) continue;
    const session: SessionFiles = sessions.get(place.session) ?? {
      recordings: new Map(),
      others: { fileCount: 0, byteSize: 0 },
    };
    sessions.set(place.session, session);
    const tally = place.modality === undefined ? session.others : recordingOf(session, place.label, place.modality);
    tally.fileCount += file.fileCount;
    tally.byteSize += file.byteSize;
  }
  return [...sessions].map(([label, { recordings, others }]) => ({
    label,
    scans: [...recordings].map(([name, recording]) => scanOf(name, recording)),
    resources: others.fileCount === 0 ? [] : [{ label: 'BIDS', format: 'BIDS sidecars', ...others }],
    assessors: [],
  }));
}

function recordingOf({ recordings }: SessionFiles, label: string, modality: string): Recording {
  const recording = recordings.get(label) ?? { modality, fileCount: 0, byteSize: 0 };
  recordings.set(label, recording);
  return recording;
}

/** Codes of the modalities of one subject's files. */
export async function modalitiesOf(folder: BidsFolder, subject: string): Promise<ReadonlySet<string>> {
  const codes = new Set<string>();
  for await (const file of listFiles(folder, subject)) {
    const modality = placeOf(file, subject)?.modality;
    if (modality !== undefined) codes.add(modality);
  }
  return codes;
}

/** Where a file belongs; undefined for one whose name does not begin with its subject, which is no BIDS file. */
function placeOf(
  file: BidsFile,
  subject: string,
): { readonly session: string; readonly label: string; readonly modality: string | undefined } | undefined {
  const parts = file.path.split('/').slice(1);
  const name = parts.at(-1) ?? '';
  if (!name.startsWith(`${subject}_`)) return undefined;
  const session = parts[0]?.startsWith('ses-') === true && parts.length > 1 ? parts[0] : undefined;
  const prefix = session === undefined ? subject : `${subject}_${session}`;
  const stem = (name.split('.')[0] ?? name).slice(subject.length + 1);
  const label = session !== undefined && stem.startsWith(`${session}_`) ? stem.slice(session.length + 1) : stem;
  const dataType = parts.length > 1 ? (parts.at(-2) ?? '') : '';
  const suffix = label.split('_').at(-1) ?? '';
  return { session: prefix, label, modality: modalityOfSuffix(dataType, suffix) };
}

function scanOf(label: string, { modality, fileCount, byteSize }: Recording): ScanTree {
  return {
    label,
    modality,
    seriesDescription: label,
    byteSize,
    derived: false,
    resources: [{ label: 'BIDS', format: 'BIDS', fileCount, byteSize }],
  };
}
