import type { ApolloServerPlugin } from '@apollo/server';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { RequestContext } from '../graphql/context.ts';

/** Counters of one server, in Prometheus' text format. */
export interface Metrics {
  readonly contentType: string;
  render(): Promise<string>;
  observeRequest(route: string, status: number, seconds: number): void;
  readonly apolloPlugin: ApolloServerPlugin<RequestContext>;
}

/** Fresh counters; labels are closed sets, so that no caller can make them grow. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'mia_' });
  const requests = new Histogram({
    name: 'mia_http_request_duration_seconds',
    help: 'Duration of HTTP requests by route and status',
    labelNames: ['route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  const operations = new Counter({
    name: 'mia_graphql_operations_total',
    help: 'GraphQL operations by type and outcome (the first error code, or ok)',
    labelNames: ['type', 'outcome'],
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    observeRequest: (route, status, seconds) => requests.observe({ route, status }, seconds),
    apolloPlugin: {
      requestDidStart: async () => ({
        willSendResponse: async ({ operation, errors }) => {
          const code = errors?.[0]?.extensions['code'];
          const outcome = errors === undefined ? 'ok' : typeof code === 'string' ? code : 'error';
          operations.inc({ type: operation?.operation ?? 'none', outcome });
        },
      }),
    },
  };
}
