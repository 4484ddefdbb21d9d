import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { insertRows } from '../../db/insert-rows.ts';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import { variableTypes } from '../model/terms.ts';
import { type VariableHead, type VariableRecord, variableIdOf } from '../model/variable-record.ts';
import { VocabularyIndex } from '../model/vocabulary.ts';
import { readVocabulary } from './vocabulary-rows.ts';

const headRow = z
  .object({
    id: z.string(),
    name: z.string(),
    type: z.enum(variableTypes),
    minimum: z.number().nullable(),
    maximum: z.number().nullable(),
    missingCodes: z.array(z.string()),
    categories: z.record(z.string(), z.string()).nullable(),
    perSession: z.boolean(),
    sourceId: z.number(),
    source: z.string(),
    rank: z.number(),
  })
  .transform(({ minimum, maximum, categories, ...row }) => ({
    ...row,
    ...(minimum !== null && { minimum }),
    ...(maximum !== null && { maximum }),
    ...(categories !== null && { categories }),
  }));

/** Variables of a dataset by name. */
export async function readVariableHeads(
  tx: EntityManager,
  datasetId: string,
): Promise<ReadonlyMap<string, VariableHead>> {
  const rows: unknown[] = await tx.query(
    `SELECT v.id, v.name, v.type, v.minimum, v.maximum, v.missing_codes AS "missingCodes", v.categories, v.per_session AS "perSession", v.source_id AS "sourceId", s.name AS source, s.rank
     FROM variable v JOIN source s ON s.id = v.source_id WHERE v.dataset_id = $1`,
    [datasetId],
  );
  return new Map(rows.map((row) => headRow.parse(row)).map((head) => [head.name, head]));
}

/** What a source says about variables. */
export interface VariableChange {
  readonly datasetId: string;
  readonly sourceId: number;
  /** The definitions it owns, in order. */
  readonly definitions: readonly VariableRecord[];
  /** Every variable it speaks of. */
  readonly named: readonly string[];
}

/** Stores definitions, and removes what the source no longer speaks of. */
export async function saveVariables(
  tx: EntityManager,
  change: VariableChange,
): Promise<{ readonly changed: ReadonlySet<string>; readonly removed: number }> {
  const rows = await toRows(tx, change);
  const held = new Map((await heldRows(tx, change.datasetId)).map((row) => [row.id, row.definition]));
  const changedRows = rows.filter((row) => held.get(row.id) !== canonicalJson(row));
  await insertRows(tx, 'variable', changedRows, 'update');
  const removed = (await removeMisplaced(tx, changedRows)) + (await removeUnnamed(tx, change));
  return { changed: new Set(changedRows.map((row) => row.name)), removed };
}

/** Removes the values of subjects of a variable that is now one of sessions, and the other way round. */
async function removeMisplaced(tx: EntityManager, changed: readonly { readonly id: string }[]): Promise<number> {
  if (changed.length === 0) return 0;
  const [, values]: [unknown, number] = await tx.query(
    `DELETE FROM value x USING variable v WHERE v.id = ANY($1::uuid[]) AND x.variable_id = v.id AND (x.session_id IS NOT NULL) <> v.per_session`,
    [changed.map((row) => row.id)],
  );
  return values;
}

async function toRows(tx: EntityManager, change: VariableChange) {
  const { datasetId, sourceId, definitions } = change;
  const vocabulary = new VocabularyIndex(await readVocabulary(tx));
  const first = await firstPosition(tx, change);
  return definitions.map((record, index) => ({
    id: variableIdOf(datasetId, record.name),
    datasetId,
    position: first + index,
    name: record.name,
    label: record.label ?? null,
    description: record.description ?? null,
    unit: record.unit ?? null,
    type: record.type,
    minimum: record.minimum ?? null,
    maximum: record.maximum ?? null,
    missingCodes: record.missingCodes,
    categories: record.categories ?? null,
    categoryConcepts:
      record.categoryConcepts === undefined
        ? null
        : Object.fromEntries(
            Object.entries(record.categoryConcepts).map(([label, name]) => [label, vocabulary.concept(name).id]),
          ),
    conceptId: record.concept === undefined ? null : vocabulary.concept(record.concept).id,
    perSession: record.perSession ?? false,
    sourceId,
  }));
}

/**
 * A source's variables stay together: where they began, else behind those of all other sources. Where it keeps variables that it
 * does not define again now, the new ones come behind all others.
 */
async function firstPosition(
  tx: EntityManager,
  { datasetId, sourceId, definitions, named }: VariableChange,
): Promise<number> {
  const defined = definitions.map((record) => record.name);
  const rows: { own: number | null; next: number; keeps: boolean }[] = await tx.query(
    `SELECT min(position) FILTER (WHERE source_id = $2) AS own, coalesce(max(position), -1) + 1 AS next,
       coalesce(bool_or(source_id = $2 AND name = ANY($3) AND NOT name = ANY($4)), FALSE) AS keeps
     FROM variable WHERE dataset_id = $1`,
    [datasetId, sourceId, named, defined],
  );
  const [row] = rows;
  return (row?.keeps === true ? row.next : (row?.own ?? row?.next)) ?? 0;
}

async function heldRows(
  tx: EntityManager,
  datasetId: string,
): Promise<readonly { readonly id: string; readonly definition: string }[]> {
  const rows: { id: string }[] = await tx.query(
    `SELECT id, dataset_id AS "datasetId", position, name, label, description, unit, type, minimum, maximum,
       missing_codes AS "missingCodes", categories, category_concepts AS "categoryConcepts", concept_id AS "conceptId", per_session AS "perSession", source_id AS "sourceId"
     FROM variable WHERE dataset_id = $1`,
    [datasetId],
  );
  return rows.map((row) => ({ id: row.id, definition: canonicalJson(row) }));
}

async function removeUnnamed(tx: EntityManager, { datasetId, sourceId, named }: VariableChange): Promise<number> {
  const [, values]: [unknown, number] = await tx.query(
    `DELETE FROM value x USING variable v WHERE v.id = x.variable_id AND v.dataset_id = $1 AND x.source_id = $2 AND NOT v.name = ANY($3)`,
    [datasetId, sourceId, named],
  );
  const [, variables]: [unknown, number] = await tx.query(
    `DELETE FROM variable v WHERE v.dataset_id = $1 AND v.source_id = $2 AND NOT v.name = ANY($3)
       AND NOT EXISTS (SELECT 1 FROM value x WHERE x.variable_id = v.id)`,
    [datasetId, sourceId, named],
  );
  return values + variables;
}
