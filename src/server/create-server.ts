import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import helmet from '@fastify/helmet';
import fastify, { type FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { AuditTrail, Authenticator, PrincipalStore } from '../access/index.ts';
import type { CatalogReader, RecordStore, RowStore } from '../catalog/index.ts';
import type { ApiConfig, LimitsConfig } from '../config.ts';
import type { RequestContext } from '../graphql/context.ts';
import type { HarvestStore } from '../harvest/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { StartupError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Literature } from '../literature/index.ts';
import type { DatasetIndex, SavedSearchStore } from '../search/index.ts';
import { type AuditWatch, auditMutations } from './audit-mutations.ts';
import { answerPlugin } from './execution/answer-plugin.ts';
import { PreparedDocuments } from './execution/prepared-documents.ts';
import { createErrorFormatter, type ErrorFormatter } from './format-error.ts';
import { addGraphql } from './graphql-route.ts';
import { addHealthRoutes } from './health-routes.ts';
import { addRefusals } from './http-refusals.ts';
import { CostGate } from './limits/cost-gate.ts';
import { TokenBuckets } from './limits/token-buckets.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { PersistedDocuments } from './persisted-documents.ts';
import type { PipelineDesk } from './pipeline-door.ts';
import { createContext } from './request-context.ts';
import { addRunRoutes } from './run-routes.ts';
import { addSandbox } from './sandbox.ts';
import { createSchema } from './schema.ts';
import { addStreams } from './stream-route.ts';

/** What the server is mounted on. */
export interface ServerParts {
  readonly reader: CatalogReader;
  readonly records: RecordStore;
  readonly rows: RowStore;
  readonly principals: PrincipalStore;
  readonly authenticator: Authenticator;
  readonly trail: AuditTrail;
  readonly search: DatasetIndex;
  readonly harvests: HarvestStore;
  readonly pipelines: PipelineDesk;
  readonly literature: Literature;
  readonly savedSearches: SavedSearchStore;
  /** What happens when a mutation says nothing to the audit trail; `append` unless a test wants to know. */
  readonly onSilentMutation?: AuditWatch['onSilence'];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: LimitsConfig;
  readonly api: ApiConfig;
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

/** Time for a request's head and for all of it to arrive: a caller who trickles holds a connection no longer. */
const headArrivesMs = 10_000;
const requestArrivesMs = 30_000;

/**
 * Mounts the API and listens.
 * @throws StartupError when the port is taken or the address is not this machine's
 */
export async function startServer(
  parts: ServerParts,
  address: { readonly host: string; readonly port: number },
): Promise<RunningServer> {
  const { limits, api, logger } = parts;
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    trustProxy: api.trustedProxies.length === 0 ? false : [...api.trustedProxies],
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    requestTimeout: requestArrivesMs,
    http: { headersTimeout: headArrivesMs, connectionsCheckingInterval: 5_000 },
  });
  const metrics = createMetrics();
  metrics.observeSearchLag(() => parts.search.lagMs());
  const buckets = new TokenBuckets();
  const formatError = createErrorFormatter(logger);
  let servedUrl = '';
  logRequests(app, logger, metrics);
  addRefusals(app, limits, buckets, formatError);
  await app.register(helmet, {
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  addHealthRoutes(app, parts.ready, metrics);
  if (api.sandbox) addSandbox(app);
  const schema = createSchema();
  // Before documents are prepared: those that are compiled take the resolvers that they find.
  auditMutations(schema, { trail: parts.trail, logger, onSilence: parts.onSilentMutation ?? 'append' });
  const documents = new PreparedDocuments(schema, limits, api, metrics);
  const apollo = await createApollo(app, parts, { schema, documents, metrics, buckets, formatError });
  const publicUrl = (): string => parts.publicUrl ?? servedUrl;
  addGraphql(
    app,
    apollo,
    async (request, reply) =>
      await createContext(request, reply, { ...parts, operationMs: limits.operationMs, publicUrl }),
  );
  addStreams(app, {
    schema,
    documents,
    maxTokens: limits.tokens,
    formatError,
    contextOf: async (request, reply) => await createContext(request, reply, { ...parts, publicUrl }),
  });
  addRunRoutes(app, async (request, reply) => await createContext(request, reply, { ...parts, publicUrl }));
  servedUrl = await listen(app, address);
  return {
    url: servedUrl,
    close: async () => {
      // A connection that sent half a request, or none yet, is neither idle nor will it be answered.
      const cut = setTimeout(() => app.server.closeAllConnections(), limits.operationMs);
      await app.close();
      clearTimeout(cut);
      await apollo.stop();
    },
  };
}

/** What answers operations. */
interface AnswerTools {
  readonly schema: GraphQLSchema;
  readonly documents: PreparedDocuments;
  readonly metrics: Metrics;
  readonly buckets: TokenBuckets;
  readonly formatError: ErrorFormatter;
}

async function createApollo(
  app: FastifyInstance,
  { limits, api }: ServerParts,
  { schema, documents, metrics, buckets, formatError }: AnswerTools,
): Promise<ApolloServer<RequestContext>> {
  const persisted = PersistedDocuments.read(api.persistedFolder);
  const gate = new CostGate(limits);
  metrics.observeLoad(() => gate.load);
  const apollo = new ApolloServer<RequestContext>({
    schema,
    formatError: (_, error) => formatError(error),
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    introspection: api.introspection,
    // Apollo's own adds a line feed, and with it a copy of the answer.
    stringifyResult: (result) => JSON.stringify(result),
    persistedQueries: { cache: persisted },
    parseOptions: { maxLexicalTokens: limits.tokens },
    // PreparedDocuments validates, after the limits that keep validation cheap.
    dangerouslyDisableValidation: true,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginDrainHttpServer({ httpServer: app.server }),
      metrics.apolloPlugin,
      answerPlugin({ schema, limits, api, documents, gate, buckets, persisted: persisted.hashes }, formatError),
    ],
  });
  await apollo.start();
  return apollo;
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
