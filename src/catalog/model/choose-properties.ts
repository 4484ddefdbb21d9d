import type { Dataset, Properties, RowKind, RowOf } from './dataset.ts';

type Needs<T> = Readonly<Record<string, readonly (keyof T)[]>>;

/** Fields that are made of other properties than the one of their name. A field that is missing here has to be a property. */
const rowNeeds: { readonly [K in RowKind]: Needs<RowOf<K>> } = {
  subject: {
    cursor: ['label', 'id'],
    dataset: ['datasetId'],
    values: ['id'],
    resources: ['id'],
    assessors: ['id'],
    sharedInto: ['id'],
    sessions: ['id'],
  },
  session: {
    cursor: ['label', 'id'],
    modalities: ['id'],
    subject: ['subjectId'],
    resources: ['id'],
    assessors: ['id'],
    values: ['id'],
    sharedInto: ['id'],
    scans: ['id'],
  },
  scan: { cursor: ['label', 'id'], license: ['licenseId'], session: ['sessionId'], resources: ['id'] },
  variable: { cursor: ['position', 'id'], concept: ['conceptId'], summary: ['id'] },
  resource: {},
  assessor: {},
};

const datasetNeeds: Needs<Dataset> = {
  cursor: [],
  rowAccess: ['rowsVisible', 'accessClass'],
  license: ['licenseId'],
  publisher: ['publisherId'],
  identifiers: [],
  creators: [],
  conditions: [],
  bodyParts: [],
  modalities: [],
  subjectCount: ['held', 'rowsUpdatedAt'],
  sessionCount: ['held', 'rowsUpdatedAt'],
  scanCount: ['held', 'rowsUpdatedAt'],
  counts: ['held', 'rowsUpdatedAt', 'rowsVisible'],
  byteSize: ['held'],
  distributions: [],
  publications: [],
  relations: [],
  origins: [],
  subjects: [],
  sessions: [],
  scans: [],
  variables: [],
  versions: ['publishedVersion'],
  conflicts: ['id'],
  withdrawal: ['withdrawnReason', 'withdrawnAt'],
};

/** What to read of rows of which these fields are asked. */
export function rowProperties(kind: RowKind, asked: ReadonlySet<string>): Properties {
  return chosen(asked, `row ${kind}`, rowNeeds[kind], []);
}

/** What to read of ways to get the data of which these fields are asked. */
export function distributionProperties(asked: ReadonlySet<string>): Properties {
  return chosen(asked, 'distribution', { license: ['licenseId'] }, ['title']);
}

/** What to read of datasets of which these fields are asked. */
export function datasetProperties(asked: ReadonlySet<string>): Properties {
  return chosen(asked, 'dataset', datasetNeeds, ['id', 'slug']);
}

const known = new WeakMap<ReadonlySet<string>, Map<string, Properties>>();

/** The same set of fields is met again with every request for the same document. */
function chosen(
  asked: ReadonlySet<string>,
  what: string,
  needs: Readonly<Record<string, readonly PropertyKey[]>>,
  always: readonly string[],
): Properties {
  const ofAsked = known.get(asked) ?? new Map<string, Properties>();
  known.set(asked, ofAsked);
  const found = ofAsked.get(what);
  if (found !== undefined) return found;
  const names = new Set(always);
  for (const field of asked) for (const property of needs[field] ?? [field]) names.add(String(property));
  const sorted = [...names].sort();
  const made = { names: sorted, key: sorted.join(' ') };
  ofAsked.set(what, made);
  return made;
}
