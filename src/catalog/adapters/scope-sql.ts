import type { ReadScope } from '../../access/index.ts';
import type { SqlParameters } from './sql-parameters.ts';

/** The SQL condition under which the record of dataset `d` exists for a scope. A withdrawn record stays as a tombstone where it was public until then. */
export function recordVisible(scope: ReadScope, parameters: SqlParameters): string {
  if (scope.records.kind === 'all') return 'TRUE';
  const publicRecord = `(d.status = 'PUBLISHED' OR (d.status = 'WITHDRAWN' AND d.published_version IS NOT NULL AND d.withheld_source_id IS NULL))`;
  const { alsoDatasetIds } = scope.records;
  return alsoDatasetIds.length === 0
    ? publicRecord
    : `(${publicRecord} OR d.id = ANY(${parameters.add(alsoDatasetIds, 'uuid[]')}))`;
}

/** The SQL condition under which the rows of dataset `d` exist for a scope; a withdrawn dataset keeps its rows to itself. */
export function rowsVisible(scope: ReadScope, parameters: SqlParameters): string {
  if (scope.rows.kind === 'all') return 'TRUE';
  const { accessClasses, alsoDatasetIds } = scope.rows;
  const byClass = `d.access_class = ANY(${parameters.add(accessClasses, 'text[]')})`;
  const granted =
    alsoDatasetIds.length === 0 ? byClass : `(${byClass} OR d.id = ANY(${parameters.add(alsoDatasetIds, 'uuid[]')}))`;
  return `(d.status <> 'WITHDRAWN' AND ${recordVisible(scope, parameters)} AND ${granted})`;
}
