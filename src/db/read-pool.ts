import pg from 'pg';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { ReadBudget } from '../kernel/read-budget.ts';
import { connectionOptions, type DatabaseOptions } from './data-source.ts';

/** Statements that each connection keeps prepared at most: choices of columns make many texts. */
const mostPrepared = 300;

/** A row as the driver gives it. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** A statement to read with. */
export interface ReadStatement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Whether each connection keeps the statement prepared for as long as it lives: only for texts of which there are few. */
  readonly prepared?: boolean;
}

/** Reads of one caller. */
export interface Reads {
  /** Rows as objects. */
  query(text: string, values?: readonly unknown[]): Promise<SqlRow[]>;
  /** Rows as arrays, in the order of the columns: for statements with many rows. */
  rows(statement: ReadStatement): Promise<unknown[][]>;
}

/**
 * Connections that can only read, each statement of which ends in the database when its caller gives up. They are apart from the
 * writers' connections, so that neither can starve the other.
 */
export class ReadPool implements Reads {
  readonly #pool: pg.Pool;
  /** Apart from the pool, all of whose connections may be what has to be cancelled. */
  readonly #canceller: pg.Pool;
  readonly #logger: Logger;
  readonly #names = new Map<string, string>();

  /** @param statementMs - the database itself ends any statement after this time */
  constructor(options: DatabaseOptions & { readonly statementMs: number }, logger: Logger) {
    const common = {
      connectionString: options.url,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      application_name: `${options.applicationName}-read`,
    };
    this.#logger = logger;
    this.#canceller = new pg.Pool({ ...common, max: 1, idleTimeoutMillis: 1_000 });
    this.#pool = new pg.Pool({
      ...common,
      max: options.poolSize,
      statement_timeout: options.statementMs,
      options: `${connectionOptions} -c default_transaction_read_only=on`,
    });
    for (const pool of [this.#pool, this.#canceller])
      pool.on('error', (error) => logger.warn('database.connection-lost', { error: messageOf(error) }));
  }

  /** Reads within a budget: they end when its time is over, and their rows count. */
  within(budget: ReadBudget): Reads {
    return {
      query: async (text, values = []) => await this.#run<SqlRow>({ text, values: [...values] }, budget),
      rows: async (statement) =>
        await this.#run<unknown[]>(
          {
            text: statement.text,
            values: [...statement.values],
            rowMode: 'array',
            ...this.#named(statement),
          },
          budget,
        ),
    };
  }

  async query(text: string, values: readonly unknown[] = []): Promise<SqlRow[]> {
    return await this.within(unlimited()).query(text, values);
  }

  async rows(statement: ReadStatement): Promise<unknown[][]> {
    return await this.within(unlimited()).rows(statement);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.end(), this.#canceller.end()]);
  }

  async #run<R>(config: pg.QueryConfig | pg.QueryArrayConfig, budget: ReadBudget): Promise<R[]> {
    const { signal } = budget;
    signal.throwIfAborted();
    const client = await this.#pool.connect();
    if (isAborted(signal)) {
      client.release();
      throw signal.reason;
    }
    const cancels: Promise<void>[] = [];
    const cancel = (): void => void cancels.push(this.#cancel(client));
    signal.addEventListener('abort', cancel, { once: true });
    try {
      // What a row is like, the statement and its row mode say.
      const rows = (await client.query(config)).rows as unknown[] as R[];
      budget.rowsRead += rows.length;
      return rows;
    } catch (error) {
      throw isAborted(signal) ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', cancel);
      await Promise.all(cancels);
      // A cancel request may arrive after its statement has ended: nobody else may get that connection.
      client.release(cancels.length > 0);
    }
  }

  #named({ text, prepared }: ReadStatement): { readonly name?: string } {
    if (prepared !== true) return {};
    const name = this.#names.get(text);
    if (name !== undefined) return { name };
    if (this.#names.size >= mostPrepared) return {};
    const given = `mia_${this.#names.size}`;
    this.#names.set(text, given);
    return { name: given };
  }

  async #cancel(client: pg.PoolClient & { readonly processID?: number }): Promise<void> {
    await this.#canceller.query('SELECT pg_cancel_backend($1)', [client.processID]).catch((error: unknown) => {
      // The statement still ends by its own time limit.
      this.#logger.warn('database.not-cancelled', { error: messageOf(error) });
    });
  }
}

/** Asked again after a wait, which the type checker takes for no change. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** For reads that nobody waits for in particular. */
function unlimited(): ReadBudget {
  return { signal: never, rowsRead: 0 };
}

const never = new AbortController().signal;
