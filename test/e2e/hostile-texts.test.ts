import { GraphQLString, getNamedType, isInputObjectType } from 'graphql';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createSchema } from '../../src/server/schema.ts';
import { expectCalm, type HostileClient, startHostileClient } from '../kit/hostile-client.ts';
import { nastyTexts } from '../kit/random-documents.ts';

let client: HostileClient;
beforeAll(async () => {
  client = await startHostileClient();
});
afterAll(async () => {
  await client.catalog.close();
});

describe('nasty texts', () => {
  const schema = createSchema();
  const inputs = Object.values(schema.getTypeMap()).filter(isInputObjectType);

  it.each(nastyTexts.map((text) => ({ text, shown: JSON.stringify(text).slice(0, 40) })))(
    '$shown in every text of every filter and argument',
    async ({ text }) => {
      const query = `query($t: String!, $i: ID!, $texts: [String!]!, $d: DatasetWhere, $s: SubjectWhere, $e: SessionWhere, $c: ScanWhere) {
      bySlug: dataset(slug: $t) { slug } byId: dataset(id: $i) { slug } node(id: $i) { id }
      page: datasets(after: $t) { nodes { slug } }
      datasets(where: $d) { nodes { slug } totalCount { __typename } }
      dataset(slug: "upenn-gbm") { subjects(where: $s, first: 1) { nodes { values(names: $texts) { text } } totalCount { __typename } } more: subjects(after: $t) { nodes { label } }
        sessions(where: $e, first: 1) { nodes { label } } scans(where: $c, first: 1) { nodes { label } } } }`;
      for (const filter of ['eq', 'contains', 'in', 'anyOf', 'allOf']) {
        const where = (name: string): unknown =>
          filterOf(
            inputs.find((input) => input.name === name),
            filter,
            text,
          );
        const outcome = await client.sendQuery(query, {
          t: text,
          i: text,
          texts: [text],
          d: where('DatasetWhere'),
          s: where('SubjectWhere'),
          e: where('SessionWhere'),
          c: where('ScanWhere'),
        });
        expectCalm(outcome, `${filter} ${JSON.stringify(text)}`);
      }
    },
  );

  /** A filter that tests each of its text, concept and modality fields with one operator. */
  function filterOf(type: ReturnType<typeof inputs.find>, operator: string, text: string): unknown {
    const fields = Object.values(type?.getFields() ?? {}).filter(({ name }) => !['and', 'or', 'not'].includes(name));
    const tests = fields.flatMap((field) => {
      const filter = getNamedType(field.type);
      if (!isInputObjectType(filter)) return [];
      const argument = filter.getFields()[operator];
      if (argument === undefined || getNamedType(argument.type) !== GraphQLString) return [];
      return [{ [field.name]: { [operator]: ['in', 'anyOf', 'allOf'].includes(operator) ? [text] : text } }];
    });
    return { or: tests };
  }
});

describe('all of them together', () => {
  it('leave nothing behind that the database works on', { timeout: 60_000 }, async () => {
    await client.expectRest();
  });
});
