import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { InvalidInputError } from '../../kernel/errors.ts';
import type { DatasetId } from '../../kernel/ids.ts';
import type { DatasetStatement } from '../model/dataset-record.ts';
import type { Source } from '../model/merge-records.ts';
import { stewardSource } from '../model/steward-edit.ts';
import { datasetStatuses, rankOf, type SourceKind, sourceKinds } from '../model/terms.ts';

const datasetId = z.string().transform((id) => id as DatasetId);

/** A row of `source`. */
export const sourceRow = z.object({ id: z.number(), name: z.string(), kind: z.enum(sourceKinds) });

/**
 * The source of this name, made when absent.
 * @throws InvalidInputError when a source of that name is of another kind: its precedence must not be had by taking its name
 */
export async function ensureSource(tx: EntityManager, name: string, kind: SourceKind): Promise<Source> {
  if (name === stewardSource.name && kind !== stewardSource.kind)
    throw new InvalidInputError(`The source name "${name}" is kept for what stewards say: choose another name.`, {
      fields: ['source'],
    });
  const find = async (): Promise<unknown> =>
    (await tx.query<unknown[]>('SELECT id, name, kind FROM source WHERE name = $1', [name]))[0];
  if ((await find()) === undefined) {
    await tx.query('INSERT INTO source (name, kind, rank) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING', [
      name,
      kind,
      rankOf(kind),
    ]);
  }
  const source = sourceRow.parse(await find());
  if (source.kind !== kind) {
    throw new InvalidInputError(
      `The source name "${name}" belongs to a source of kind ${source.kind}: choose another name for this one.`,
      {
        fields: ['source'],
      },
    );
  }
  return source;
}

/** What is known of a source record before a batch. */
export const knownRecordRow = z
  .object({
    source_record_id: z.string(),
    dataset_id: datasetId.nullable(),
    hash: z.string().nullable(),
    rejected: z.boolean(),
  })
  .transform((row) => ({
    sourceRecordId: row.source_record_id,
    ...(row.dataset_id !== null && { datasetId: row.dataset_id }),
    ...(row.hash !== null && { hash: row.hash }),
    rejected: row.rejected,
  }));

/** The head of a dataset. */
export const headRow = z
  .object({
    id: datasetId,
    slug: z.string(),
    status: z.enum(datasetStatuses),
    version: z.number(),
    published_version: z.number().nullable(),
    held_subjects: z.coerce.number(),
    held_sessions: z.coerce.number(),
    held_scans: z.coerce.number(),
    held_bytes: z.coerce.number(),
    published_sha256: z.string().nullable(),
    withdrawn_reason: z.string().nullable(),
    withheld_source_id: z.number().nullable(),
  })
  .transform((row) => ({
    id: row.id,
    slug: row.slug,
    status: row.status,
    version: row.version,
    ...(row.published_version !== null && { publishedVersion: row.published_version }),
    ...(row.published_sha256 !== null && { publishedSha256: row.published_sha256 }),
    ...(row.withdrawn_reason !== null && { withdrawnReason: row.withdrawn_reason }),
    ...(row.withheld_source_id !== null && { withheldBy: row.withheld_source_id }),
    held: { subjects: row.held_subjects, sessions: row.held_sessions, scans: row.held_scans, bytes: row.held_bytes },
  }));

/** Columns of {@link statementRow}, of a record `r` and its source `s`. */
export const statementColumns =
  'r.dataset_id, r.source_record_id, r.received_at, r.payload, s.id AS source_id, s.name, s.kind';

/** What one source says of one dataset. The payload passed the record schema when it was stored. */
export const statementRow = z
  .object({
    dataset_id: datasetId,
    source_record_id: z.string(),
    received_at: z.date(),
    payload: z.record(z.string(), z.unknown()).transform((payload) => payload as DatasetStatement),
    source_id: z.number(),
    name: z.string(),
    kind: z.enum(sourceKinds),
  })
  .transform((row) => ({
    datasetId: row.dataset_id,
    source: { id: row.source_id, name: row.name, kind: row.kind },
    sourceRecordId: row.source_record_id,
    receivedAt: row.received_at,
    statement: row.payload,
  }));
