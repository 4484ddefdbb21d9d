import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt, exportSPKI, importJWK, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type IdentityProvider,
  type ProviderKey,
  providerKey,
  reserveProvider,
  signAs,
} from '../kit/identity-provider.ts';
import { codeOf, grant } from '../kit/people.ts';
import { type Answer, startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

const audience = 'https://catalog.test/api';
let provider: IdentityProvider;
let catalog: TestCatalog;
let admin: string;
let oldKey: ProviderKey;
let newKey: ProviderKey;
beforeAll(async () => {
  provider = await reserveProvider();
  [oldKey, newKey] = await Promise.all([providerKey('old'), providerKey('new')]);
  // The issuer is not there yet: the catalog starts without it.
  catalog = await startTestCatalog('empty', { OIDC_ISSUER: provider.issuer, OIDC_AUDIENCE: audience });
  admin = await catalog.token('ADMIN');
});
afterAll(async () => {
  await catalog.close();
  await provider.stop();
});

async function viewer(token: string): Promise<Answer> {
  return await catalog.ask('{ viewer { name roles } }', {}, token);
}

/** Asks until the answer has this status; the issuer is asked again after 5 s. */
async function viewerOnce(token: string, status: number): Promise<Answer> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const answer = await viewer(token);
    if (answer.status === status || Date.now() > deadline) return answer;
    await sleep(200);
  }
}

/** Claims of a good token, changed by a test. */
function claims(changed: Readonly<Record<string, unknown>> = {}): JWTPayload {
  const now = Math.floor(Date.now() / 1_000);
  return { iss: provider.issuer, aud: audience, sub: 'robot', iat: now, exp: now + 300, ...changed };
}

// The order matters: first the issuer is away, then it is there, last its key changes.
describe('while the issuer is away', () => {
  it('its tokens cannot be proven, and those of the catalog work', async () => {
    const { status, errors } = await viewer(await signAs(oldKey, claims()));
    expect([status, errors?.[0]?.extensions.code]).toEqual([503, 'UPSTREAM_UNAVAILABLE']);
    expect((await viewer(admin)).data.viewer.roles).toContain('ADMIN');
  });

  it('what is no token of its is refused all the same', async () => {
    const strangers = [await signAs(oldKey, claims({ iss: 'https://elsewhere.test' })), 'nonsense', unsigned(claims())];
    for (const token of strangers) expect((await viewer(token)).status).toBe(401);
  });
});

describe('once the issuer is there', () => {
  it('a token of its token endpoint is a guest of the name oidc:{issuer}:{sub}, in the audit trail once', async () => {
    await provider.start([oldKey]);
    const token = await provider.token(audience);
    expect(decodeJwt(token)).toMatchObject({ iss: provider.issuer, aud: audience, sub: 'robot' });
    const name = `oidc:${provider.issuer}:robot`;
    expect((await viewerOnce(token, 200)).data.viewer).toEqual({ name, roles: ['GUEST'] });
    await Promise.all([viewer(token), viewer(token)]);
    const { data } = await catalog.ask(
      '{ auditEntries(where: { action: "principal.create" }) { nodes { actorName outcome } } }',
      {},
      admin,
    );
    expect(data.auditEntries.nodes).toEqual([{ actorName: name, outcome: 'DONE' }]);
  });

  it('has the roles that an admin grants to the name', async () => {
    const name = `oidc:${provider.issuer}:robot`;
    await grant(catalog, admin, { principal: name, role: 'STEWARD' });
    expect((await viewer(await provider.token(audience))).data.viewer.roles).toContain('STEWARD');
  });

  it('can be granted a role before it was ever seen', async () => {
    const name = `oidc:${provider.issuer}:early`;
    await grant(catalog, admin, { principal: name, role: 'RESEARCHER' });
    const token = await signAs(oldKey, claims({ sub: 'early' }));
    expect((await viewer(token)).data.viewer).toEqual({ name, roles: ['GUEST', 'RESEARCHER'] });
  });

  it('refuses a token that the issuer gave for another service', async () => {
    const answer = await viewer(await provider.token('https://other.test/api'));
    expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
    expect(answer.errors?.[0]?.message).toContain('aud');
  });

  const minutes = (count: number): number => Math.floor(Date.now() / 1_000) + 60 * count;
  it.each<[string, () => Readonly<Record<string, unknown>>]>([
    ['has expired', () => ({ exp: minutes(-1) })],
    ['never ends', () => ({ exp: undefined })],
    ['is not yet good', () => ({ nbf: minutes(2) })],
    ['is for nobody', () => ({ aud: undefined })],
    ['is of another issuer', () => ({ iss: `${provider.issuer}/` })],
    ['has no subject', () => ({ sub: undefined })],
    ['has an empty subject', () => ({ sub: '' })],
    ['has a subject with a control character', () => ({ sub: 'a\u0000b' })],
  ])('refuses a well-signed token that %s', async (_what, changed) => {
    expect((await viewer(await signAs(oldKey, claims(changed())))).status).toBe(401);
  });

  it('lets clocks differ by half a minute', async () => {
    const now = Math.floor(Date.now() / 1_000);
    expect((await viewer(await signAs(oldKey, claims({ nbf: now + 15 })))).status).toBe(200);
    expect((await viewer(await signAs(oldKey, claims({ exp: now - 15 })))).status).toBe(200);
  });

  it('refuses a changed token, an unsigned one, and one signed with the public key as a secret', async () => {
    const good = await signAs(oldKey, claims());
    const [head = '', , signature = ''] = good.split('.');
    const changed = [head, encode(claims({ sub: 'admin' })), signature].join('.');
    const publicKey = await exportSPKI(await publicKeyOf(provider.issuer));
    const body = `${encode({ alg: 'HS256', kid: 'old', typ: 'JWT' })}.${encode(claims())}`;
    const confused = `${body}.${createHmac('sha256', publicKey).update(body).digest('base64url')}`;
    for (const token of [changed, unsigned(claims()), confused]) {
      const answer = await viewer(token);
      expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
    }
    expect((await viewer(good)).status).toBe(200);
  });

  it('refuses a token signed with a key of somebody else under the same name', async () => {
    const forged = await signAs(await providerKey('old'), claims());
    expect((await viewer(forged)).status).toBe(401);
  });

  it('takes a new key when the issuer has one, and the key it took away no more', async () => {
    const before = await signAs(oldKey, claims());
    expect((await viewer(before)).status).toBe(200);
    await provider.start([newKey]);
    expect((await viewerOnce(await provider.token(audience), 200)).status).toBe(200);
    const answer = await viewer(before);
    expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
  });
});

it('without an issuer in the settings, a JSON Web Token is an unknown token', async () => {
  const plain = await startTestCatalog('empty');
  const answer = await plain.ask('{ viewer { name } }', {}, await signAs(newKey, claims()));
  expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
  await plain.close();
});

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A token whose header says that it needs no signature. */
function unsigned(payload: JWTPayload): string {
  return `${encode({ alg: 'none', typ: 'JWT' })}.${encode(payload)}.`;
}

async function publicKeyOf(issuer: string): Promise<CryptoKey> {
  const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: Record<string, string>[] };
  return (await importJWK(keys[0] ?? {}, 'RS256', { extractable: true })) as CryptoKey;
}
