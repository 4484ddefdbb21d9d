import type { EntityManager } from 'typeorm';
import type { ReadScope } from '../../access/index.ts';
import type { Reads } from '../../db/read-pool.ts';
import type { Share, ShareEdge, ShareReport } from '../model/share.ts';
import { present } from './page-sql.ts';
import { recordVisible, rowsVisible } from './scope-sql.ts';
import { SqlParameters } from './sql-parameters.ts';

/** Replaces the edges of a source into a dataset. */
export async function saveShares(
  tx: EntityManager,
  owner: { readonly datasetId: string; readonly sourceId: number },
  shares: readonly Share[],
): Promise<ShareReport> {
  const keys = [owner.datasetId, owner.sourceId];
  const [, removed]: [unknown, number] = await tx.query(
    'DELETE FROM share_edge WHERE dataset_id = $1 AND source_id = $2 AND NOT item_id = ANY($3::uuid[])',
    [...keys, shares.map((share) => share.itemId)],
  );
  const written: unknown[] = await tx.query(
    `INSERT INTO share_edge AS x (dataset_id, source_id, item_id, item_kind, label)
     SELECT $1, $2, r.* FROM unnest($3::uuid[], $4::text[], $5::text[]) AS r
     ON CONFLICT (dataset_id, source_id, item_id) DO UPDATE SET item_kind = excluded.item_kind, label = excluded.label
       WHERE (x.item_kind, x.label) IS DISTINCT FROM (excluded.item_kind, excluded.label)
     RETURNING 1`,
    [
      ...keys,
      shares.map((share) => share.itemId),
      shares.map((share) => share.kind),
      shares.map((share) => share.label),
    ],
  );
  return { accepted: written.length, unchanged: shares.length - written.length, removed };
}

/** Where some live items are shown, too: only datasets whose record the reader may see, and only of items whose rows they may see. */
export async function readShares(
  db: Reads,
  kind: 'subject' | 'session',
  itemIds: readonly string[],
  scope: ReadScope,
): Promise<ReadonlyMap<string, readonly ShareEdge[]>> {
  const parameters = new SqlParameters();
  const ids = parameters.add(itemIds, 'uuid[]');
  const [table, itemKind] = kind === 'subject' ? ['subject', 'SUBJECT'] : ['imaging_session', 'SESSION'];
  const rows = await db.query(
    `SELECT DISTINCT ON (x.item_id, d.slug) x.item_id AS "itemId", x.dataset_id AS "datasetId", x.label
     FROM share_edge x JOIN dataset d ON d.id = x.dataset_id JOIN source s ON s.id = x.source_id
     WHERE x.item_id = ANY(${ids}) AND x.item_kind = '${itemKind}' AND ${recordVisible(scope, parameters)}
       AND EXISTS (SELECT 1 FROM "${table}" t JOIN dataset d ON d.id = t.dataset_id
         WHERE t.id = x.item_id AND t.retired_at IS NULL AND ${rowsVisible(scope, parameters)})
     ORDER BY x.item_id, d.slug, s.rank DESC, s.id`,
    parameters.values,
  );
  return Map.groupBy(
    rows.map((row) => present<ShareEdge>(row)),
    (edge) => edge.itemId,
  );
}
