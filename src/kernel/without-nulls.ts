import { InvalidInputError } from './errors.ts';

/** The same shape where null has become absent. An instant is a value, not a shape. */
export type WithoutNulls<T> = T extends Date
  ? T
  : T extends readonly (infer Item)[]
    ? readonly WithoutNulls<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: WithoutNulls<Exclude<T[K], null>> }
      : Exclude<T, null>;

/** Deepest nesting of an input: beyond it nobody means what is written, and the call stack would end. */
const deepest = 200;

/**
 * Drops every member that is null or undefined, at any depth: GraphQL's null input is the same as a field not given.
 * @throws InvalidInputError when the input is nested more than 200 deep
 */
export function withoutNulls<T>(value: T, depth = 0): WithoutNulls<T> {
  if (depth > deepest)
    throw new InvalidInputError(`The input is nested more than ${deepest} deep: use flatter \`and\` and \`or\` lists.`);
  if (Array.isArray(value))
    return value
      .filter((item) => item !== null)
      .map((item) => withoutNulls<unknown>(item, depth + 1)) as WithoutNulls<T>;
  if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
    const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
    return Object.fromEntries(
      members.map(([key, member]) => [key, withoutNulls<unknown>(member, depth + 1)]),
    ) as WithoutNulls<T>;
  }
  return value as WithoutNulls<T>;
}
