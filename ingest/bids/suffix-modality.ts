/** Modality of what lies in a folder of a data type (BIDS 1.10, "Modality-specific files"), unless the suffix says better. */
const ofDataType: Readonly<Record<string, string>> = {
  anat: 'SMRI',
  func: 'FMRI',
  dwi: 'DWI',
  fmap: 'MR',
  perf: 'PWI',
  mrs: 'MRS',
  pet: 'PT',
  meg: 'MEG',
  eeg: 'EEG',
  ieeg: 'EEG',
  nirs: 'FNIRS',
  micr: 'SM',
};

/** Suffixes that mean the same in every data type. */
const ofSuffix: Readonly<Record<string, string>> = {
  angio: 'MRA',
  asl: 'ASL',
  m0scan: 'MR',
  physio: 'PHYSIO',
  stim: 'PHYSIO',
  eyetrack: 'EYE_TRACKING',
};

/** Suffixes of files that describe recordings and are none themselves. */
const describing = new Set([
  'events',
  'channels',
  'electrodes',
  'coordsystem',
  'optodes',
  'headshape',
  'markers',
  'photo',
  'scans',
  'sessions',
  'aslcontext',
  'asllabeling',
  'blood',
  'beh',
]);

/** Code of the modality of a file by its data type and suffix; undefined where it is no scan. */
export function modalityOfSuffix(dataType: string, suffix: string): string | undefined {
  return describing.has(suffix) ? undefined : (ofSuffix[suffix] ?? ofDataType[dataType]);
}
