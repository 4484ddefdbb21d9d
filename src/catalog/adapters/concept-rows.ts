import type { EntityManager } from 'typeorm';
import type { DatasetId } from '../../kernel/ids.ts';
import type { Concept } from '../model/vocabulary.ts';

type Head = { readonly id: DatasetId; readonly slug: string };

/** The version of a term that was retired; undefined where there is none. */
export async function retiredVersion(tx: EntityManager, id: string): Promise<number | undefined> {
  const rows: { version: number }[] = await tx.query(
    'SELECT version FROM concept WHERE id = $1 AND retired_at IS NOT NULL',
    [id],
  );
  return rows[0]?.version;
}

/** Stores a term as a steward's, with its broader terms. */
export async function saveConcept(tx: EntityManager, concept: Concept): Promise<void> {
  const { id, iri, scheme, code, label, synonyms, exactMatches, version } = concept;
  await tx.query(
    `INSERT INTO concept (id, iri, scheme, code, label, synonyms, exact_matches, version, curated, edited)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, TRUE, TRUE) ON CONFLICT (id) DO UPDATE SET
     scheme = excluded.scheme, code = excluded.code, label = excluded.label, synonyms = excluded.synonyms, exact_matches = excluded.exact_matches,
     version = excluded.version, curated = TRUE, edited = TRUE, retired_at = NULL, replaced_by = NULL`,
    [id, iri, scheme, code ?? null, label, synonyms, exactMatches, version ?? 1],
  );
  await saveBroader(tx, concept);
}

/** Stores what a term calls broader. */
export async function saveBroader(tx: EntityManager, { id, broader }: Concept): Promise<void> {
  await tx.query('DELETE FROM concept_broader WHERE concept_id = $1', [id]);
  await tx.query(
    `INSERT INTO concept_broader (concept_id, broader_id)
     SELECT $1, c.id FROM concept c WHERE c.iri = ANY($2::text[]) AND c.retired_at IS NULL`,
    [id, broader],
  );
}

/** Takes a term out of use: what was broader or narrower than it is not any more, and variables that had it have the heir. */
export async function retireConcept(tx: EntityManager, id: string, heir: string | undefined): Promise<void> {
  await tx.query('DELETE FROM concept_broader WHERE concept_id = $1 OR broader_id = $1', [id]);
  await tx.query(
    `UPDATE concept SET retired_at = clock_timestamp(), replaced_by = $2, edited = TRUE, version = version + 1 WHERE id = $1`,
    [id, heir ?? null],
  );
  await tx.query('UPDATE concept SET replaced_by = $2 WHERE replaced_by = $1', [id, heir ?? null]);
  if (heir === undefined) return;
  await tx.query('UPDATE variable SET concept_id = $2 WHERE concept_id = $1', [id, heir]);
  await tx.query(
    `UPDATE variable SET category_concepts = replace(category_concepts::text, $1, $2)::jsonb WHERE strpos(category_concepts::text, $1) > 0`,
    [id, heir],
  );
}

/** Datasets whose record or variables have one of some terms, by slug. */
export async function datasetsOf(tx: EntityManager, conceptIds: readonly string[]): Promise<readonly Head[]> {
  return await tx.query(
    `SELECT d.id, d.slug FROM dataset d WHERE d.id IN (
       SELECT x.dataset_id FROM dataset_concept x WHERE x.concept_id = ANY($1::uuid[])
       UNION ALL SELECT v.dataset_id FROM variable v WHERE v.concept_id = ANY($1::uuid[])
         OR EXISTS (SELECT 1 FROM jsonb_each_text(v.category_concepts) c WHERE c.value = ANY($1::text[])))
     ORDER BY d.slug`,
    [conceptIds],
  );
}

/** Datasets whose title, keywords or description hold one of some names, whatever the case, by slug. */
export async function datasetsNaming(tx: EntityManager, names: readonly string[]): Promise<readonly Head[]> {
  // Read once with every description: an edit of the vocabulary is rare, and a document that is not made anew is wrong until the next start.
  return await tx.query(
    `SELECT d.id, d.slug FROM dataset d
     WHERE EXISTS (SELECT 1 FROM unnest($1::text[]) AS n(name) WHERE strpos(
       lower(concat_ws(' ', d.title, array_to_string(d.alternative_titles, ' '), array_to_string(d.keywords, ' '), d.description)), n.name) > 0)
     ORDER BY d.slug`,
    [names.map((name) => name.toLowerCase())],
  );
}
