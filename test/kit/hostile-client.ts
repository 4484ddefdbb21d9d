import { expect } from 'vitest';
import { startTestCatalog, type TestCatalog } from './test-catalog.ts';

/** Nothing hostile may take longer than the time an operation has, and some for a busy machine. */
const slowMs = 12_000;

/** What a request came to. */
export interface Outcome {
  readonly status: number;
  readonly text: string;
  readonly milliseconds: number;
}

/** A caller with an admin's token who sends whatever hurts. */
export interface HostileClient {
  readonly catalog: TestCatalog;
  send(body: string, headers?: Readonly<Record<string, string>>): Promise<Outcome>;
  sendQuery(query: string, variables?: unknown): Promise<Outcome>;
  /** Expects that the server answers as always. */
  expectAlive(): Promise<void>;
  /** Expects that the database is at rest again, soon after the last answer: whatever was given up ended there, too. */
  expectRest(): Promise<void>;
}

/** Starts a catalog with the shipped datasets, and a hostile client of it. */
export async function startHostileClient(): Promise<HostileClient> {
  const catalog = await startTestCatalog('shipped');
  const token = await catalog.token('ADMIN');
  const send = async (body: string, headers: Readonly<Record<string, string>> = {}): Promise<Outcome> => {
    const began = performance.now();
    const response = await fetch(`${catalog.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
      body,
    });
    return { status: response.status, text: await response.text(), milliseconds: performance.now() - began };
  };
  return {
    catalog,
    send,
    sendQuery: async (query, variables = {}) => await send(JSON.stringify({ query, variables })),
    expectAlive: async () => {
      const { data } = await catalog.ask('{ dataset(slug: "abide") { slug } }');
      expect(data).toEqual({ dataset: { slug: 'abide' } });
    },
    expectRest: async () => {
      const running = async (): Promise<string[]> =>
        (
          await catalog.app.db.query<{ query: string }[]>(
            `SELECT left(query, 200) AS query FROM pg_stat_activity
             WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()`,
          )
        ).map(({ query }) => query);
      await expect.poll(running, { timeout: slowMs, interval: 250 }).toEqual([]);
    },
  };
}

/** Expects no bug of ours, nothing of our inside, and an answer in good time; a timeout that says so is one. */
export function expectCalm({ status, text, milliseconds }: Outcome, what: string): void {
  const internal = text.includes('INTERNAL_SERVER_ERROR');
  const calm = status < 500 || status === 503 || status === 504;
  expect({ what, calm, internal, leak: leakOf(text), slow: milliseconds > slowMs }).toEqual({
    what,
    calm: true,
    internal: false,
    leak: undefined,
    slow: false,
  });
}

/** Something of our inside in the errors of an answer. */
function leakOf(text: string): string | undefined {
  const errors = text.startsWith('{"errors"') ? text.slice(0, text.indexOf('"data"') + 1 || undefined) : '';
  return /node_modules|\.ts:\d|at \w+ \(|SELECT [dptx]\.|pg_catalog|syntax error at|QueryFailedError/.exec(errors)?.[0];
}

/** A text made of many. */
export function times(count: number, text: (index: number) => string, separator = ' '): string {
  return Array.from({ length: count }, (_, index) => text(index)).join(separator);
}
