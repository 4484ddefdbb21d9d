/** The same shape where null has become absent. */
export type WithoutNulls<T> = T extends readonly (infer Item)[]
  ? readonly WithoutNulls<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: WithoutNulls<Exclude<T[K], null>> }
    : Exclude<T, null>;

/** Drops every member that is null or undefined, at any depth: GraphQL's null input is the same as a field not given. */
export function withoutNulls<T>(value: T): WithoutNulls<T> {
  if (Array.isArray(value))
    return value.filter((item) => item !== null).map((item) => withoutNulls<unknown>(item)) as WithoutNulls<T>;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
    return Object.fromEntries(members.map(([key, member]) => [key, withoutNulls<unknown>(member)])) as WithoutNulls<T>;
  }
  return value as WithoutNulls<T>;
}
