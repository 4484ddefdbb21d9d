/** One data type the simulator knows. */
export interface XsiType {
  readonly name: string;
  readonly base: string | undefined;
  /** Root element of its XML documents. */
  readonly element: string;
  /** Values that are XML attributes; all others are elements. */
  readonly attributes: readonly string[];
  /** Values that are elements, as paths; a path below an element of simple content (`scanner/model`) is its attribute. */
  readonly elements: readonly string[];
}

const type = (
  name: string,
  base: string | undefined,
  element: string,
  attributes: readonly string[] = [],
  elements: readonly string[] = [],
): XsiType => ({
  name: `xnat:${name}`,
  base: base === undefined ? undefined : `xnat:${base}`,
  element: `xnat:${element}`,
  attributes,
  elements,
});

const derived = (names: string, suffix: 'Session' | 'Scan', base: string): XsiType[] =>
  names.split(' ').map((name) => {
    const [code = '', element = code.toUpperCase()] = name.split('=');
    return type(`${code}${suffix}Data`, base, `${element}${suffix}`);
  });

const known: readonly XsiType[] = [
  type(
    'projectData',
    undefined,
    'Project',
    ['ID', 'secondary_ID', 'active'],
    ['name', 'type', 'description', 'keywords'],
  ),
  type('subjectData', undefined, 'Subject', ['ID', 'project', 'group', 'label', 'src', 'initials'], []),
  type(
    'experimentData',
    undefined,
    'Experiment',
    ['ID', 'project', 'visit_id', 'visit', 'version', 'original', 'protocol', 'label'],
    ['date', 'time', 'duration', 'note', 'acquisition_site'],
  ),
  type('subjectAssessorData', 'experimentData', 'SubjectAssessor', [], ['subject_ID', 'age']),
  type('genericData', 'experimentData', 'Generic', ['type'], []),
  type(
    'imageSessionData',
    'subjectAssessorData',
    'ImageSession',
    ['session_type', 'modality', 'UID', 'study_id'],
    [
      'scanner',
      'scanner/manufacturer',
      'scanner/model',
      'operator',
      'prearchivePath',
      'dcmAccessionNumber',
      'dcmPatientId',
      'dcmPatientName',
    ],
  ),
  type('mrSessionData', 'imageSessionData', 'MRSession', [], ['coil', 'fieldStrength', 'marker', 'stabilization']),
  type('petSessionData', 'imageSessionData', 'PETSession', [], ['studyType', 'tracer/name']),
  type('petmrSessionData', 'imageSessionData', 'PETMRSession', [], ['coil', 'fieldStrength', 'tracer/name']),
  ...derived('ct us sm cr xa=XA mg dx nm rt sr meg eeg otherDicom=OtherDicom', 'Session', 'imageSessionData'),
  type('derivedData', 'experimentData', 'Derived', [], ['imageSession_ID']),
  type('imageAssessorData', 'derivedData', 'ImageAssessor'),
  type('mrAssessorData', 'imageAssessorData', 'MRAssessor'),
  type('qcAssessmentData', 'imageAssessorData', 'QCAssessment'),
  type('qcManualAssessorData', 'imageAssessorData', 'QCManualAssessment', [], ['rater', 'comments', 'pass']),
  type(
    'imageScanData',
    undefined,
    'ImageScan',
    ['ID', 'type', 'UID', 'project'],
    [
      'image_session_ID',
      'note',
      'quality',
      'condition',
      'series_description',
      'documentation',
      'scanner',
      'scanner/manufacturer',
      'scanner/model',
      'modality',
      'frames',
      'operator',
      'startTime',
      'start_date',
      'protocolName',
      'bodyPartExamined',
    ],
  ),
  type(
    'mrScanData',
    'imageScanData',
    'MRScan',
    [],
    ['coil', 'fieldStrength', 'marker', 'stabilization', 'parameters/tr', 'parameters/te'],
  ),
  type('petScanData', 'imageScanData', 'PETScan'),
  ...derived(
    'ct us sm cr xa mg dx nm sr sc meg eeg seg=Seg rtImage=RTImage otherDicom=OtherDicom',
    'Scan',
    'imageScanData',
  ),
];

const byName = new Map(known.map((one) => [one.name, one]));
const byLowerName = new Map(known.map((one) => [one.name.toLowerCase(), one]));

/** All known types, bases before what is derived from them. */
export const xsiTypes: readonly XsiType[] = known;

/** A type by its name, whatever the case (XPaths come back in lower case). */
export function findType(name: string): XsiType | undefined {
  return byName.get(name) ?? byLowerName.get(name.toLowerCase());
}

/** Whether a type is `root` or derived from it. A type of some plugin counts as an imaging session, so that it is listed. */
export function isA(name: string, root: string): boolean {
  const wanted = findType(root)?.name ?? root;
  let current = findType(name);
  if (current === undefined) return name.toLowerCase() === wanted.toLowerCase() || isA('xnat:imageSessionData', wanted);
  while (current !== undefined) {
    if (current.name === wanted) return true;
    current = current.base === undefined ? undefined : byName.get(current.base);
  }
  return false;
}

/** Every value a type can hold, inherited ones first, as canonical paths. */
export function valuesOf(name: string): readonly string[] {
  const found = findType(name);
  if (found === undefined) return [];
  return [...(found.base === undefined ? [] : valuesOf(found.base)), ...found.attributes, ...found.elements];
}

/** Whether a value is an XML attribute of its type's root element. */
export function isAttribute(name: string, value: string): boolean {
  const found = findType(name);
  if (found === undefined) return false;
  return found.attributes.includes(value) || (found.base !== undefined && isAttribute(found.base, value));
}

/** Elements that are items of their own (children in the item tree), with their type. */
export const nestedItems: Readonly<Record<string, string>> = {
  demographics: 'xnat:demographicData',
  investigator: 'xnat:investigatorData',
  PI: 'xnat:investigatorData',
  validation: 'xnat:validationData',
  metadata: 'xnat:subjectMetadata',
};

/** Values of a subject's demographics. */
export const demographicValues = [
  'dob',
  'yob',
  'age',
  'gender',
  'handedness',
  'ses',
  'education',
  'educationDesc',
  'race',
  'ethnicity',
  'weight',
  'height',
  'gestational_age',
  'post_menstrual_age',
  'birth_weight',
] as const;
