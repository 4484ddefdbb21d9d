/** Formats that people ask for, with how records write them. */
const formats: readonly (readonly [format: string, pattern: RegExp])[] = [
  ['BIDS', /\bBIDS\b|\bbrain imaging data structure\b/i],
  ['NIfTI', /\bnifti\b|\.nii\b/i],
  ['DICOM', /\bdicom\b/i],
];

/** The formats that a text names. */
export function formatsIn(text: string): readonly string[] {
  return formats.flatMap(([format, pattern]) => (pattern.test(text) ? [format] : []));
}
