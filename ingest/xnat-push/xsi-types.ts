import type { Modality } from '../../src/catalog/index.ts';

/** Types of scans in XNAT's schema, by DICOM Modality. */
const scanTypes: Readonly<Record<string, string>> = {
  MR: 'mr',
  CT: 'ct',
  PT: 'pet',
  US: 'us',
  SM: 'sm',
  CR: 'cr',
  DX: 'dx',
  MG: 'mg',
  XA: 'xa',
  NM: 'nm',
  SC: 'sc',
  SR: 'sr',
  SEG: 'seg',
  RTIMAGE: 'rtImage',
  MEG: 'meg',
  EEG: 'eeg',
};

/** Modalities that make a session one of theirs, the deciding one first; the others are made from them. */
const imaging = ['MR', 'PT', 'CT', 'US', 'SM', 'CR', 'DX', 'MG', 'XA', 'NM', 'MEG', 'EEG'];

/** Type of a scan by its DICOM Modality. */
export function scanType(modality: string | undefined): string {
  return `xnat:${scanTypes[modality ?? ''] ?? 'otherDicom'}ScanData`;
}

/** Type and main modality of a session by those of its scans. */
export function sessionType(modalities: ReadonlySet<string>): { readonly xsiType: string; readonly modality?: string } {
  if (modalities.has('PT') && modalities.has('MR')) return { xsiType: 'xnat:petmrSessionData', modality: 'PT/MR' };
  const main = modalities.has('PT') ? 'PT' : imaging.find((one) => modalities.has(one));
  if (main !== undefined) return { xsiType: `xnat:${scanTypes[main] ?? 'otherDicom'}SessionData`, modality: main };
  const [first] = [...modalities].sort();
  return { xsiType: 'xnat:otherDicomSessionData', ...(first !== undefined && { modality: first }) };
}

/** DICOM's word for each of the catalog's modalities: what DICOM does not tell apart (kinds of MR) is its wider modality. */
export function dicomModalities(modalities: readonly Modality[]): (code: string) => string {
  const byCode = new Map(modalities.map((one) => [one.code, one]));
  return (code) => {
    let found = byCode.get(code);
    for (let depth = 0; depth < 8 && found !== undefined && found.scheme !== 'DICOM'; depth += 1) {
      const wider = found.broader === undefined ? undefined : byCode.get(found.broader);
      if (wider === undefined) break;
      found = wider;
    }
    return found?.code ?? code;
  };
}
