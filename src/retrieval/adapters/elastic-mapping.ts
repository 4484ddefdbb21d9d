import { toUnitLength } from '../../embedding/index.ts';
import { indexedTerms } from '../analyze-text.ts';
import { filterField, indexValue, isNumeric } from '../check-fields.ts';
import { suggestionInputs } from '../fold-text.ts';
import type { GenerationSpec, IndexDocument } from '../model.ts';

/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object, as request bodies are. */
export type JsonObject = Readonly<Record<string, Json>>;

/** Stands in every document's suggestion contexts, so that a scope of all can ask too. */
export const anyReader = '*';

/** Field of a text, so that no schema name meets one of ours. */
export function textPath(name: string): string {
  return `text.${name}`;
}

/** Field of a filter value. */
export function filterPath(name: string): string {
  return `filter.${name}`;
}

/** Settings and mapping of one generation; `spec` goes along as `_meta`. */
export function indexBody(spec: GenerationSpec): JsonObject {
  // Words come as terms (`analyzeText`), the same as in the embedded index: one question ranks alike on both engines, and any
  // distribution of Elasticsearch will do, since all it has to know is the space between two terms.
  const texts = spec.schema.textFields.map(({ name }) => [name, { type: 'text', analyzer: 'whitespace' }] as const);
  const filters = spec.schema.filterFields.map(
    (field) => [field.name, isNumeric(field) ? { type: 'double' } : { type: 'keyword', ignore_above: 8000 }] as const,
  );
  return {
    settings: {
      number_of_shards: 1,
      number_of_replicas: 0,
      refresh_interval: '1s',
      // Versions of deleted documents are remembered for so long: a late redelivery must not bring one back.
      gc_deletes: '24h',
    },
    mappings: {
      dynamic: 'strict',
      // Terms are for finding; what is shown is in `stored`.
      _source: { excludes: ['text'] },
      // A round trip through text: undefined members fall away.
      _meta: { spec: JSON.stringify(spec) },
      properties: {
        id: { type: 'keyword' },
        version: { type: 'long' },
        hash: { type: 'keyword', index: false },
        readers: { type: 'keyword' },
        stored: { type: 'object', enabled: false },
        text: { properties: Object.fromEntries(texts) },
        filter: { properties: Object.fromEntries(filters) },
        passages: passageMapping(spec),
        suggest: {
          type: 'completion',
          analyzer: 'keyword',
          preserve_separators: true,
          max_input_length: 200,
          contexts: [{ name: 'reader', type: 'category' }],
        },
      },
    },
  };
}

function passageMapping({ encoder }: GenerationSpec): JsonObject {
  const text = { text: { type: 'keyword', index: false, doc_values: false } };
  if (encoder === undefined) return { type: 'nested', properties: text };
  const vector = {
    type: 'dense_vector',
    dims: encoder.dimension,
    index: true,
    // Unit vectors make the dot product the cosine; the other measure is for encoders trained without unit norm.
    similarity: encoder.similarity === 'cosine' ? 'dot_product' : 'max_inner_product',
    index_options: { type: 'int8_hnsw' },
  };
  return { type: 'nested', properties: { ...text, vector } };
}

/** A document as the index holds it. */
export function documentBody(document: IndexDocument, contentHash: string, spec: GenerationSpec): JsonObject {
  const { encoder, schema } = spec;
  const readers = [...new Set(document.readerGroups)];
  const filter = Object.entries(document.filters).map(([name, values]) => {
    const field = filterField(schema, name);
    return [name, [...new Set(values.map((value) => indexValue(field, value)))]] as const;
  });
  const text = schema.textFields.map(({ name }) => [name, (document.text[name] ?? []).map(indexedTerms)] as const);
  return {
    id: document.id,
    version: document.version,
    hash: contentHash,
    readers,
    stored: {
      text: document.text,
      filters: document.filters,
      suggestions: document.suggestions.map((each) => each.text),
    },
    text: Object.fromEntries(text),
    filter: Object.fromEntries(filter),
    passages:
      encoder === undefined
        ? []
        : document.passages.map((passage) => ({
            text: passage.text,
            vector: [...(encoder.similarity === 'cosine' ? toUnitLength(passage.vector.slice()) : passage.vector)],
          })),
    suggest: document.suggestions.map((each) => ({
      input: suggestionInputs(each.text).map((input) => input.slice(0, 200)),
      weight: Math.max(1, Math.round(each.weight)),
      contexts: { reader: [...readers, anyReader] },
    })),
  };
}

/** Similarity out of Elasticsearch's always positive score. */
export function similarityOf(score: number, similarity: 'cosine' | 'dot'): number {
  if (similarity === 'cosine') return 2 * score - 1;
  return score >= 1 ? score - 1 : 1 - 1 / score;
}
