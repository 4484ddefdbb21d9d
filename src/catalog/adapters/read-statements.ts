import type { ReadScope } from '../../access/index.ts';
import type { Reads } from '../../db/read-pool.ts';
import type { SourcedStatement } from '../model/merge-records.ts';
import { statementColumns, statementRow } from './record-rows.ts';
import { recordVisible } from './scope-sql.ts';
import { SqlParameters } from './sql-parameters.ts';

/** What each source says of some datasets whose record the reader may see. */
export async function readStatements(
  db: Reads,
  ids: readonly string[],
  scope: ReadScope,
): Promise<ReadonlyMap<string, readonly SourcedStatement[]>> {
  const parameters = new SqlParameters();
  const condition = `d.id = ANY(${parameters.add(ids, 'uuid[]')}) AND ${recordVisible(scope, parameters)}`;
  const rows = await db.query(
    `SELECT ${statementColumns} FROM dataset_source_record r JOIN source s ON s.id = r.source_id JOIN dataset d ON d.id = r.dataset_id
     WHERE ${condition} AND r.payload IS NOT NULL ORDER BY r.id`,
    parameters.values,
  );
  return Map.groupBy(
    rows.map((row) => statementRow.parse(row)),
    (row): string => row.datasetId,
  );
}
