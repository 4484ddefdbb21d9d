import type { Reads } from '../../db/read-pool.ts';
import type { DatasetParts } from '../model/dataset.ts';
import { present } from './page-sql.ts';

/** One statement per kind of part; each gives `datasetId` and the part's own columns, in order. */
const statements: { readonly [K in keyof DatasetParts]: string } = {
  creators: `SELECT x.dataset_id AS "datasetId", a.id, a.kind, a.name, a.iri, a.homepage
    FROM dataset_creator x JOIN agent a ON a.id = x.agent_id WHERE x.dataset_id = ANY($1::uuid[]) ORDER BY x.dataset_id, x.position`,
  conditions: `SELECT dataset_id AS "datasetId", concept_id AS "conceptId" FROM dataset_concept
    WHERE role = 'CONDITION' AND dataset_id = ANY($1::uuid[]) ORDER BY dataset_id, position`,
  bodyParts: `SELECT dataset_id AS "datasetId", concept_id AS "conceptId" FROM dataset_concept
    WHERE role = 'BODY_PART' AND dataset_id = ANY($1::uuid[]) ORDER BY dataset_id, position`,
  modalities: `SELECT dataset_id AS "datasetId", modality_code AS code FROM dataset_modality WHERE dataset_id = ANY($1::uuid[]) ORDER BY dataset_id, position`,
  identifiers: `SELECT dataset_id AS "datasetId", scheme, value, iri FROM identifier WHERE dataset_id = ANY($1::uuid[]) ORDER BY dataset_id, position`,
  distributions: `SELECT dataset_id AS "datasetId", title, description, access_url AS "accessUrl", download_url AS "downloadUrl", media_type AS "mediaType",
      format, byte_size AS "byteSize", license_id AS "licenseId", access_note AS "accessNote"
    FROM distribution WHERE dataset_id = ANY($1::uuid[]) ORDER BY dataset_id, position`,
  publications: `SELECT x.dataset_id AS "datasetId", x.role, p.title, p.citation, p.doi, p.pmid, p.url, p.year
    FROM dataset_publication x JOIN publication p ON p.id = x.publication_id WHERE x.dataset_id = ANY($1::uuid[]) ORDER BY x.dataset_id, x.position`,
  relations: `SELECT dataset_id AS "datasetId", type, target_slug AS "targetSlug", target_iri AS "targetIri", label
    FROM dataset_relation WHERE dataset_id = ANY($1::uuid[]) ORDER BY dataset_id, position`,
  counts: `SELECT dataset_id AS "datasetId", measure, value, qualifier, unit, as_of AS "asOf", source, note, confirmed, headline
    FROM dataset_count WHERE dataset_id = ANY($1::uuid[]) ORDER BY dataset_id, position`,
  origins: `SELECT o.dataset_id AS "datasetId", o.field, s.name AS source, s.kind, o.source_record_id AS "sourceRecordId", o.recorded_at AS "recordedAt"
    FROM field_origin o JOIN source s ON s.id = o.source_id WHERE o.dataset_id = ANY($1::uuid[]) ORDER BY o.dataset_id, o.field`,
};

/** Reads one kind of part of some datasets in one statement. */
export async function readParts<K extends keyof DatasetParts>(
  db: Reads,
  kind: K,
  datasetIds: readonly string[],
): Promise<ReadonlyMap<string, readonly DatasetParts[K][]>> {
  const rows = await db.query(statements[kind], [datasetIds]);
  const parts = new Map<string, DatasetParts[K][]>();
  for (const row of rows) {
    const { datasetId, ...part } = row;
    const key = String(datasetId);
    const list = parts.get(key) ?? [];
    list.push(present<DatasetParts[K]>(part));
    parts.set(key, list);
  }
  return parts;
}
