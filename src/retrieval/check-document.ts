import { messageOf } from '../kernel/errors.ts';
import { filterField, indexValue } from './check-fields.ts';
import type { GenerationSpec, IndexDocument } from './model.ts';

/** Why a document cannot go into a generation; undefined when it can. */
export function faultOf(document: IndexDocument, spec: GenerationSpec): string | undefined {
  const dimension = spec.encoder?.dimension;
  if (dimension !== undefined && document.passages.some(({ vector }) => vector.length !== dimension)) {
    return `a vector is not of length ${dimension}`;
  }
  try {
    for (const [name, values] of Object.entries(document.filters)) {
      const field = filterField(spec.schema, name);
      for (const value of values) indexValue(field, value);
    }
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
