import type { RequestContext } from '../graphql/context.ts';
import type { Resolvers } from '../graphql/generated.ts';
import {
  addConcept,
  type Curator,
  createDataset,
  editConcept,
  importSubjects,
  listConflicts,
  listVocabulary,
  publishDataset,
  retireConcept,
  submitDataset,
  updateDataset,
  withdrawDataset,
} from './index.ts';

/** GraphQL mutations of datasets: hand the input to its use case, and let the payload be read as it is now. */
export const curationResolvers: Resolvers = {
  Query: {
    vocabulary: async (_, { scheme, search, first, after }, { reader, scope }) =>
      await listVocabulary(
        { scheme: scheme ?? undefined, search: search ?? undefined, first, after: after ?? undefined },
        reader,
        scope,
      ),
  },
  Dataset: {
    withdrawal: ({ withdrawnReason: reason, withdrawnAt: at }) =>
      reason === undefined || at === undefined ? null : { reason, at },
    conflicts: (dataset, _, context) => listConflicts(dataset, context),
  },
  Mutation: {
    createDataset: (_, { input }, context) => write(createDataset, input, context),
    updateDataset: (_, { input }, context) => write(updateDataset, input, context),
    submitDatasetForReview: (_, { input }, context) => write(submitDataset, input, context),
    publishDataset: (_, { input }, context) => write(publishDataset, input, context),
    withdrawDataset: (_, { input }, context) => write(withdrawDataset, input, context),
    importSubjects: (_, { input }, context) => write(importSubjects, input, context),
    addConcept: (_, { input }, context) => write(addConcept, input, context),
    editConcept: (_, { input }, context) => write(editConcept, input, context),
    retireConcept: (_, { input }, context) => write(retireConcept, input, context),
  },
};

/** Runs a use case; what was read before it in the same request is forgotten. */
async function write<Input, Payload>(
  useCase: (input: Input, curator: Curator) => Promise<Payload>,
  input: Input,
  context: RequestContext,
): Promise<Payload> {
  const { principal, requestId, reader, records, rows } = context;
  const payload = await useCase(input, { principal, requestId, reader, records, rows });
  Object.assign(context, await context.readAnew());
  return payload;
}
