/** Modalities of objects derived from other series (DICOM PS3.3 A.51, A.35, A.36 …), whoever made them. */
const derivedModalities = new Set([
  'SEG',
  'RTSTRUCT',
  'RTDOSE',
  'RTPLAN',
  'RTRECORD',
  'SR',
  'PR',
  'KO',
  'REG',
  'RWV',
  'M3D',
  'ANN',
  'FID',
]);

/** Whether series of a modality are made from other series. @param modality - DICOM Modality (0008,0060) */
export function isDerivedModality(modality: string | undefined): boolean {
  return modality !== undefined && derivedModalities.has(modality);
}
