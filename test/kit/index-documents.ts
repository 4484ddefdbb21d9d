import type { IndexDocument, IndexSchema, SourceDocument, Synonyms } from '../../src/retrieval/index.ts';

/** A small schema with every kind of field, for index tests. */
export const sampleSchema: IndexSchema = {
  name: 'samples',
  version: 1,
  textFields: [
    { name: 'title', weight: 2 },
    { name: 'body', weight: 1 },
  ],
  filterFields: [
    { name: 'modality', kind: 'keyword' },
    { name: 'alias', kind: 'folded' },
    { name: 'subjects', kind: 'number' },
    { name: 'issued', kind: 'instant' },
    { name: 'open', kind: 'boolean' },
  ],
};

/** Words that mean the same in the samples. */
export const sampleSynonyms: Synonyms = [
  ['fMRI', 'functional MRI'],
  ['brain tumour', 'glioma', 'glioblastoma'],
];

/** Facts of one sample; all else has a default. */
export interface SampleFacts {
  readonly id: string;
  readonly version?: number;
  readonly groups?: readonly string[];
  readonly title?: string;
  readonly body?: string;
  readonly modality?: readonly string[];
  readonly alias?: readonly string[];
  readonly subjects?: number;
  readonly issued?: string;
  readonly open?: boolean;
}

/** A source document out of a few facts; its passage is title and body. */
export function sampleSource(facts: SampleFacts): SourceDocument {
  const title = facts.title ?? facts.id;
  return {
    id: facts.id,
    version: facts.version ?? 1,
    readerGroups: facts.groups ?? ['guest'],
    text: { title: [title], body: facts.body === undefined ? [] : [facts.body] },
    filters: {
      modality: facts.modality ?? [],
      alias: facts.alias ?? [],
      subjects: facts.subjects === undefined ? [] : [facts.subjects],
      issued: facts.issued === undefined ? [] : [facts.issued],
      open: facts.open === undefined ? [] : [facts.open],
    },
    passages: [`${title} ${facts.body ?? ''}`],
    suggestions: [{ text: title, weight: 1 }],
  };
}

/** The same with a vector per passage. */
export function sampleDocument(facts: SampleFacts, vectors: readonly Float32Array[]): IndexDocument {
  const source = sampleSource(facts);
  return {
    ...source,
    passages: source.passages.map((text, index) => ({ text, vector: vectors[index] ?? new Float32Array(32) })),
  };
}
