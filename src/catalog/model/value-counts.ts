import type { DatasetWhere } from './where.ts';

/** Fields whose values are counted over a list of datasets. */
export const datasetFacets = [
  'condition',
  'bodyPart',
  'modality',
  'accessClass',
  'license',
  'source',
  'publisher',
  'year',
] as const;
export type DatasetFacet = (typeof datasetFacets)[number];

/** Which values are counted, over which datasets. */
export interface ValueCountQuery {
  /** Each with the most values told. */
  readonly fields: readonly { readonly field: DatasetFacet; readonly size: number }[];
  readonly where: DatasetWhere;
  /** Only these are looked at; all when absent. */
  readonly among?: readonly string[];
}

/** Names that datasets are looked up by, exactly as they are written. */
export interface NamedQuery {
  readonly names: readonly string[];
  /** What an identifier may hold as a part, whatever the case. */
  readonly inIdentifier: string | undefined;
  readonly where: DatasetWhere;
}

/** Values with the number of datasets that have each; a dataset with several counts for each of them. */
export interface ValueCounts {
  readonly buckets: readonly { readonly key: string; readonly label: string; readonly count: number }[];
  /** Datasets without a value. */
  readonly missing: number;
}

/** Numbers that are counted in steps. */
export const numberFields = ['subjectCount', 'year'] as const;
export type NumberField = (typeof numberFields)[number];

/** Which numbers are counted in steps, over which datasets. */
export interface NumberHistogramQuery {
  readonly field: NumberField;
  readonly where: DatasetWhere;
  /** Only these are looked at; all when absent. */
  readonly among?: readonly string[];
  /** Width of a step, more than 0; a round one that makes about 20 steps when absent. */
  readonly interval?: number;
}

/** Datasets by steps of a number. */
export interface NumberHistogram {
  readonly interval: number;
  /** Undefined when no dataset has a number. */
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** Datasets without a number. */
  readonly missing: number;
  /** `from` is in the step, `from + interval` in the next; empty steps are left out. */
  readonly buckets: readonly { readonly from: number; readonly count: number }[];
}

/** A name offered while somebody types. */
export interface NameSuggestion {
  readonly text: string;
  readonly kind: 'TITLE' | 'ACRONYM' | 'CONDITION' | 'BODY_PART' | 'MODALITY';
  /** Datasets the reader may see that have it. */
  readonly count: number;
}
