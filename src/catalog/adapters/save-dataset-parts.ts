import type { EntityManager } from 'typeorm';
import { insertRows } from '../../db/insert-rows.ts';
import type { DatasetProjection } from '../model/project-record.ts';
import type { DatasetChange } from '../ports.ts';
import { saveConcepts, saveLicenses, saveModalities } from './vocabulary-rows.ts';

/** Tables that hold the lists of a dataset; rewritten whole when its record changes. */
const partTables = [
  'dataset_creator',
  'dataset_concept',
  'dataset_modality',
  'dataset_publication',
  'distribution',
  'identifier',
  'dataset_relation',
  'dataset_count',
  'field_origin',
];

/** Writes merged records: shared rows (agents, terms, publications) first, then the datasets, then their lists. */
export async function saveDatasetParts(tx: EntityManager, changes: readonly DatasetChange[]): Promise<void> {
  if (changes.length === 0) return;
  await saveShared(
    tx,
    changes.map((change) => change.projection),
  );
  await updateDatasets(tx, changes);
  const ids = changes.map((change) => change.id);
  for (const table of partTables) await tx.query(`DELETE FROM "${table}" WHERE dataset_id = ANY($1::uuid[])`, [ids]);
  const parts = <T extends object>(
    list: (projection: DatasetProjection) => readonly T[],
  ): (T & { datasetId: string; position: number })[] =>
    changes.flatMap((change) =>
      list(change.projection).map((item, position) => ({ ...item, datasetId: change.id, position })),
    );
  await insertRows(
    tx,
    'dataset_creator',
    parts((p) => p.creators),
  );
  await insertRows(
    tx,
    'dataset_concept',
    parts((p) => p.concepts.map(({ role, concept }) => ({ role, conceptId: concept.id }))),
  );
  await insertRows(
    tx,
    'dataset_modality',
    parts((p) => p.modalities.map((modality) => ({ modalityCode: modality.code }))),
  );
  await insertRows(
    tx,
    'dataset_publication',
    parts((p) => p.publications.map(({ id, role }) => ({ publicationId: id, role }))),
  );
  await insertRows(
    tx,
    'distribution',
    parts((p) => p.distributions),
  );
  await insertRows(
    tx,
    'identifier',
    parts((p) => p.identifiers),
  );
  await insertRows(
    tx,
    'dataset_relation',
    parts((p) => p.relations),
  );
  await insertRows(
    tx,
    'dataset_count',
    parts((p) => p.counts),
  );
  const origins = changes.flatMap((change) => change.origins.map((origin) => ({ ...origin, datasetId: change.id })));
  await insertRows(tx, 'field_origin', origins);
}

async function saveShared(tx: EntityManager, projections: readonly DatasetProjection[]): Promise<void> {
  await saveLicenses(tx, unique(projections.flatMap((p) => p.licenses)), 'ignore');
  await saveModalities(
    tx,
    [...new Map(projections.flatMap((p) => p.modalities).map((item) => [item.code, item])).values()],
    'ignore',
  );
  await saveConcepts(tx, unique(projections.flatMap((p) => p.concepts.map(({ concept }) => concept))));
  await insertRows(tx, 'agent', unique(projections.flatMap((p) => p.agents)), 'update');
  const publications = projections.flatMap((p) => p.publications.map(({ role: _role, ...row }) => row));
  await insertRows(tx, 'publication', unique(publications), 'update');
}

async function updateDatasets(tx: EntityManager, changes: readonly DatasetChange[]): Promise<void> {
  const rows = changes.map(({ id, slug, status, projection }) => ({ id, slug, status, ...projection.fields }));
  await insertRows(tx, 'dataset', rows, 'update');
  await tx.query(
    'UPDATE dataset SET version = version + 1, updated_at = clock_timestamp() WHERE id = ANY($1::uuid[])',
    [changes.map((change) => change.id)],
  );
}

function unique<T extends { readonly id: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}
