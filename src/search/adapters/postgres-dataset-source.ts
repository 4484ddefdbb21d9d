import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { Vocabulary } from '../../catalog/index.ts';
import type { DocumentSource, SourceChanges, SourceDocument } from '../../retrieval/index.ts';
import { NameMatcher } from '../match-names.ts';
import { projectDataset } from '../project-dataset.ts';

const texts = z.array(z.string());
const factsRow = z.object({
  id: z.string(),
  slug: z.string(),
  version: z.coerce.number(),
  isPublic: z.boolean(),
  title: z.string(),
  acronym: z.string().nullable(),
  alternativeTitles: texts,
  description: z.string(),
  keywords: texts,
  conditions: texts,
  bodyParts: texts,
  modalities: texts,
  termKeys: texts,
  formats: texts,
  variables: texts,
  publishers: texts,
  status: z.string(),
  accessClass: z.string(),
  year: z.number().nullable(),
});

/** Names of the concepts of a role, and of all broader ones. */
const concepts = (role: string): string => `ARRAY(
  WITH RECURSIVE up AS (
    SELECT x.concept_id AS id FROM dataset_concept x WHERE x.dataset_id = d.id AND x.role = '${role}'
    UNION SELECT b.broader_id FROM up JOIN concept_broader b ON b.concept_id = up.id)
  SELECT DISTINCT n.name COLLATE "C" FROM up JOIN concept c ON c.id = up.id, unnest(c.label || c.synonyms) AS n(name) ORDER BY 1)`;

/** One statement, so that a document and its version are of one moment. */
const facts = `SELECT d.id, d.slug,
  (SELECT coalesce(max(e.id), 0) FROM catalog_event e WHERE e.dataset_id = d.id) AS version,
  (d.status = 'PUBLISHED' OR (d.status = 'WITHDRAWN' AND d.published_version IS NOT NULL AND d.withheld_source_id IS NULL)) AS "isPublic",
  d.title, d.acronym, d.alternative_titles AS "alternativeTitles", d.description, d.keywords,
  ${concepts('CONDITION')} AS conditions, ${concepts('BODY_PART')} AS "bodyParts",
  ARRAY(
    WITH RECURSIVE up AS (
      SELECT x.modality_code AS code FROM dataset_modality x WHERE x.dataset_id = d.id
      UNION SELECT m.broader_code FROM up JOIN modality m ON m.code = up.code WHERE m.broader_code IS NOT NULL)
    SELECT DISTINCT n.name COLLATE "C" FROM up JOIN modality m ON m.code = up.code,
      unnest(m.code || m.label || m.synonyms) AS n(name) ORDER BY 1) AS modalities,
  ARRAY(SELECT c.iri COLLATE "C" FROM dataset_concept x JOIN concept c ON c.id = x.concept_id WHERE x.dataset_id = d.id
    UNION SELECT x.modality_code COLLATE "C" FROM dataset_modality x WHERE x.dataset_id = d.id ORDER BY 1) AS "termKeys",
  ARRAY(SELECT DISTINCT f.name COLLATE "C" FROM distribution p, unnest(ARRAY[p.format, p.media_type]) AS f(name)
    WHERE p.dataset_id = d.id AND f.name IS NOT NULL ORDER BY 1) AS formats,
  ARRAY(SELECT DISTINCT concat_ws(' ', v.name, v.label) COLLATE "C" FROM variable v WHERE v.dataset_id = d.id ORDER BY 1) AS variables,
  ARRAY(SELECT a.name COLLATE "C" FROM agent a WHERE a.id = d.publisher_id
    OR a.id IN (SELECT x.agent_id FROM dataset_creator x WHERE x.dataset_id = d.id) ORDER BY 1) AS publishers,
  d.status, d.access_class AS "accessClass", d.issued_year AS year
  FROM dataset d`;

/** Datasets as documents, and the outbox as their changes: event ids rise in the order of commit (decision 4). */
export class PostgresDatasetSource implements DocumentSource {
  readonly #db: DataSource;
  readonly #vocabulary: () => Promise<Vocabulary>;
  #matcher: { readonly of: Vocabulary; readonly matcher: NameMatcher } | undefined;

  /** @param vocabulary - whose names are looked for in the prose of records; the same object as long as it did not change */
  constructor(db: DataSource, vocabulary: () => Promise<Vocabulary>) {
    this.#db = db;
    this.#vocabulary = vocabulary;
  }

  async head(): Promise<string> {
    const rows: { head: string }[] = await this.#db.query(
      'SELECT coalesce(max(id), 0)::text AS head FROM catalog_event',
    );
    return rows[0]?.head ?? '0';
  }

  async changesSince(position: string, limit: number): Promise<SourceChanges> {
    const rows: { id: string; dataset_id: string; created_at: Date }[] = await this.#db.query(
      'SELECT id::text, dataset_id, created_at FROM catalog_event WHERE id > $1 ORDER BY catalog_event.id LIMIT $2',
      [position, limit],
    );
    return {
      changes: rows.map((row) => ({
        id: row.dataset_id,
        version: Number(row.id),
        // Datasets are withdrawn, never deleted.
        deleted: false,
        at: row.created_at.toISOString(),
      })),
      position: rows.at(-1)?.id ?? position,
    };
  }

  async page(after: string | undefined, limit: number): Promise<readonly SourceDocument[]> {
    // Lower-case hexadecimal: the order of a uuid is the order of its text.
    return await this.#read(`WHERE $1::uuid IS NULL OR d.id > $1::uuid ORDER BY d.id LIMIT $2`, [after ?? null, limit]);
  }

  async byIds(ids: readonly string[]): Promise<readonly SourceDocument[]> {
    return await this.#read('WHERE d.id = ANY($1::uuid[])', [ids]);
  }

  async #read(condition: string, values: unknown[]): Promise<readonly SourceDocument[]> {
    const rows: unknown[] = await this.#db.query(`${facts} ${condition}`, values);
    const vocabulary = await this.#vocabulary();
    if (this.#matcher?.of !== vocabulary) this.#matcher = { of: vocabulary, matcher: new NameMatcher(vocabulary) };
    const { matcher } = this.#matcher;
    return rows.map((row) => projectDataset(factsRow.parse(row), matcher));
  }
}
