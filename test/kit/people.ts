import { datasetIdOf } from '../../src/kernel/ids.ts';
import type { Answer, TestCatalog } from './test-catalog.ts';

/** Node id of the dataset with this slug. */
export function datasetNode(slug: string): string {
  return `Dataset:${datasetIdOf(slug)}`;
}

/** Gives a role through the API. */
export async function grant(
  catalog: TestCatalog,
  by: string | undefined,
  input: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  return await catalog.ask(
    `mutation ($input: GrantRoleInput!) { grantRole(input: $input) { principal { id name grants { role datasetId grantedBy } } } }`,
    { input },
    by,
  );
}

/** Takes a role through the API. */
export async function ungrant(
  catalog: TestCatalog,
  by: string | undefined,
  input: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  return await catalog.ask(
    `mutation ($input: RevokeRoleInput!) { revokeRole(input: $input) { principal { name grants { role datasetId } } } }`,
    { input },
    by,
  );
}

/** Makes an access token through the API. */
export async function makeToken(
  catalog: TestCatalog,
  by: string | undefined,
  input: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  return await catalog.ask(
    `mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) {
      token accessToken { id name roles datasetIds expiresAt createdAt lastUsedAt revokedAt } viewer { id tokens { id } } } }`,
    { input: { name: 'test', roles: ['GUEST'], ...input } },
    by,
  );
}

/** Ends an access token through the API. */
export async function endToken(catalog: TestCatalog, by: string | undefined, id: string): Promise<Answer> {
  return await catalog.ask(
    `mutation ($id: ID!) { revokeAccessToken(input: { id: $id }) { viewer { tokens { id revokedAt } } } }`,
    { id },
    by,
  );
}

/** A new principal with one role, as an admin makes them; their token lets everything through that they hold. */
export async function person(
  catalog: TestCatalog,
  admin: string,
  who: { readonly name: string; readonly role: string; readonly slug?: string },
): Promise<string> {
  const place = who.slug === undefined ? {} : { datasetId: datasetNode(who.slug) };
  await grant(catalog, admin, { principal: who.name, role: who.role, ...place });
  const made = await makeToken(catalog, admin, { principal: who.name, roles: ['ADMIN'] });
  return made.data.createAccessToken.token;
}

/** The code of an answer's only error. */
export function codeOf(answer: Answer): string | undefined {
  return answer.errors?.[0]?.extensions.code;
}
