/** How a dataset's bytes may be obtained; DCAT `dct:accessRights`, refined by the non-commercial class our partners need. */
export const accessClasses = ['OPEN', 'OPEN_NON_COMMERCIAL', 'RESTRICTED'] as const;
export type AccessClass = (typeof accessClasses)[number];

/** Curation state of a record. WITHDRAWN keeps a tombstone (DataCite best practice). */
export const datasetStatuses = ['DRAFT', 'IN_REVIEW', 'PUBLISHED', 'WITHDRAWN'] as const;
export type DatasetStatus = (typeof datasetStatuses)[number];

/** What a count counts. */
export const countMeasures = [
  'SUBJECTS',
  'SESSIONS',
  'SCANS',
  'IMAGES',
  'VIDEOS',
  'FRAMES',
  'CASES',
  'VARIABLES',
] as const;
export type CountMeasure = (typeof countMeasures)[number];

/** How a source put its number: as exact, "more than", or "about". */
export const countQualifiers = ['EXACT', 'MORE_THAN', 'ABOUT'] as const;
export type CountQualifier = (typeof countQualifiers)[number];

/** Relations between records: DataCite 4.7 relationType and PROV-O, the subset a catalog of datasets needs. */
export const relationTypes = [
  'DERIVED_FROM',
  'IS_PART_OF',
  'HAS_PART',
  'IS_VERSION_OF',
  'IS_CONTINUED_BY',
  'CONTINUES',
  'REFERENCES',
] as const;
export type RelationType = (typeof relationTypes)[number];

/** Why a publication is listed: it describes the dataset, asks to be cited, or used it. */
export const publicationRoles = ['DESCRIBES', 'CITE', 'USES'] as const;
export type PublicationRole = (typeof publicationRoles)[number];

/** FOAF: a person or an organisation. */
export const agentKinds = ['PERSON', 'ORGANISATION'] as const;
export type AgentKind = (typeof agentKinds)[number];

/**
 * Where a fact came from; order is precedence, highest first: a steward's word beats the reviewed records shipped with the
 * product, those beat XNAT, XNAT beats IDC, IDC beats a harvested record, and a paper comes last.
 */
export const sourceKinds = ['STEWARD', 'CURATED', 'XNAT', 'IDC', 'HARVEST', 'TABLE', 'PIPELINE', 'PAPER'] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** Precedence of a source kind: a greater rank wins a field. */
export function rankOf(kind: SourceKind): number {
  return (sourceKinds.length - sourceKinds.indexOf(kind)) * 10;
}

/** What a variable's values are. */
export const variableTypes = ['INTEGER', 'DECIMAL', 'CATEGORICAL', 'BOOLEAN', 'DATE', 'TEXT'] as const;
export type VariableType = (typeof variableTypes)[number];
