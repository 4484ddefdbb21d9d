import { readdirSync, readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import {
  type GraphQLAbstractType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLTypeResolver,
  isAbstractType,
  isObjectType,
} from 'graphql';
import { DateTimeResolver, JSONResolver, LocalDateResolver } from 'graphql-scalars';
import { accessResolvers } from '../access/resolvers.ts';
import { curationResolvers } from '../catalog/curation-resolvers.ts';
import { catalogResolvers } from '../catalog/resolvers.ts';
import { harvestResolvers } from '../harvest/resolvers.ts';
import type { Connection } from '../kernel/connection.ts';
import { discoveryResolvers } from '../literature/curation-resolvers.ts';
import { literatureResolvers } from '../literature/resolvers.ts';
import { pipelineResolvers } from '../pipelines/resolvers.ts';
import { searchResolvers } from '../search/resolvers.ts';
import { nodeResolvers } from './node-resolvers.ts';

const folder = new URL('../../schema/', import.meta.url);

/** The SDL of every module, common.graphql first. */
export function readTypeDefs(): readonly string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.graphql'));
  const ordered = ['common.graphql', ...files.filter((file) => file !== 'common.graphql').sort()];
  return ordered.map((file) => readFileSync(new URL(file, folder), 'utf8'));
}

/** The executable schema. */
export function createSchema(): GraphQLSchema {
  const schema = makeExecutableSchema({
    typeDefs: [...readTypeDefs()],
    resolvers: [
      { DateTime: DateTimeResolver, Date: LocalDateResolver, JSON: JSONResolver },
      accessResolvers,
      catalogResolvers,
      curationResolvers,
      harvestResolvers,
      discoveryResolvers,
      pipelineResolvers,
      literatureResolvers,
      nodeResolvers,
      searchResolvers,
    ],
    resolverValidationOptions: { requireResolversToMatchSchema: 'error' },
  });
  for (const type of Object.values(schema.getTypeMap())) {
    if (isAbstractType(type)) neverThrow(type);
    if (isObjectType(type)) resolveTotal(type);
  }
  return schema;
}

/**
 * graphql-jit 0.8.9 lets what a type resolver throws escape into an unhandled rejection, which ends the process; a type that is not
 * told is an ordinary error of the field.
 */
export function neverThrow(type: GraphQLAbstractType): void {
  const resolveType: GraphQLTypeResolver<unknown, unknown> = type.resolveType ?? typeNameOf;
  type.resolveType = (value, context, info, abstractType) => {
    try {
      return resolveType(value, context, info, abstractType);
    } catch {
      return undefined;
    }
  };
}

function typeNameOf(value: unknown): string | undefined {
  const named = typeof value === 'object' && value !== null && '__typename' in value ? value.__typename : undefined;
  return typeof named === 'string' ? named : undefined;
}

/** Totals are methods, so that they are counted when asked for; graphql-jit, unlike graphql-js, calls no methods by itself. */
function resolveTotal(type: GraphQLObjectType): void {
  const field = type.getFields()['totalCount'];
  if (field !== undefined && field.resolve === undefined)
    field.resolve = (connection: Pick<Connection<unknown>, 'totalCount'>) => connection.totalCount();
}
