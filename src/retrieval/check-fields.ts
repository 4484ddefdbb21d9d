import { InvalidInputError } from '../kernel/errors.ts';
import { foldText } from './fold-text.ts';
import type { FieldValue, FilterField, IndexSchema } from './model.ts';

/**
 * @returns the schema's filter field of that name
 * @throws InvalidInputError for a field that the index does not have
 */
export function filterField(schema: IndexSchema, name: string): FilterField {
  const field = schema.filterFields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    throw new InvalidInputError(`The index ${schema.name} has no filter field ${name}`, { fields: [name] });
  }
  return field;
}

/** Whether values of the field are numbers in the index (instants are milliseconds since 1970). */
export function isNumeric(field: FilterField): boolean {
  return field.kind === 'number' || field.kind === 'instant';
}

/**
 * A value as the index holds it: a number for numbers and instants, else a string.
 * @throws InvalidInputError when the value does not fit the field's kind
 */
export function indexValue(field: FilterField, value: FieldValue): string | number {
  if (isNumeric(field)) {
    const number = typeof value === 'string' && field.kind === 'instant' ? Date.parse(value) : Number(value);
    if (Number.isFinite(number)) return number;
    throw new InvalidInputError(`${String(value)} is no ${field.kind} for the field ${field.name}`, {
      fields: [field.name],
    });
  }
  return field.kind === 'folded' ? foldText(String(value)) : String(value);
}
