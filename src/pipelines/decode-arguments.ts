import type { ReadScope } from '../access/index.ts';
import { type CatalogReader, isStorableJson, type SubjectWhere } from '../catalog/index.ts';
import { InvalidInputError } from '../kernel/errors.ts';
import { withoutNulls } from '../kernel/without-nulls.ts';
import type { LaunchInput } from './launch-model.ts';
import { datasetOfWhere, type RunListing } from './list-runs.ts';
import type { RunState } from './run-model.ts';

/** A launch as GraphQL gives it. */
export interface LaunchArguments {
  readonly pipeline: string;
  readonly dataset?: string | null;
  readonly cohort?: { readonly dataset: string; readonly where?: unknown } | null;
  readonly parameters?: unknown;
  readonly engine?: string | null;
  readonly idempotencyKey: string;
  readonly acceptedTerms?: readonly string[] | null;
}

/**
 * A launch without GraphQL's nulls and with one form of cohort.
 * @throws InvalidInputError unless exactly one of `dataset` and `cohort` is given, and parameters are an object
 */
export function decodeLaunch(input: LaunchArguments): LaunchInput {
  const { pipeline, dataset, cohort, engine, idempotencyKey, acceptedTerms } = input;
  if ((dataset == null) === (cohort == null))
    throw new InvalidInputError('Give exactly one of `dataset` and `cohort`.', { fields: ['dataset', 'cohort'] });
  return {
    pipeline,
    dataset: cohort?.dataset ?? dataset ?? '',
    where: storable(withoutNulls((cohort?.where ?? {}) as SubjectWhere)),
    parameters: objectOf(input.parameters),
    idempotencyKey,
    acceptedTerms: acceptedTerms ?? [],
    ...(engine != null && { engine }),
  };
}

/** A filter, whose form the schema has checked, is kept with its run: the database takes no text that is none. */
function storable(where: SubjectWhere): SubjectWhere {
  if (!isStorableJson(where))
    throw new InvalidInputError('cohort.where: a text has a character that is none (U+0000, half a pair).', {
      fields: ['cohort', 'where'],
    });
  return where;
}

function objectOf(parameters: unknown): Readonly<Record<string, unknown>> {
  if (parameters == null) return {};
  if (typeof parameters === 'object' && !Array.isArray(parameters))
    return Object.fromEntries(Object.entries(parameters));
  throw new InvalidInputError('parameters: must be an object with a member for each parameter.', {
    fields: ['parameters'],
  });
}

/** Paging and filter of `runs`. @throws NotFoundError when the dataset of the filter is none the reader may see */
export async function decodeListing(
  args: {
    readonly where?: {
      readonly state?: readonly RunState[] | null;
      readonly pipeline?: string | null;
      readonly engine?: string | null;
      readonly dataset?: string | null;
    } | null;
    readonly first: number;
    readonly after?: string | null;
  },
  reader: CatalogReader,
  scope: ReadScope,
): Promise<RunListing> {
  const { dataset, ...where } = withoutNulls(args.where ?? {});
  return {
    where: { ...where, ...(dataset !== undefined && { datasetId: await datasetOfWhere(dataset, reader, scope) }) },
    first: args.first,
    ...(args.after != null && { after: args.after }),
  };
}
