import type { ReadScope } from '../../access/index.ts';
import type { Reads } from '../../db/read-pool.ts';
import type { Page, PageRequest } from '../../kernel/page.ts';
import type { DatasetVersion } from '../model/dataset.ts';
import { pageOf, present } from './page-sql.ts';
import { recordVisible } from './scope-sql.ts';
import { SqlParameters } from './sql-parameters.ts';

const columns = `v.id, v.dataset_id AS "datasetId", d.slug, v.number, v.snapshot, v.sha256, v.published_at AS "publishedAt"`;

/** A page of published versions of each dataset, latest first, in one statement. */
export async function readVersionPages(
  db: Reads,
  datasetIds: readonly string[],
  page: PageRequest,
  scope: ReadScope,
): Promise<ReadonlyMap<string, Page<DatasetVersion>>> {
  const parameters = new SqlParameters();
  const ids = parameters.add(datasetIds, 'uuid[]');
  const after = page.after === undefined ? 'TRUE' : `v.number < ${parameters.add(page.after[0], 'int')}`;
  const rows = await db.query(
    `SELECT x.* FROM unnest(${ids}) AS p(id) CROSS JOIN LATERAL (
       SELECT ${columns}
       FROM dataset_version v JOIN dataset d ON d.id = v.dataset_id
       WHERE v.dataset_id = p.id AND ${recordVisible(scope, parameters)} AND ${after} ORDER BY v.number DESC LIMIT ${page.first + 1}) x`,
    parameters.values,
  );
  const byDataset = Map.groupBy(rows, (row) => String(row['datasetId']));
  return new Map(
    datasetIds.map((id) => [
      id,
      pageOf(
        byDataset.get(id) ?? [],
        page.first,
        page.after,
        (row) => present<DatasetVersion>(row),
        (row) => [Number(row['number'])],
      ),
    ]),
  );
}

/** Published versions by id; those of records out of sight are left out. */
export async function readVersionsByIds(
  db: Reads,
  ids: readonly string[],
  scope: ReadScope,
): Promise<readonly DatasetVersion[]> {
  const parameters = new SqlParameters();
  const rows = await db.query(
    `SELECT ${columns} FROM dataset_version v JOIN dataset d ON d.id = v.dataset_id
     WHERE v.id = ANY(${parameters.add(ids, 'uuid[]')}) AND ${recordVisible(scope, parameters)}`,
    parameters.values,
  );
  return rows.map((row) => present<DatasetVersion>(row));
}
