import type { ExecutionResult, GraphQLError } from 'graphql';

type Path = readonly (string | number)[];

/**
 * Errors of a result in the order of their paths, one for each null they left in the data (GraphQL October 2021, 6.4.4: one error
 * per response position), the first that was met. Executors find errors in the order in which promises settle, which is nobody's
 * interest, and go on for different times after a null has already won.
 */
export function settledErrors({ data, errors = [] }: ExecutionResult): readonly GraphQLError[] {
  if (errors.length < 2) return errors;
  const firstAt = new Map<string, GraphQLError>();
  for (const error of errors) {
    const place = JSON.stringify(nullPlace(data, error.path ?? []));
    if (!firstAt.has(place)) firstAt.set(place, error);
  }
  return [...firstAt.values()].sort((a, b) => comparePaths(a.path ?? [], b.path ?? []));
}

function comparePaths(a: Path, b: Path): number {
  for (const [index, step] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (step === other) continue;
    if (typeof step === 'number' && typeof other === 'number') return step - other;
    return String(step) < String(other) ? -1 : 1;
  }
  return a.length - b.length;
}

/** How far along the path there are data. */
function nullPlace(data: unknown, path: Path): Path {
  let value = data;
  for (const [index, step] of path.entries()) {
    if (typeof value !== 'object' || value === null) return path.slice(0, index);
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return path;
}
