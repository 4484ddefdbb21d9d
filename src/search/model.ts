import type { IndexSchema } from '../retrieval/index.ts';

/** What the index knows of a dataset, as the catalog's tables say it. */
export interface DatasetFacts {
  readonly id: string;
  readonly slug: string;
  /** Number of the newest event of the dataset: it rises with every change. */
  readonly version: number;
  /** Whether everybody sees the record: it is published, or was before it was withdrawn. */
  readonly isPublic: boolean;
  readonly title: string;
  readonly acronym: string | null;
  readonly alternativeTitles: readonly string[];
  readonly description: string;
  readonly keywords: readonly string[];
  /** Labels and synonyms of the terms and of all that are broader. */
  readonly conditions: readonly string[];
  readonly bodyParts: readonly string[];
  readonly modalities: readonly string[];
  /** Codes of its modalities and IRIs of its conditions and body parts, as the record has them. */
  readonly termKeys: readonly string[];
  /** Formats of its distributions. */
  readonly formats: readonly string[];
  /** Names and labels of its variables. */
  readonly variables: readonly string[];
  /** Names of its publisher and creators. */
  readonly publishers: readonly string[];
  readonly status: string;
  readonly accessClass: string;
  readonly year: number | null;
}

/** The index of datasets. Raise the version when documents are made otherwise: the index is then rebuilt at the next start. */
export const datasetIndexSchema: IndexSchema = {
  name: 'datasets',
  version: 2,
  textFields: [
    { name: 'title', weight: 3 },
    { name: 'acronym', weight: 4 },
    { name: 'alternativeTitles', weight: 2 },
    { name: 'description', weight: 1 },
    { name: 'keywords', weight: 1.5 },
    { name: 'conditions', weight: 2 },
    { name: 'bodyParts', weight: 1.5 },
    { name: 'modalities', weight: 1 },
    { name: 'variables', weight: 0.5 },
    { name: 'publisher', weight: 1 },
  ],
  filterFields: [
    { name: 'slug', kind: 'keyword' },
    { name: 'status', kind: 'keyword' },
    { name: 'accessClass', kind: 'keyword' },
    { name: 'year', kind: 'number' },
    // Keys of terms that the record has or its prose names, with all that are broader: what words in a question are tested against.
    { name: 'terms', kind: 'keyword' },
    { name: 'formats', kind: 'keyword' },
    { name: 'ageFrom', kind: 'number' },
    { name: 'ageTo', kind: 'number' },
  ],
};

/** Where a piece of evidence stands in a record. */
export type EvidenceSource =
  | 'TITLE'
  | 'ACRONYM'
  | 'ALTERNATIVE_TITLE'
  | 'DESCRIPTION'
  | 'KEYWORD'
  | 'CONDITION'
  | 'BODY_PART'
  | 'MODALITY'
  | 'VARIABLE'
  | 'PUBLISHER'
  | 'MEANING'
  | 'ARTICLE';

const sources: Readonly<Record<string, EvidenceSource>> = {
  title: 'TITLE',
  acronym: 'ACRONYM',
  alternativeTitles: 'ALTERNATIVE_TITLE',
  description: 'DESCRIPTION',
  keywords: 'KEYWORD',
  conditions: 'CONDITION',
  bodyParts: 'BODY_PART',
  modalities: 'MODALITY',
  variables: 'VARIABLE',
  publisher: 'PUBLISHER',
};

/** The name that the API has for a field of the index. */
export function evidenceSource(field: string): EvidenceSource {
  return sources[field] ?? 'DESCRIPTION';
}
