import { z } from 'zod';
import { InvalidInputError } from '../kernel/errors.ts';
import { naturalId } from '../kernel/ids.ts';
import { sentenceOf } from './model/sentence-of.ts';
import type { RecordStore } from './ports.ts';

const text = z.string().trim().min(1).max(500);
const texts = z.array(text).default([]);

const vocabularySchema = z.strictObject({
  concepts: z.array(
    z.strictObject({
      iri: text,
      scheme: text,
      code: z.coerce.string().optional(),
      label: text,
      synonyms: texts,
      broader: texts,
      exactMatch: texts,
    }),
  ),
  modalities: z.array(
    z.strictObject({
      code: text,
      label: text,
      scheme: z.enum(['DICOM', 'MIA']),
      iri: text.optional(),
      synonyms: texts,
      broader: text.optional(),
    }),
  ),
  licenses: z.array(z.strictObject({ spdxId: text.optional(), iri: text.optional(), label: text, aliases: texts })),
});

/**
 * Takes over a vocabulary: concepts, modalities and licences that names in records resolve to.
 * @throws InvalidInputError that names the entry at fault; nothing is changed then
 */
export async function loadVocabulary(raw: unknown, store: RecordStore): Promise<void> {
  const parsed = vocabularySchema.safeParse(raw);
  if (!parsed.success) throw new InvalidInputError(`The vocabulary is not valid: ${sentenceOf(parsed.error)}.`);
  const { concepts, modalities, licenses } = parsed.data;
  await store.saveVocabulary({
    concepts: concepts.map(({ exactMatch, code, ...concept }) => ({
      ...concept,
      id: naturalId('concept', concept.iri),
      exactMatches: exactMatch,
      ...(code !== undefined && { code }),
    })),
    modalities: modalities.map(({ iri, broader, ...modality }) => ({
      ...modality,
      ...(iri !== undefined && { iri }),
      ...(broader !== undefined && { broader }),
    })),
    licenses: licenses.map(({ spdxId, iri, ...license }) => ({
      ...license,
      id: naturalId('license', spdxId ?? iri ?? license.label),
      ...(spdxId !== undefined && { spdxId }),
      ...(iri !== undefined && { iri }),
    })),
  });
}
