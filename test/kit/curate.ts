import { expect } from 'vitest';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { record, takeRecords } from './intake.ts';
import type { Answer, TestCatalog } from './test-catalog.ts';

/** What tests look at in the payload of an edit. */
const shown = `id slug title acronym description keywords version status publishedVersion accessClass accessNote landingPage year
  species simulated license { spdxId } publisher { name } creators { name kind } conditions { label scheme } modalities { code }
  identifiers { scheme value iri } counts { measure count { ... on ExactCount { value source } } } withdrawal { reason at }
  origins { field source kind } versions { nodes { number sha256 snapshot } }`;

const inputTypes = {
  createDataset: 'CreateDatasetInput!',
  updateDataset: 'UpdateDatasetInput!',
  submitDatasetForReview: 'SubmitDatasetForReviewInput!',
  publishDataset: 'PublishDatasetInput!',
  withdrawDataset: 'WithdrawDatasetInput!',
  importSubjects: 'ImportSubjectsInput!',
} as const;
export type Mutation = keyof typeof inputTypes;

/** Runs a mutation of datasets, whatever comes of it. */
export async function tryTo(catalog: TestCatalog, mutation: Mutation, input: object, token?: string): Promise<Answer> {
  const result = mutation === 'importSubjects' ? 'accepted unchanged rejected { sourceId index error }' : '';
  return await catalog.ask(
    `mutation ($input: ${inputTypes[mutation]}) { ${mutation}(input: $input) { ${result} dataset { ${shown} } } }`,
    { input },
    token,
  );
}

/** Runs a mutation that must succeed. @returns its payload */
export async function mustDo(catalog: TestCatalog, mutation: Mutation, input: object, token: string): Promise<any> {
  const answer = await tryTo(catalog, mutation, input, token);
  expect(answer.errors).toBeUndefined();
  return answer.data[mutation];
}

/** Runs a mutation that must be refused with this code. @returns its only error */
export async function mustFail(
  catalog: TestCatalog,
  mutation: Mutation,
  input: object,
  { code, token }: { readonly code: string; readonly token?: string },
): Promise<{ readonly message: string; readonly details: any }> {
  const { errors = [] } = await tryTo(catalog, mutation, input, token);
  expect(errors.map(({ message, extensions }) => [extensions.code, message])).toEqual([[code, expect.any(String)]]);
  const [error] = errors;
  return { message: error?.message ?? '', details: error?.extensions.details };
}

/** A token of a principal whose only right is a role for one dataset. */
export async function tokenFor(catalog: TestCatalog, role: string, slug: string): Promise<string> {
  const token = await catalog.token('GUEST');
  await catalog.app.db.query(
    `INSERT INTO role_grant (id, principal_id, role, dataset_id)
     SELECT gen_random_uuid(), id, $2, $1 FROM principal WHERE name = 'test-guest' ON CONFLICT DO NOTHING`,
    [datasetIdOf(slug), role],
  );
  return token;
}

/** The node id of the dataset with this slug. */
export function nodeIdOf(slug: string): string {
  return `Dataset:${datasetIdOf(slug)}`;
}

let countDescribed = 0;
/** A published dataset that a source describes, with an acronym and a year. */
export async function described(
  catalog: TestCatalog,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly slug: string; readonly id: string; readonly version: number }> {
  countDescribed += 1;
  const slug = `described-${countDescribed}`;
  await takeRecords(catalog, [record(slug, { slug, acronym: 'SRC', year: 2001, ...fields })], { publish: true });
  return { slug, id: nodeIdOf(slug), version: await versionOf(catalog, slug) };
}

/** The version of a dataset's record. */
export async function versionOf(catalog: TestCatalog, slug: string): Promise<number> {
  const [row] = await catalog.app.db.query<{ version: number }[]>('SELECT version FROM dataset WHERE slug = $1', [
    slug,
  ]);
  return row?.version ?? 0;
}

/** All that is stored of a dataset's record and what was told about it: for showing that nothing changed. */
export async function stateOf(catalog: TestCatalog, slug: string): Promise<unknown> {
  const id = datasetIdOf(slug);
  const [dataset] = await catalog.app.db.query<object[]>('SELECT to_jsonb(d) AS d FROM dataset d WHERE id = $1', [id]);
  const statements = await catalog.app.db.query<object[]>(
    'SELECT to_jsonb(r) AS r FROM dataset_source_record r WHERE dataset_id = $1 ORDER BY id',
    [id],
  );
  const events = await catalog.app.db.query<object[]>('SELECT id FROM catalog_event WHERE dataset_id = $1', [id]);
  const versions = await catalog.app.db.query<object[]>('SELECT sha256 FROM dataset_version WHERE dataset_id = $1', [
    id,
  ]);
  return { dataset, statements, events, versions };
}
