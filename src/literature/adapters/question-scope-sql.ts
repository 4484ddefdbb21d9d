import type { QuestionScope } from '../ports.ts';

/** What a scope shows, as a condition on `q` whose parameters begin at a number. */
export function visibleSql(scope: QuestionScope, from: number): { readonly sql: string; readonly values: unknown[] } {
  switch (scope.kind) {
    case 'all':
      return { sql: 'TRUE', values: [] };
    case 'none':
      return { sql: 'FALSE', values: [] };
    case 'ownAndShared':
      return { sql: `(q.owner_id = $${from} OR q.shared)`, values: [scope.owner] };
  }
}
