import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { hashToken, newToken, type Role } from '../../src/access/index.ts';
import { type Application, openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { type RunningServer, startServer } from '../../src/server/create-server.ts';
import { createDatabase, type DatabaseTemplates, databaseUrl, dropDatabase } from './database-server.ts';

/** An answer of the GraphQL API. */
export interface Answer {
  readonly status: number;
  /** Whatever the query asked for; tests read it by that shape. */
  readonly data: any;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code: string; readonly details?: Record<string, unknown> };
  }[];
}

/** A catalog of one test file: its own database, its own server on a free port. */
export interface TestCatalog {
  readonly app: Application;
  readonly url: string;
  readonly databaseUrl: string;
  /** A token of a principal with this role for the whole catalog. */
  token(role: Role): Promise<string>;
  /** Asks over HTTP, as a guest or with a token. */
  ask(query: string, variables?: Readonly<Record<string, unknown>>, token?: string): Promise<Answer>;
  /** Another application and server over the same database, with nothing shared in memory; to be closed first. */
  beside(env?: Readonly<Record<string, string>>): Promise<Pick<TestCatalog, 'app' | 'url' | 'ask' | 'close'>>;
  close(): Promise<void>;
}

/** Rates that no test meets by its speed alone. */
const roomyRates = {
  MIA_RATE_REQUESTS: '1000000/1000000',
  MIA_RATE_GUEST: '1000000000/1000000000',
  MIA_RATE_PRINCIPAL: '1000000000/1000000000',
};

/**
 * Starts a catalog that is empty (vocabulary only) or holds the shipped datasets.
 * @param env - more of the environment than the database, such as limits
 */
export async function startTestCatalog(
  content: keyof DatabaseTemplates,
  env: Readonly<Record<string, string>> = {},
): Promise<TestCatalog> {
  const server = inject('databaseServer');
  const name = `mia_test_${randomBytes(6).toString('hex')}`;
  await createDatabase(server, name, inject('databaseTemplates')[content]);
  const address = databaseUrl(server, name);
  const { app, ...served } = await serve({ ...env, DATABASE_URL: address });
  return {
    ...served,
    app,
    databaseUrl: address,
    token: async (role) => {
      const token = newToken();
      await app.principals.addToken({
        principalName: `test-${role.toLowerCase()}`,
        role,
        tokenName: 'test',
        hash: hashToken(token),
      });
      return token;
    },
    beside: async (other = {}) => await serve({ ...other, DATABASE_URL: address }),
    close: async () => {
      await served.close();
      await dropDatabase(server, name);
    },
  };
}

async function serve(
  env: Readonly<Record<string, string>>,
): Promise<Pick<TestCatalog, 'app' | 'url' | 'ask' | 'close'>> {
  const app = await openApplication(readConfig({ ...roomyRates, ...env }), 'cli', silentLogger);
  const http: RunningServer = await startServer(
    {
      ...app,
      ready: () => app.installation.answers(),
      publicUrl: 'https://catalog.test',
      onSilentMutation: 'throw',
    },
    { host: '127.0.0.1', port: 0 },
  );
  return {
    app,
    url: http.url,
    ask: async (query, variables = {}, token) => {
      const response = await fetch(`${http.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query, variables }),
      });
      return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
    },
    close: async () => {
      await http.close();
      await app.close();
    },
  };
}
