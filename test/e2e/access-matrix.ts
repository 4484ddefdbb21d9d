import { type GraphQLObjectType, type GraphQLSchema, getNamedType, isLeafType, isObjectType } from 'graphql';

/** Who asks, in the columns of the matrix. The researcher holds a grant for the dataset `own`. */
export const askers = ['guest', 'researcher', 'steward', 'admin'] as const;
export type Asker = (typeof askers)[number];

/** The datasets they ask about. */
export const targets = ['open', 'nonCommercial', 'own', 'other', 'hidden', 'withdrawn'] as const;
export type Target = (typeof targets)[number];

/** Their state: `own` and `other` are alike but for the grant, `hidden` is a draft, `withdrawn` was public once. */
export const states: Readonly<Record<Target, { readonly accessClass: string; readonly publish: boolean }>> = {
  open: { accessClass: 'OPEN', publish: true },
  nonCommercial: { accessClass: 'OPEN_NON_COMMERCIAL', publish: true },
  own: { accessClass: 'RESTRICTED', publish: true },
  other: { accessClass: 'RESTRICTED', publish: true },
  hidden: { accessClass: 'OPEN', publish: false },
  withdrawn: { accessClass: 'OPEN', publish: true },
};

/** Whose record each asker sees. */
export const seesRecord: Readonly<Record<Asker, readonly Target[]>> = {
  guest: ['open', 'nonCommercial', 'own', 'other', 'withdrawn'],
  researcher: ['open', 'nonCommercial', 'own', 'other', 'withdrawn'],
  steward: ['open', 'nonCommercial', 'own', 'other', 'hidden', 'withdrawn'],
  admin: ['open', 'nonCommercial', 'own', 'other', 'hidden', 'withdrawn'],
};

/** Whose subjects, sessions, scans and values each asker sees. */
export const seesRows: Readonly<Record<Asker, readonly Target[]>> = {
  guest: ['open'],
  researcher: ['open', 'nonCommercial', 'own'],
  steward: ['open', 'nonCommercial', 'hidden'],
  admin: ['open', 'nonCommercial', 'own', 'other', 'hidden', 'withdrawn'],
};

/** What a field shows, which decides who sees it. */
export type Rule =
  /** Nothing that depends on a dataset. */
  | 'nobodysSecret'
  /** Part of a record: whoever sees the record sees it. */
  | 'record'
  /** Rows, or what is below a row: whoever sees the rows sees it. */
  | 'rows'
  /** A number of rows: zero to whoever does not see them. */
  | 'rowCount'
  /** For stewards of the dataset: an empty list to whoever else sees its record. */
  | 'stewardsList'
  /** An edit of a dataset: its stewards may, whoever else sees the record is told so, for others there is no such dataset. */
  | 'ofStewards'
  /** Stewards of the whole catalog may. */
  | 'ofCatalogStewards'
  /** Principals and what they did: for admins alone. */
  | 'admins'
  /** Servers that are mirrored and their runs: for stewards of the whole catalog. */
  | 'stewards'
  /** Runs of pipelines: of each asker their own, to stewards all (runs.test.ts). */
  | 'runs'
  /** Questions: their owner, stewards of the whole catalog, and who is signed in where they are shared (questions.test.ts). */
  | 'questions'
  /** A write: each use case decides and has tests of its own; guests may none (audit.test.ts tries every one). */
  | 'write';

