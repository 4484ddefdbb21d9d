import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import helmet from '@fastify/helmet';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type AuditTrail, type Authenticator, type PrincipalStore, readScopeOf } from '../access/index.ts';
import type { CatalogReader } from '../catalog/index.ts';
import type { RequestContext } from '../graphql/context.ts';
import type { Clock } from '../kernel/clock.ts';
import { StartupError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { accessDoor } from './access-door.ts';
import { type AuditWatch, auditMutations } from './audit-mutations.ts';
import { formatError, refusalOf } from './format-error.ts';
import { addHealthRoutes } from './health-routes.ts';
import { createLoaders } from './loaders.ts';
import { logFailures } from './log-failures.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { addSandbox } from './sandbox.ts';
import { createSchema } from './schema.ts';
import { softwareVersion } from './software-version.ts';

/** What the server is mounted on. */
export interface ServerParts {
  readonly reader: CatalogReader;
  readonly principals: PrincipalStore;
  readonly authenticator: Authenticator;
  readonly trail: AuditTrail;
  /** What happens when a mutation says nothing to the audit trail; `append` unless a test wants to know. */
  readonly onSilentMutation?: AuditWatch['onSilence'];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether requests can be answered: the database is there, and what the first start loads is loaded. */
  readonly ready: () => Promise<boolean>;
  /** Base of our IRIs; null means the served address. */
  readonly publicUrl: string | null;
}

/** A listening server. */
export interface RunningServer {
  readonly url: string;
  /** Answers what was begun, then closes. */
  close(): Promise<void>;
}

/** Largest request body that is read. */
const bodyLimitBytes = 1_048_576;

/**
 * Mounts the API and listens.
 * @throws StartupError when the port is taken or the address is not this machine's
 */
export async function startServer(
  parts: ServerParts,
  address: { readonly host: string; readonly port: number },
): Promise<RunningServer> {
  const app = fastify({
    logger: false,
    bodyLimit: bodyLimitBytes,
    trustProxy: false,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
  });
  const metrics = createMetrics();
  let servedUrl = '';
  await app.register(helmet, {
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  refuseBadHosts(app);
  logRequests(app, parts.logger, metrics);
  addHealthRoutes(app, parts.ready, metrics);
  addSandbox(app);
  const apollo = await createApollo(app, parts, metrics);
  const publicUrl = (): string => parts.publicUrl ?? servedUrl;
  app.route({
    url: '/graphql',
    method: ['GET', 'POST', 'OPTIONS'],
    handler: fastifyApolloHandler(apollo, {
      context: async (request) => await createContext(request, parts, publicUrl()),
    }),
  });
  servedUrl = await listen(app, address);
  return {
    url: servedUrl,
    close: async () => {
      await app.close();
      await apollo.stop();
    },
  };
}

async function createApollo(
  app: FastifyInstance,
  parts: ServerParts,
  metrics: Metrics,
): Promise<ApolloServer<RequestContext>> {
  const schema = createSchema();
  auditMutations(schema, { trail: parts.trail, logger: parts.logger, onSilence: parts.onSilentMutation ?? 'append' });
  const apollo = new ApolloServer<RequestContext>({
    schema,
    formatError,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    introspection: true,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginDrainHttpServer({ httpServer: app.server }),
      logFailures(parts.logger),
      metrics.apolloPlugin,
    ],
  });
  await apollo.start();
  return apollo;
}

async function createContext(request: FastifyRequest, parts: ServerParts, publicUrl: string): Promise<RequestContext> {
  const principal = await parts.authenticator.authenticate(request.headers.authorization).catch((error: unknown) => {
    throw refusalOf(error);
  });
  const scope = readScopeOf(principal);
  return {
    requestId: request.id,
    principal,
    scope,
    reader: parts.reader,
    loaders: createLoaders(parts.reader, scope),
    access: accessDoor(parts),
    publicUrl,
    softwareVersion,
  };
}

/** A Host header that is no host (RFC 9110 section 7.2) is the caller's mistake; the GraphQL handler would fail on it. */
function refuseBadHosts(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (URL.canParse(`http://${request.host}/`)) return;
    const message = 'The Host header is not a host name with an optional port.';
    await reply.code(400).send({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
  });
}

function logRequests(app: FastifyInstance, logger: Logger, metrics: Metrics): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    const seconds = reply.elapsedTime / 1_000;
    metrics.observeRequest(request.routeOptions.url ?? 'unknown', reply.statusCode, seconds);
    logger.debug('http.answered', {
      requestId: request.id,
      method: request.method,
      path: request.url.split('?')[0],
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    });
  });
}

async function listen(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE')
      throw new StartupError(
        `Port ${port} is taken by another program: stop it, or set PORT to a free one (PORT=0 picks one).`,
        { cause: error },
      );
    if (code === 'EACCES')
      throw new StartupError(`Port ${port} needs rights this user does not have: set PORT to one above 1023.`, {
        cause: error,
      });
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new StartupError(`HOST ${host} is not an address of this machine: correct it.`, { cause: error });
    throw error;
  }
  const bound = app.server.address() as AddressInfo;
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${shown}:${bound.port}`;
}
