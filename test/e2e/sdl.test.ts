import {
  buildSchema,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { readTypeDefs } from '../../src/server/schema.ts';

const schema: GraphQLSchema = buildSchema(readTypeDefs().join('\n'));

/** Every element a client can meet, with its description. */
function elements(): readonly (readonly [name: string, description: string | null | undefined])[] {
  const own = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'));
  return own.flatMap((type) => {
    const builtIn = ['String', 'Int', 'Float', 'Boolean', 'ID', 'Query', 'Mutation', 'Subscription'].includes(
      type.name,
    );
    const itself = builtIn ? [] : [[type.name, type.description] as const];
    if (isEnumType(type))
      return [
        ...itself,
        ...type.getValues().map((value) => [`${type.name}.${value.name}`, value.description] as const),
      ];
    if (isInputObjectType(type))
      return [
        ...itself,
        ...Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field.description] as const),
      ];
    if (isObjectType(type) || isInterfaceType(type))
      return [
        ...itself,
        ...Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field.description] as const),
      ];
    return itself;
  });
}

describe('the schema', () => {
  it('is the one that was agreed upon: a change shows here', async () => {
    await expect(`${printSchema(lexicographicSortSchema(schema))}\n`).toMatchFileSnapshot(
      '__snapshots__/schema.graphql',
    );
  });

  it('describes every type, field, input and enum value', () => {
    const silent = elements().filter(([, description]) => (description ?? '').trim() === '');
    expect(silent.map(([name]) => name)).toEqual([]);
  });

  it('describes every argument', () => {
    const silent = Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type) && !type.name.startsWith('__')
        ? Object.values(type.getFields()).flatMap((field) =>
            field.args
              .filter(({ description }) => (description ?? '').trim() === '')
              .map((argument) => `${type.name}.${field.name}(${argument.name})`),
          )
        : [],
    );
    expect(silent).toEqual([]);
  });

  it('counts with the Count union wherever it counts a page', () => {
    const connections = Object.values(schema.getTypeMap()).filter(
      (type) => isObjectType(type) && type.name.endsWith('Connection'),
    );
    expect(connections.length).toBeGreaterThan(5);
    for (const type of connections) {
      if (!isObjectType(type)) continue;
      const total = type.getFields()['totalCount'];
      expect(total === undefined ? undefined : getNamedType(total.type).name, type.name).toBe('Count');
    }
  });
});
