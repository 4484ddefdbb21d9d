import { makeExecutableSchema } from '@graphql-tools/schema';
import { type ExecutionResult, GraphQLError, getVariableValues, isAbstractType, Kind, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { RequestContext } from '../../../src/graphql/context.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { compiledExecutor, referenceExecutor, schemaForCompiling } from '../../../src/server/execution/executors.ts';
import { settledErrors } from '../../../src/server/execution/field-errors.ts';
import { createErrorFormatter } from '../../../src/server/format-error.ts';
import { neverThrow } from '../../../src/server/schema.ts';

/** A schema whose fields go wrong in every way in which a field can. */
const schema = makeExecutableSchema({
  typeDefs: `
    enum Colour { RED GREEN }
    interface Named { name: String! }
    type Cat implements Named { name: String! lives: Int! mother: Cat }
    type Dog implements Named { name: String! tricks: [String!] }
    union Pet = Cat | Dog
    union Lost = Cat | Dog
    union Vague = Cat | Dog
    type Item { id: ID! ok: String! late: String! fails: String failsHard: String! failsLate: String! none: String! wrongNumber: Int wrongColour: Colour colour: Colour
      pets: [Pet] lost: Lost lostLate: [Lost] vague: Vague named: [Named!] item: Item hardItem: Item! echo(text: String = "x", many: [Int!], colour: Colour): String }
    type Query { item: Item hardItem: Item! items: [Item] itemsHard: [Item!]! listFails: [Item!] notAList: [Item] mixed: [Item] nested: [[Item]] lateList: [String!] }
    type Mutation { first(n: Int!): Item second(n: Int!): Item }
  `,
  resolvers: {
    Item: {
      ok: () => 'ok',
      late: async () => await later('late'),
      fails: () => {
        throw new Error('failed');
      },
      failsHard: () => {
        throw new GraphQLError('failed hard', { extensions: { code: 'HARD' } });
      },
      failsLate: async () => {
        await later(0);
        throw new Error('failed late');
      },
      none: () => null,
      wrongNumber: () => 'a word',
      wrongColour: () => 'BLUE',
      colour: () => 'RED',
      pets: () => [
        { __typename: 'Cat', name: 'Tom', lives: 9, mother: { name: 'Eve', lives: 1 } },
        null,
        { __typename: 'Dog', name: 'Rex', tricks: ['sit'] },
        { __typename: 'Cat', name: 'Ghost', lives: null },
      ],
      lost: () => ({ __typename: 'Fish' }),
      lostLate: async () => await later([{ __typename: 'Cat', name: 'Tom' }, { __typename: 'Fish' }]),
      vague: async () => await later({ name: 'Tom' }),
      named: () => [{ __typename: 'Dog', name: 'Rex' }],
      item: () => ({ id: '2' }),
      hardItem: () => ({ id: '3' }),
      echo: (_: unknown, args: unknown) => JSON.stringify(args),
    },
    Pet: { __resolveType: (pet: { __typename: string }) => pet.__typename },
    Named: { __resolveType: (pet: { __typename: string }) => pet.__typename },
    Lost: {
      __resolveType: (pet: { __typename: string }) => {
        if (pet.__typename === 'Fish') throw new Error('no such pet');
        return pet.__typename;
      },
    },
    Query: {
      item: () => ({ id: '1' }),
      hardItem: () => ({ id: '1' }),
      items: () => [{ id: 'a' }, { id: 'b' }, null],
      itemsHard: async () => await later([{ id: 'a' }, { id: 'b' }]),
      listFails: () => {
        throw new Error('no list');
      },
      notAList: () => 7,
      mixed: () => [
        { id: 'a' },
        new Error('an error as an item'),
        later({ id: 'c' }),
        Promise.reject(new Error('gone')),
      ],
      nested: () => [[{ id: 'a' }, null], null, [{ id: 'b' }]],
      lateList: () => ['a', later('b'), null],
    },
    Mutation: {
      first: async (_: unknown, { n }: { n: number }) => await later({ id: String(n) }),
      second: (_: unknown, { n }: { n: number }) => ({ id: String(n + 1) }),
    },
  },
});

for (const type of Object.values(schema.getTypeMap())) if (isAbstractType(type)) neverThrow(type);

const format = createErrorFormatter(silentLogger);

async function later<T>(value: T): Promise<T> {
  return await new Promise((resolve) => setTimeout(() => resolve(value), 1));
}

async function bothAnswers(source: string, variables: Record<string, unknown>): Promise<[string, string]> {
  const document = parse(source);
  expect(validate(schema, document)).toEqual([]);
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error('the document has no operation');
  const compiled = compiledExecutor({ schema: schemaForCompiling(schema), document, operation });
  if (compiled === undefined) throw new Error('it should be compilable');
  const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  const both = { given: variables, coerced };
  const context = {} as RequestContext;
  const shown = async (run: ExecutionResult | Promise<ExecutionResult>): Promise<string> => {
    const result = await run;
    return JSON.stringify({ errors: settledErrors(result).map((error) => format(error)), data: result.data });
  };
  return [
    await shown(compiled(context, both)),
    await shown(referenceExecutor({ schema, document, operation })(context, both)),
  ];
}

const inner = ['ok', 'late', 'fails', 'failsHard', 'failsLate', 'none', 'wrongNumber', 'wrongColour', 'colour'];
const cases: readonly (readonly [source: string, variables?: Record<string, unknown>])[] = [
  ...inner.map((field) => [`{ item { id ${field} } }`] as const),
  ...inner.map((field) => [`{ hardItem { id ${field} } }`] as const),
  ...inner.map((field) => [`{ items { id ${field} } itemsHard { id } }`] as const),
  ...inner.map((field) => [`{ itemsHard { id ${field} } item { id } }`] as const),
  ...inner.map((field) => [`{ item { id item { hardItem { ${field} } } } }`] as const),
  ['{ item { fails failsHard failsLate } hardItem { ok } }'],
  ['{ items { fails } item { fails wrongNumber wrongColour } }'],
  ['{ itemsHard { failsLate late } items { failsLate fails } }'],
  ['{ item { failsHard } other: item { failsLate } third: item { id } }'],
  ['{ listFails { id } notAList { id } item { id } }'],
  ['{ mixed { id ok } }'],
  ['{ mixed { id failsHard } nested { id fails } }'],
  ['{ nested { id late failsHard } }'],
  ['{ lateList }'],
  [
    '{ item { pets { __typename ... on Cat { name lives mother { name } } ... on Dog { name tricks } } named { __typename name } } }',
  ],
  ['{ item { pets { ...P } } } fragment P on Pet { ... on Named { name } ... on Cat { lives } }'],
  [
    'query($m: [Int!], $c: Colour = GREEN, $t: String) { item { a: echo b: echo(text: null) c: echo(many: $m, colour: $c) d: echo(text: $t) e: echo(many: [1, 2]) } }',
    { m: [1, 2] },
  ],
  ['query($m: [Int!]) { item { echo(many: $m) } }', { m: 5 }],
  [
    'query($s: Boolean!) { item { id @skip(if: $s) ok @include(if: $s) ...F @include(if: $s) } } fragment F on Item { fails colour @skip(if: $s) }',
    { s: true },
  ],
  [
    'query($s: Boolean!) { item { id @skip(if: $s) ok @include(if: $s) ...F @include(if: $s) } } fragment F on Item { fails colour @skip(if: $s) }',
    { s: false },
  ],
  [
    'query($s: Boolean = true) { item { id ... @skip(if: $s) { ok } item { item @skip(if: $s) { id } ok @include(if: $s) } } }',
  ],
  [
    'query($s: Boolean!) { item { x: ok @include(if: $s) x: ok y: late @skip(if: $s) y: late @include(if: $s) } }',
    { s: true },
  ],
  ['query($s: Boolean!) { item { item @include(if: $s) { id } item { ok } } }', { s: false }],
  ['mutation { a: first(n: 1) { id } b: second(n: 2) { id failsHard } c: first(n: 3) { id } }'],
  ['{ item { lost { __typename } lostLate { ... on Cat { name } } vague { __typename } ok } }'],
  ['{ __typename item { __typename id } items { __typename } }'],
];

describe('both executors', () => {
  it.each(cases.map(([source, variables = {}]) => ({ source, variables })))(
    'agree on $source $variables',
    async (example) => {
      const [compiled, reference] = await bothAnswers(example.source, example.variables);
      expect(compiled).toBe(reference);
    },
  );
});
