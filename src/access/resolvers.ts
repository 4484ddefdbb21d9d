import type { Resolvers } from '../graphql/generated.ts';
import { rolesUpTo } from './index.ts';

/** GraphQL fields about the caller. */
export const accessResolvers: Resolvers = {
  Query: {
    viewer: (_, __, { principal }) => ({ name: principal.name ?? null, roles: rolesUpTo(principal.role) }),
  },
};
