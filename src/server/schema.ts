import { readdirSync, readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import { DateTimeResolver, JSONResolver, LocalDateResolver } from 'graphql-scalars';
import { accessResolvers } from '../access/resolvers.ts';
import { curationResolvers } from '../catalog/curation-resolvers.ts';
import { catalogResolvers } from '../catalog/resolvers.ts';

const folder = new URL('../../schema/', import.meta.url);

/** The SDL of every module, common.graphql first. */
export function readTypeDefs(): readonly string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.graphql'));
  const ordered = ['common.graphql', ...files.filter((file) => file !== 'common.graphql').sort()];
  return ordered.map((file) => readFileSync(new URL(file, folder), 'utf8'));
}

/** The executable schema. */
export function createSchema(): GraphQLSchema {
  return makeExecutableSchema({
    typeDefs: [...readTypeDefs()],
    resolvers: [
      { DateTime: DateTimeResolver, Date: LocalDateResolver, JSON: JSONResolver },
      accessResolvers,
      catalogResolvers,
      curationResolvers,
    ],
    resolverValidationOptions: { requireResolversToMatchSchema: 'error' },
  });
}
