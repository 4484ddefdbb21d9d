import type { ApolloServerPlugin } from '@apollo/server';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestContext } from '../graphql/context.ts';

/** Counters of one server, in Prometheus' text format. */
export interface Metrics {
  readonly contentType: string;
  render(): Promise<string>;
  observeRequest(route: string, status: number, seconds: number): void;
  /** One operation begins on this executor. */
  executed(executor: 'compiled' | 'reference'): void;
  /** A document was compiled, or found to be beyond the compiler. */
  planCompiled(possible: boolean, seconds: number): void;
  /** Where to read how many documents are kept ready. */
  observePlans(kept: () => number): void;
  /** Where to read how much expensive work runs and waits. */
  observeLoad(load: () => { readonly running: number; readonly waiting: number }): void;
  /** Where to ask how old the oldest change is that search cannot find yet. */
  observeSearchLag(lagMs: () => Promise<number>): void;
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
  const executions = new Counter({
    name: 'mia_graphql_executions_total',
    help: 'GraphQL operations by the executor that ran them',
    labelNames: ['executor'],
    registers: [registry],
  });
  const compilations = new Histogram({
    name: 'mia_graphql_compile_duration_seconds',
    help: 'Compilations of GraphQL documents; possible=false stays with the reference executor',
    labelNames: ['possible'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5],
    registers: [registry],
  });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  return {
    executed: (executor) => executions.inc({ executor }),
    planCompiled: (possible, seconds) => compilations.observe({ possible: String(possible) }, seconds),
    observePlans: (kept) => gauge('mia_graphql_plans', 'GraphQL documents kept ready, of a bounded number', kept),
    observeLoad: (load) => {
      gauge('mia_graphql_running_cost', 'Cost of the expensive operations that run now', () => load().running);
      gauge('mia_graphql_waiting', 'Expensive operations that wait for their turn', () => load().waiting);
    },
    observeSearchLag: (lagMs) => {
      new Gauge({
        name: 'mia_search_index_lag_seconds',
        help: 'Age of the oldest change that search cannot find yet; NaN while the index cannot be asked',
        registers: [registry],
        async collect() {
          this.set(
            await lagMs().then(
              (ms) => ms / 1_000,
              () => Number.NaN,
            ),
          );
        },
      });
    },
    contentType: registry.contentType,
    render: () => registry.metrics(),
    observeRequest: (route, status, seconds) => requests.observe({ route, status }, seconds),
    apolloPlugin: {
      requestDidStart: async () => ({
        willSendResponse: async ({ operation, response }) => {
          const errors = response.body.kind === 'single' ? response.body.singleResult.errors : undefined;
          const code = errors?.[0]?.extensions?.['code'];
          const outcome = errors === undefined ? 'ok' : typeof code === 'string' ? code : 'error';
          operations.inc({ type: operation?.operation ?? 'none', outcome });
        },
      }),
    },
  };
}
