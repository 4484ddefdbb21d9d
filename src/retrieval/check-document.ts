import { ConflictError, messageOf } from '../kernel/errors.ts';
import { filterField, indexValue } from './check-fields.ts';
import type { GenerationSpec, IndexDocument } from './model.ts';
import type { IndexChange } from './ports.ts';

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

/**
 * Two encoders never meet in one generation: their numbers would be compared and mean nothing.
 * @throws ConflictError naming the generation's encoder
 */
export function refuseOtherEncoder(changes: readonly IndexChange[], { encoder, schema }: GenerationSpec): void {
  for (const change of changes) {
    if (change.kind === 'delete' || change.encoderHash === encoder?.hash) continue;
    throw new ConflictError(
      `The index ${schema.name} holds vectors of ${encoder?.profile ?? 'no encoder'}: documents encoded with another cannot be added. ` +
        'A new generation must be built: mia search reembed',
      { index: encoder?.hash ?? null, document: change.encoderHash ?? null },
    );
  }
}
