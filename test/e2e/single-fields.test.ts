import { type GraphQLField, type GraphQLObjectType, getNamedType, isLeafType, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intakeRows, intakeVariables } from '../../src/catalog/index.ts';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { createSchema } from '../../src/server/schema.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

const schema = createSchema();
let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('shipped');
  const datasetId = datasetIdOf('upenn-gbm');
  const source = { name: 'table:clinic', kind: 'TABLE' } as const;
  const { rows } = catalog.app;
  await intakeVariables(
    { datasetId, source, variables: [{ name: 'grade', label: 'Grade', type: 'INTEGER', unit: '1' }] },
    rows,
  );
  const values = [{ variable: 'grade', text: '4', number: 4 }];
  await intakeRows({ datasetId, source, subjects: [{ label: 'UPENN-GBM-00001', sessions: [], values }] }, rows);
});
afterAll(async () => {
  await catalog.close();
});

/** Where one object of each type whose fields are read by what is asked is found. */
const places: Readonly<Record<string, string>> = {
  Dataset: 'Q',
  Subject: 'subjects(first: 2) { nodes { Q } }',
  ImagingSession: 'sessions(first: 2) { nodes { Q } }',
  Scan: 'scans(first: 2) { nodes { Q } }',
  Variable: 'variables(first: 2) { nodes { Q } }',
  Distribution: 'distributions { Q }',
};

function objectType(name: string): GraphQLObjectType {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`${name} is no object type`);
  return type;
}

/** The field with whatever of it can be asked without going on for ever. */
function asked(field: GraphQLField<unknown, unknown>): string {
  const type = getNamedType(field.type);
  if (isLeafType(type)) return field.name;
  if (type.name === 'Count') return `${field.name} { ... on ExactCount { value source asOf } }`;
  if (type.name.endsWith('Connection')) return `${field.name} { totalCount { ... on ExactCount { value } } }`;
  if (!isObjectType(type)) return `${field.name} { __typename }`;
  const leaves = Object.values(type.getFields()).filter((one) => isLeafType(getNamedType(one.type)));
  return `${field.name} { __typename ${leaves.map(({ name }) => name).join(' ')} }`;
}

describe.each(Object.keys(places))('a field of %s', (name) => {
  const fields = Object.values(objectType(name).getFields());
  const ask = async (selection: string): Promise<any> => {
    const place = String(places[name]).replace('Q', selection);
    const { data, errors } = await catalog.ask(`{ dataset(slug: "upenn-gbm") { ${place} } }`, {}, undefined);
    expect(errors).toBeUndefined();
    const found = name === 'Dataset' ? [data.dataset] : Object.values<any>(data.dataset)[0];
    return found.nodes ?? found;
  };

  it('says the same whether it is asked alone or among all', async () => {
    const whole = await ask(fields.map(asked).join(' '));
    expect(whole.length).toBeGreaterThan(0);
    for (const field of fields) {
      const alone = await ask(asked(field));
      expect(alone, field.name).toEqual(whole.map((one: any) => ({ [field.name]: one[field.name] })));
    }
  });
});
