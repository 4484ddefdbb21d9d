import type { DatasetFacet, DatasetWhere, NumberField, NumberHistogram } from '../catalog/index.ts';
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
export function refuseRepeated(argument: 'facets' | 'histograms', fields: readonly string[]): void {
  const repeated = fields.find((field, at) => fields.indexOf(field) < at);
  if (repeated !== undefined)
    throw new InvalidInputError(`\`${argument}\` names ${repeated} twice: each field once.`, { fields: [argument] });
}

/** Counts each facet among the hits of the text, without what `where` says of its own field; those under one filter in one statement. */
export async function countFacets(
  { facets, where }: FacetsAsked,
  among: readonly string[] | undefined,
  { reader, scope }: SearchParts,
): Promise<readonly FacetAnswer[]> {
  const asked = facets.map(({ field, size }) => ({
    field,
    size: pageSize(size ?? 20),
    where: withoutField(where, field),
  }));
  const answers = await Promise.all(
    [...Map.groupBy(asked, (facet) => JSON.stringify(facet.where)).values()].map(async (fields) => {
      const [shared] = fields;
      const counts = await reader.countValues(
        { fields, where: shared?.where ?? where, ...(among && { among }) },
        scope,
      );
      return fields.map(({ field }, at) => ({ field, ...(counts[at] ?? { buckets: [], missing: 0 }) }));
    }),
  );
  const byField = new Map(answers.flat().map((answer) => [answer.field, answer]));
  return facets.flatMap(({ field }) => byField.get(field) ?? []);
}

/** Histograms to count, and the filter they are counted under. */
export interface HistogramsAsked {
  readonly where: DatasetWhere;
  readonly histograms: readonly {
    readonly field: NumberField;
    /** A round one that suits the numbers when null. */
    readonly interval?: number | null | undefined;
  }[];
}

/** Datasets by steps of one number. */
export type HistogramAnswer = NumberHistogram & { readonly field: NumberField };

const mostSteps = 1_000;

/**
 * Counts each number in steps among the hits of the text, without what `where` says of it.
 * @throws InvalidInputError for a step below 1, and for more steps than anybody can look at
 */
export async function countHistograms(
  { histograms, where }: HistogramsAsked,
  among: readonly string[] | undefined,
  { reader, scope }: SearchParts,
): Promise<readonly HistogramAnswer[]> {
  return await Promise.all(
    histograms.map(async ({ field, interval }) => {
      if (typeof interval === 'number' && !(interval >= 1))
        throw refusal(`A step of ${field} is at least 1: ask for a wider \`interval\`, or for none.`);
      const counted = await reader.countNumbers(
        { field, where: withoutField(where, field), ...(among && { among }), ...(interval && { interval }) },
        scope,
      );
      if (counted.buckets.length > mostSteps)
        throw refusal(`More than ${mostSteps} steps of ${field}: ask for a wider \`interval\`, or for none.`);
      return { field, ...counted };
    }),
  );
}

function refusal(message: string): InvalidInputError {
  return new InvalidInputError(message, { fields: ['histograms'] });
}
