import type { Count } from './count.ts';
import { type CursorKey, encodeCursor, type Page } from './page.ts';

/** A Relay connection (GraphQL Cursor Connections Specification); the total is counted only when somebody asks. */
export interface Connection<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly nodes: readonly T[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: () => Promise<Count>;
}

/**
 * A page as a connection.
 * @param order - name of the order, part of each cursor
 */
export function toConnection<T>(order: string, page: Page<T>, totalCount: () => Promise<Count>): Connection<T> {
  const cursorOf = (key: CursorKey): string => encodeCursor(order, key);
  const edges = page.items.map(({ node, cursor }) => ({ cursor: cursorOf(cursor), node }));
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount,
  };
}
