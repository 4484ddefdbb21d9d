import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { insertRows } from '../../db/insert-rows.ts';
import type { Concept, License, Modality, Vocabulary } from '../model/vocabulary.ts';

const texts = z.array(z.string());

const conceptRow = z
  .object({
    id: z.string(),
    iri: z.string(),
    scheme: z.string(),
    code: z.string().nullable(),
    label: z.string(),
    synonyms: texts,
    exact_matches: texts,
    broader: texts,
    version: z.number(),
    edited: z.boolean(),
    hidden: z.boolean(),
  })
  .transform(
    ({ code, exact_matches, ...row }): Concept => ({
      ...row,
      ...(code !== null && { code }),
      exactMatches: exact_matches,
    }),
  );
const modalityRow = z
  .object({
    code: z.string(),
    label: z.string(),
    scheme: z.string(),
    iri: z.string().nullable(),
    synonyms: texts,
    broader_code: z.string().nullable(),
    hidden: z.boolean(),
  })
  .transform(
    ({ iri, broader_code, ...row }): Modality => ({
      ...row,
      ...(iri !== null && { iri }),
      ...(broader_code !== null && { broader: broader_code }),
    }),
  );
const licenseRow = z
  .object({
    id: z.string(),
    spdx_id: z.string().nullable(),
    iri: z.string().nullable(),
    label: z.string(),
    aliases: texts,
  })
  .transform(
    ({ spdx_id, iri, ...row }): License => ({
      ...row,
      ...(spdx_id !== null && { spdxId: spdx_id }),
      ...(iri !== null && { iri }),
    }),
  );

/** Whether nobody but stewards sees a record that has the term. */
const unseen = (table: string, column: string, key: string): string => `NOT EXISTS (
  SELECT 1 FROM ${table} x JOIN dataset d ON d.id = x.dataset_id WHERE x.${column} = ${key}
  AND (d.status = 'PUBLISHED' OR (d.status = 'WITHDRAWN' AND d.published_version IS NOT NULL AND d.withheld_source_id IS NULL)))`;

/** Every term in use, preferred vocabularies before local ones. */
export async function readVocabulary(db: { query(sql: string): Promise<unknown> }): Promise<Vocabulary> {
  const concepts = await db.query(
    `SELECT c.id, c.iri, c.scheme, c.code, c.label, c.synonyms, c.exact_matches, c.version, c.edited,
       NOT c.curated AND ${unseen('dataset_concept', 'concept_id', 'c.id')} AS hidden,
       ARRAY(SELECT b.iri FROM concept_broader x JOIN concept b ON b.id = x.broader_id WHERE x.concept_id = c.id ORDER BY b.iri) AS broader
     FROM concept c WHERE c.retired_at IS NULL ORDER BY c.scheme = 'LOCAL', c.iri`,
  );
  const modalities = await db.query(
    `SELECT m.code, m.label, m.scheme, m.iri, m.synonyms, m.broader_code,
       m.scheme = 'LOCAL' AND ${unseen('dataset_modality', 'modality_code', 'm.code')} AS hidden
     FROM modality m ORDER BY m.scheme = 'LOCAL', m.code`,
  );
  const licenses = await db.query('SELECT id, spdx_id, iri, label, aliases FROM license ORDER BY spdx_id IS NULL, id');
  return {
    concepts: z.array(conceptRow).parse(concepts),
    modalities: z.array(modalityRow).parse(modalities),
    licenses: z.array(licenseRow).parse(licenses),
  };
}

/**
 * Upserts terms; what records use stays even when the vocabulary no longer names it, and what a steward made, changed or retired stays
 * as it is.
 */
export async function saveVocabulary(tx: EntityManager, vocabulary: Vocabulary): Promise<void> {
  await saveModalities(tx, vocabulary.modalities, 'update');
  await saveLicenses(tx, vocabulary.licenses, 'update');
  await insertRows(
    tx,
    'concept',
    vocabulary.concepts.map((concept) => ({ ...rowOf(concept), curated: true })),
    {
      key: '(id)',
      update: `scheme = excluded.scheme, code = excluded.code, label = excluded.label, synonyms = excluded.synonyms,
        exact_matches = excluded.exact_matches, curated = TRUE WHERE NOT concept.edited`,
    },
  );
  await tx.query(
    `DELETE FROM concept_broader x USING concept c WHERE c.id = x.concept_id AND NOT c.edited AND c.id = ANY($1::uuid[])`,
    [vocabulary.concepts.map(({ id }) => id)],
  );
  const idByIri = new Map(vocabulary.concepts.map((concept) => [concept.iri, concept.id]));
  const edges = vocabulary.concepts.flatMap((concept) =>
    concept.broader.flatMap((iri) => {
      const broaderId = idByIri.get(iri);
      return broaderId === undefined ? [] : [[concept.id, broaderId] as const];
    }),
  );
  await tx.query(
    `INSERT INTO concept_broader (concept_id, broader_id)
     SELECT DISTINCT c.id, coalesce(b.replaced_by, b.id)
     FROM unnest($1::uuid[], $2::uuid[]) AS e(concept_id, broader_id)
     JOIN concept c ON c.id = e.concept_id AND NOT c.edited
     JOIN concept b ON b.id = e.broader_id AND (b.retired_at IS NULL OR b.replaced_by IS NOT NULL)
     WHERE c.id <> coalesce(b.replaced_by, b.id) ON CONFLICT DO NOTHING`,
    [edges.map(([narrower]) => narrower), edges.map(([, broader]) => broader)],
  );
}

/** Stores concepts that records bring, keeping those that are there; one that was retired is in use again. */
export async function saveConcepts(tx: EntityManager, concepts: readonly Concept[]): Promise<void> {
  await insertRows(tx, 'concept', concepts.map(rowOf), {
    key: '(id)',
    update: 'retired_at = NULL, replaced_by = NULL WHERE concept.retired_at IS NOT NULL',
  });
}

function rowOf({ id, iri, scheme, code, label, synonyms, exactMatches }: Concept): object {
  return { id, iri, scheme, code: code ?? null, label, synonyms, exactMatches };
}

/** Stores modalities, keeping or overwriting those that are there. */
export async function saveModalities(
  tx: EntityManager,
  modalities: readonly Modality[],
  onConflict: 'ignore' | 'update',
): Promise<void> {
  const rows = modalities.map(({ code, label, scheme, iri, synonyms, broader }) => ({
    code,
    label,
    scheme,
    iri: iri ?? null,
    synonyms,
    broaderCode: broader ?? null,
  }));
  await insertRows(tx, 'modality', rows, onConflict);
}

/** Stores licences, keeping or overwriting those that are there. */
export async function saveLicenses(
  tx: EntityManager,
  licenses: readonly License[],
  onConflict: 'ignore' | 'update',
): Promise<void> {
  const rows = licenses.map(({ id, spdxId, iri, label, aliases }) => ({
    id,
    spdxId: spdxId ?? null,
    iri: iri ?? null,
    label,
    aliases,
  }));
  await insertRows(tx, 'license', rows, onConflict);
}
