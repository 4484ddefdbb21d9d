import { createServer, type RequestListener, type Server } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';

/** A signing key of the provider. */
export interface ProviderKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
}

/** A real OpenID Connect provider (`oidc-provider`) on a free port of this machine. */
export interface IdentityProvider {
  readonly issuer: string;
  /** Begins to listen, or listens again, with these keys; the first one signs. */
  start(keys: readonly ProviderKey[]): Promise<void>;
  stop(): Promise<void>;
  /** An access token as the provider's token endpoint gives it to the client `robot`, for this audience. */
  token(audience: string): Promise<string>;
}

const secret = 'a-secret-of-this-test-only-0123456789';

/** Takes a port for the provider, which does not listen yet. */
export async function reserveProvider(): Promise<IdentityProvider> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  let server: Server | undefined;
  let provider: Provider | undefined;
  return {
    issuer,
    start: async (keys) => {
      provider = await makeProvider(issuer, keys);
      server ??= await listen(port, (request, response) => {
        void provider?.callback()(request, response);
      });
    },
    stop: async () => {
      server?.closeAllConnections();
      await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
      server = undefined;
    },
    token: async (audience) => {
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: `Basic ${Buffer.from(`robot:${secret}`).toString('base64')}`,
        },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience, scope: 'use' }),
      });
      const body = (await response.json()) as { access_token?: string };
      if (body.access_token === undefined) throw new Error(`No token: ${JSON.stringify(body)}`);
      return body.access_token;
    },
  };
}

/** A new RSA key of a provider. */
export async function providerKey(kid: string): Promise<ProviderKey> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { kid, privateKey };
}

/** A token that says what the test wants, signed with a key of the provider. */
export async function signAs(key: ProviderKey, claims: JWTPayload): Promise<string> {
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'at+jwt' })
    .sign(key.privateKey);
}

async function makeProvider(issuer: string, keys: readonly ProviderKey[]): Promise<Provider> {
  const jwks = await Promise.all(
    keys.map(async ({ kid, privateKey }) => ({ ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' })),
  );
  return new Provider(issuer, {
    jwks: { keys: jwks },
    clients: [
      {
        client_id: 'robot',
        client_secret: secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          scope: 'use',
          audience: resource,
          accessTokenTTL: 600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
}

async function listen(port: number, listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

async function freePort(): Promise<number> {
  const server = await listen(0, () => undefined);
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}
