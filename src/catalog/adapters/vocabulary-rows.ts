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

/** Every term known, preferred vocabularies before local ones. */
export async function readVocabulary(db: { query(sql: string): Promise<unknown> }): Promise<Vocabulary> {
  const concepts = await db.query(
    `SELECT c.id, c.iri, c.scheme, c.code, c.label, c.synonyms, c.exact_matches,
       ARRAY(SELECT b.iri FROM concept_broader x JOIN concept b ON b.id = x.broader_id WHERE x.concept_id = c.id ORDER BY b.iri) AS broader
     FROM concept c ORDER BY c.scheme = 'LOCAL', c.iri`,
  );
  const modalities = await db.query(
    `SELECT code, label, scheme, iri, synonyms, broader_code FROM modality ORDER BY scheme = 'LOCAL', code`,
  );
  const licenses = await db.query('SELECT id, spdx_id, iri, label, aliases FROM license ORDER BY spdx_id IS NULL, id');
  return {
    concepts: z.array(conceptRow).parse(concepts),
    modalities: z.array(modalityRow).parse(modalities),
    licenses: z.array(licenseRow).parse(licenses),
  };
}

/** Upserts terms; what records use stays even when the vocabulary no longer names it. */
export async function saveVocabulary(tx: EntityManager, vocabulary: Vocabulary): Promise<void> {
  await saveModalities(tx, vocabulary.modalities, 'update');
  await saveLicenses(tx, vocabulary.licenses, 'update');
  await saveConcepts(tx, vocabulary.concepts, 'update');
  const idByIri = new Map(vocabulary.concepts.map((concept) => [concept.iri, concept.id]));
  await tx.query('DELETE FROM concept_broader WHERE concept_id = ANY($1::uuid[])', [[...idByIri.values()]]);
  const edges = vocabulary.concepts.flatMap((concept) =>
    concept.broader.flatMap((iri) => {
      const broaderId = idByIri.get(iri);
      return broaderId === undefined ? [] : [{ conceptId: concept.id, broaderId }];
    }),
  );
  await insertRows(tx, 'concept_broader', edges, 'ignore');
}

/** Stores concepts, keeping or overwriting those that are there. */
export async function saveConcepts(
  tx: EntityManager,
  concepts: readonly Concept[],
  onConflict: 'ignore' | 'update',
): Promise<void> {
  const rows = concepts.map(({ id, iri, scheme, code, label, synonyms, exactMatches }) => ({
    id,
    iri,
    scheme,
    code: code ?? null,
    label,
    synonyms,
    exactMatches,
  }));
  await insertRows(tx, 'concept', rows, onConflict);
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
