import type { DatasetFacet, DatasetWhere } from '../catalog/index.ts';
import { InvalidInputError } from '../kernel/errors.ts';
import { pageSize } from '../kernel/page.ts';
import type { SearchParts } from './find-datasets.ts';
import { withoutField } from './read-question.ts';

/** Fields to count, and the filter they are counted under. */
export interface FacetsAsked {
  readonly where: DatasetWhere;
  readonly facets: readonly {
    readonly field: DatasetFacet;
    /** Most values; 20 when null. */
    readonly size?: number | null | undefined;
  }[];
}

/** Values of one field with how many datasets of the answer have each. */
export interface FacetAnswer {
  readonly field: DatasetFacet;
  readonly buckets: readonly { readonly key: string; readonly label: string; readonly count: number }[];
  readonly missing: number;
}

/**
 * Each facet is a count over all hits: a list of a thousand would be a thousand of them.
 * @throws InvalidInputError when a field is named twice
 */
export function refuseRepeated(fields: readonly DatasetFacet[]): void {
  const repeated = fields.find((field, at) => fields.indexOf(field) < at);
  if (repeated !== undefined)
    throw new InvalidInputError(`\`facets\` names ${repeated} twice: each field once.`, { fields: ['facets'] });
}

/** Counts each facet among the hits of the text, without what `where` says of its own field. */
export async function countFacets(
  { facets, where }: FacetsAsked,
  among: readonly string[] | undefined,
  { reader, scope }: SearchParts,
): Promise<readonly FacetAnswer[]> {
  return await Promise.all(
    facets.map(async ({ field, size }) => ({
      field,
      ...(await reader.countValues(
        { field, where: withoutField(where, field), size: pageSize(size ?? 20), ...(among && { among }) },
        scope,
      )),
    })),
  );
}