/** The rule of every field by its type. A field that is missing here fails the build: decide who sees it, and write it down. */
const rules: Readonly<Record<string, Partial<Record<Rule, string>>>> = {
  Mutation: {
    write: `createAccessToken revokeAccessToken grantRole revokeRole linkPrincipal startHarvest createSavedSearch deleteSavedSearch
      markSavedSearch editConcept retireConcept createQuestion updateQuestion deleteQuestion judgeArticle launchPipeline
      cancelRun rerun acceptCandidate mergeCandidate rejectCandidate`,
    ofCatalogStewards: 'createDataset addConcept',
    ofStewards: 'updateDataset submitDatasetForReview publishDataset withdrawDataset importSubjects',
  },
  Query: {
    admins: 'principals auditEntries',
    stewards: 'dataSources harvestRuns candidates',
    nobodysSecret: 'viewer savedSearches article searchArticles vocabulary pipelines engines',
    questions: 'question questions',
    runs: 'run runs',
    record: 'dataset datasets searchDatasets similarDatasets suggest ask',
    rows: 'node',
    rowCount: 'catalog',
  },
  Subscription: { stewards: 'harvestProgress', questions: 'questionMatched', runs: 'runUpdated' },
  Dataset: {
    record: `id slug title acronym alternativeTitles description version publishedVersion status accessClass accessNote accessUrl
      dataUseTerms rowAccess license identifiers publisher creators landingPage year species simulated conditions bodyParts
      modalities keywords subjectCount counts distributions publications relations unconfirmed variables versions origins
      createdAt updatedAt withdrawal freshness mentions papers usageOverTime`,
    rows: 'subjects sessions scans',
    rowCount: 'sessionCount scanCount byteSize',
    stewardsList: 'conflicts',
    runs: 'runs generatedBy',
  },
  DatasetVersion: { record: 'id number iri snapshot sha256 publishedAt' },
  Subject: {
    rows: `id dataset label sex ageYears diagnosis group site values source resources assessors sharedInto
      sessions`,
  },
  ImagingSession: {
    rows: `id label studyInstanceUid date description modalities source subject resources assessors values sharedInto
      scans`,
  },
  Scan: {
    rows: `id label seriesInstanceUid modality seriesDescription date bodyPart manufacturer manufacturerModelName sopClassUid
      instanceCount byteSize license sourceDoi derived derivedBy source session resources`,
  },
  PipelineRun: {
    runs: `id state engine engineJobId pipeline cohort parameters attempt owner requestedAt startedAt finishedAt deadline timeline exitCode
      error resourceUse inputs outputs logs derivedDataset crateUrl rerunOf`,
  },
  // Papers are public: no field of theirs depends on a dataset.
  Article: {
    nobodysSecret: `id pmid pmcid doi title abstract journal year published authors publicationTypes languages keywords mesh
      hasFullText sections retracted notices dataBanks license createdAt similar mentions`,
  },
  Question: {
    questions: 'id text owner notes shared where version upToDate matches csv ris createdAt updatedAt',
  },
  // What papers propose: for stewards of the catalog, whatever dataset it may be like.
  DatasetCandidate: {
    stewards: `id state title acronym fields mentions articleCount mentionCount similar score aliases dataset reason decidedAt version
      createdAt updatedAt`,
  },
  Variable: {
    record: 'id name label description unit type minimum maximum missingCodes categories perSession concept source',
    rows: 'summary',
  },
};

/** The rule of a field, or undefined when nobody has decided. */
export function ruleOf(type: string, field: string): Rule | undefined {
  const ofType = Object.entries(rules[type] ?? {}) as [Rule, string][];
  return ofType.find(([, fields]) => fields.split(/\s+/).includes(field))?.[0];
}

/** Fields that need a rule: those of the root types, and those of everything that has an id. */
export function fieldsToRule(schema: GraphQLSchema): { readonly type: string; readonly field: string }[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const types = Object.values(schema.getTypeMap()).filter(
    (type): type is GraphQLObjectType =>
      isObjectType(type) && (roots.includes(type) || type.getInterfaces().some(({ name }) => name === 'Node')),
  );
  return types.flatMap((type) => Object.keys(type.getFields()).map((field) => ({ type: type.name, field })));
}

/** A selection below a field that shows whether there is anything. */
export function selectionOf(schema: GraphQLSchema, type: string, field: string): string {
  const parent = schema.getType(type);
  const returned = isObjectType(parent) ? getNamedType(parent.getFields()[field]?.type) : undefined;
  if (returned === undefined || isLeafType(returned)) return '';
  if (returned.name === 'Count') return '{ ... on ExactCount { value } }';
  if (returned.name.endsWith('Connection'))
    return '{ nodes { __typename } edges { cursor } totalCount { ... on ExactCount { value } } }';
  return '{ __typename }';
}
