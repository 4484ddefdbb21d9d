import type { EncoderIdentity } from '../embedding/index.ts';

/**
 * What a caller may see, as an index filter: part of every query, without a default. A document is visible when one of its
 * `readerGroups` is among `groups`.
 */
export type IndexScope = { readonly kind: 'all' } | { readonly kind: 'readableBy'; readonly groups: readonly string[] };

/** A field that is searched by its words. */
export interface TextField {
  readonly name: string;
  /** How much a word counts here against other fields. */
  readonly weight: number;
}

/**
 * How a filter field is stored. `folded` keywords are compared without case and surrounding space; `instant` values are ISO 8601
 * strings, compared as points in time.
 */
export type FilterKind = 'keyword' | 'folded' | 'number' | 'instant' | 'boolean';

/** A field that is filtered, counted and sorted by its value; it may hold several. */
export interface FilterField {
  readonly name: string;
  readonly kind: FilterKind;
}

/** What an index holds. A change of it needs a new generation. */
export interface IndexSchema {
  /** `datasets`, `articles`: lower-case letters and hyphens. */
  readonly name: string;
  /** Raised by whoever changes how documents are made. */
  readonly version: number;
  readonly textFields: readonly TextField[];
  readonly filterFields: readonly FilterField[];
}

/** A value of a filter field. */
export type FieldValue = string | number | boolean;

/** A stretch of text with its vector: a document is as near to a question as its nearest passage. */
export interface Passage {
  /** What was encoded; shown as evidence. */
  readonly text: string;
  readonly vector: Float32Array;
}

/** A text offered while typing. */
export interface SuggestionText {
  readonly text: string;
  /** Higher comes first; 1 or more. */
  readonly weight: number;
}

/** One searchable thing. */
export interface IndexDocument {
  readonly id: string;
  /** Rises with every change; an older version never replaces a newer one. */
  readonly version: number;
  readonly readerGroups: readonly string[];
  readonly text: Readonly<Record<string, readonly string[]>>;
  readonly filters: Readonly<Record<string, readonly FieldValue[]>>;
  readonly passages: readonly Passage[];
  readonly suggestions: readonly SuggestionText[];
}

/** Bounds of a range; numbers, or ISO 8601 strings on `instant` fields. */
export interface RangeBounds {
  readonly gte?: number | string;
  readonly gt?: number | string;
  readonly lte?: number | string;
  readonly lt?: number | string;
}

/** A condition over filter fields, as data; each adapter translates it. `all` of nothing is true, `any` of nothing is false. */
export type Filter =
  | { readonly kind: 'all'; readonly of: readonly Filter[] }
  | { readonly kind: 'any'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
  | { readonly kind: 'anyOf'; readonly field: string; readonly values: readonly FieldValue[] }
  | ({ readonly kind: 'range'; readonly field: string } & RangeBounds)
  | { readonly kind: 'exists'; readonly field: string }
  | { readonly kind: 'contains'; readonly field: string; readonly text: string }
  | { readonly kind: 'ids'; readonly ids: readonly string[] };

/** A filter that belongs to a facet: it narrows the hits and every facet except those of its own field. */
export interface Selection {
  readonly field: string;
  readonly where: Filter;
}

/** Counts asked for. `values` counts distinct values, `histogram` counts numbers in steps. */
export type FacetRequest =
  | { readonly kind: 'values'; readonly field: string; readonly size: number }
  | { readonly kind: 'histogram'; readonly field: string; readonly interval: number };

/** One counted value; a histogram's key is the lower bound of the step. */
export interface FacetBucket {
  readonly key: string | number;
  readonly count: number;
}

/** Counts of one field. */
export interface FacetCounts {
  readonly field: string;
  readonly buckets: readonly FacetBucket[];
  /** Documents without any value. */
  readonly missing: number;
}

/** Which index a generation is, stored inside it. */
export interface GenerationSpec {
  readonly schema: IndexSchema;
  /** Hash over the schema and the index layout of this code. */
  readonly schemaHash: string;
  /** Encoder whose vectors it holds; undefined for an index without vectors. */
  readonly encoder: EncoderIdentity | undefined;
}

/** One physical index. */
export interface Generation {
  readonly id: string;
  readonly spec: GenerationSpec;
  /** Whether searches go to it. */
  readonly active: boolean;
}

/** A ranked document of one list. */
export interface RankedDocument {
  readonly id: string;
  /** The list's own score: BM25, or similarity. */
  readonly score: number;
  /** The passage that matched, in lists by meaning. */
  readonly passage?: string;
}

/** Matched stretch of a stored text: code-unit offsets into `text`. */
export interface Highlight {
  readonly field: string;
  readonly text: string;
  readonly spans: readonly (readonly [start: number, end: number])[];
}
