import type { RequestContext } from '../graphql/context.ts';
import type { Resolvers } from '../graphql/generated.ts';
import { encodeNodeId } from '../kernel/ids.ts';
import { withoutNulls } from '../kernel/without-nulls.ts';
import { auditWhereOf, pageOf } from './decode-arguments.ts';
import {
  type Caller,
  createAccessToken,
  grantRole,
  linkPrincipal,
  listAuditEntries,
  listPrincipals,
  revokeAccessToken,
  revokeRole,
  rolesUpTo,
} from './index.ts';

/** GraphQL fields about callers, their rights, and what they did. */
export const accessResolvers: Resolvers = {
  Query: {
    viewer: (_, __, { principal }) => principal,
    principals: (_, { where, ...page }, { principal, access }) =>
      listPrincipals({ where: withoutNulls(where ?? {}), ...pageOf(page) }, principal, access.store),
    auditEntries: (_, { where, ...page }, { principal, access }) =>
      listAuditEntries({ where: auditWhereOf(withoutNulls(where ?? {})), ...pageOf(page) }, principal, access.trail),
  },
  Mutation: {
    createAccessToken: async (_, { input }, context) => ({
      ...(await createAccessToken(withoutNulls(input), callerOf(context), context.access)),
      viewer: context.principal,
    }),
    revokeAccessToken: async (_, { input }, { principal, access }) => {
      await revokeAccessToken(input.id, principal, access);
      return { viewer: principal };
    },
    grantRole: async (_, { input }, context) => ({
      principal: await grantRole(withoutNulls(input), callerOf(context), context.access.store),
    }),
    linkPrincipal: async (_, { input }, { principal, access }) => ({
      principal: await linkPrincipal(withoutNulls(input), principal, access.store),
    }),
    revokeRole: async (_, { input }, context) => ({
      principal: await revokeRole(withoutNulls(input), callerOf(context), context.access.store),
    }),
  },
  Viewer: {
    id: ({ id }) => (id === undefined ? null : encodeNodeId('Principal', id)),
    roles: ({ role }) => rolesUpTo(role),
    displayName: async ({ id }, _, { access }) => (await access.record(id))?.displayName ?? null,
    grants: async ({ id }, _, { access }) => (await access.record(id))?.grants ?? [],
    tokens: async ({ id }, _, { access }) => (await access.record(id))?.tokens ?? [],
  },
  Principal: { id: ({ id }) => encodeNodeId('Principal', id) },
  RoleGrant: {
    datasetId: ({ datasetId }) => (datasetId === undefined ? null : encodeNodeId('Dataset', datasetId)),
    dataset: async ({ datasetId }, _, { loaders }) =>
      datasetId === undefined ? null : await loaders.dataset.load(datasetId),
  },
  AccessToken: {
    id: ({ id }) => encodeNodeId('AccessToken', id),
    datasetIds: ({ datasetIds }) => datasetIds.map((id) => encodeNodeId('Dataset', id)),
  },
  AuditEntry: {
    actorId: ({ actor }) => (actor === undefined ? null : encodeNodeId('Principal', actor)),
    objectId: ({ objectKind, objectId }) =>
      objectKind === undefined || objectId === undefined ? null : encodeNodeId(objectKind, objectId),
    facts: ({ facts }) => JSON.parse(facts) as unknown,
  },
};

function callerOf({ principal, loaders }: RequestContext): Caller {
  return { principal, sees: async (datasetId) => (await loaders.dataset.load(datasetId)) !== null };
}
