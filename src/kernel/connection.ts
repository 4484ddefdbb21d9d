import type { Count } from './count.ts';
import { encodeCursor, type Page } from './page.ts';

/** An item of a connection with its position. */
export interface Edge<T> {
  readonly cursor: string;
  readonly node: T;
}

/** Where a page of a connection stands. */
export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

/** A Relay connection (GraphQL Cursor Connections Specification). */
export interface Connection<T> {
  readonly nodes: readonly T[];
  readonly edges: readonly Edge<T>[];
  readonly pageInfo: PageInfo;
  totalCount(): Promise<Count>;
}

/**
 * A page as a connection. Whatever is not asked for is not made: one answer can hold a thousand connections, and most callers
 * want their nodes only.
 */
class PageConnection<T> implements Connection<T> {
  readonly #order: string;
  readonly #page: Page<T>;
  readonly totalCount: () => Promise<Count>;

  constructor(order: string, page: Page<T>, totalCount: () => Promise<Count>) {
    this.#order = order;
    this.#page = page;
    this.totalCount = totalCount;
  }

  get nodes(): readonly T[] {
    return this.#page.items;
  }

  get edges(): readonly Edge<T>[] {
    return this.#page.items.map((node, index) => ({ node, cursor: this.#cursorAt(index) }));
  }

  get pageInfo(): PageInfo {
    const { items, hasNextPage, hasPreviousPage } = this.#page;
    const empty = items.length === 0;
    return {
      hasNextPage,
      hasPreviousPage,
      startCursor: empty ? null : this.#cursorAt(0),
      endCursor: empty ? null : this.#cursorAt(items.length - 1),
    };
  }

  #cursorAt(index: number): string {
    return encodeCursor(this.#order, this.#page.keyAt(index));
  }
}

/**
 * A page as a connection; the total is counted only when somebody asks.
 * @param order - name of the order, part of each cursor
 */
export function toConnection<T>(order: string, page: Page<T>, totalCount: () => Promise<Count>): Connection<T> {
  return new PageConnection(order, page, totalCount);
}
