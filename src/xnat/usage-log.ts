import type { OperationUsage, UsageReport } from './ports.ts';

type Counters = { -readonly [K in Exclude<keyof OperationUsage, 'operation'>]: number };

/** Counts requests and bytes per operation. */
export class UsageLog {
  readonly #operations = new Map<string, Counters>();

  /** Adds one attempt's cost. */
  add(operation: string, cost: Partial<Counters>): void {
    const zero = { requests: 0, retries: 0, failures: 0, bytesSent: 0, bytesReceived: 0, durationMs: 0 };
    const sum = this.#operations.get(operation) ?? zero;
    sum.requests += cost.requests ?? 0;
    sum.retries += cost.retries ?? 0;
    sum.failures += cost.failures ?? 0;
    sum.bytesSent += cost.bytesSent ?? 0;
    sum.bytesReceived += cost.bytesReceived ?? 0;
    sum.durationMs += cost.durationMs ?? 0;
    this.#operations.set(operation, sum);
  }

  /** The account so far, by operation name. */
  report(): UsageReport {
    const operations = [...this.#operations]
      .map(([operation, sum]) => ({ operation, ...sum, durationMs: Math.round(sum.durationMs) }))
      .sort((a, b) => a.operation.localeCompare(b.operation));
    const total = (key: 'requests' | 'bytesSent' | 'bytesReceived'): number =>
      operations.reduce((sum, one) => sum + one[key], 0);
    return {
      operations,
      requests: total('requests'),
      bytesSent: total('bytesSent'),
      bytesReceived: total('bytesReceived'),
    };
  }
}
