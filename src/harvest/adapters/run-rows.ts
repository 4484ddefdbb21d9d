import { z } from 'zod';
import type { DatasetId } from '../../kernel/ids.ts';
import {
  type DataSource,
  type DataSourceId,
  type Freshness,
  type HarvestRun,
  type HarvestRunId,
  runStates,
} from '../model.ts';

const sourceId = z.string().transform((id) => id as DataSourceId);
const changes = z.object({ added: z.number(), changed: z.number(), removed: z.number() });

/** A source with the columns of {@link sourceColumns}. */
export const sourceRow = z
  .object({
    id: sourceId,
    name: z.string(),
    kind: z.literal('XNAT'),
    url: z.string(),
    created_at: z.date(),
    fresh_at: z.date().nullable(),
    leased_until: z.date().nullable(),
  })
  .transform(
    (row): DataSource => ({
      id: row.id,
      name: row.name,
      kind: row.kind,
      url: row.url,
      createdAt: row.created_at,
      ...(row.fresh_at && { freshAt: row.fresh_at }),
      ...(row.leased_until && { leasedUntil: row.leased_until }),
    }),
  );

/** Columns of a source; a lease that ran out is none. */
export const sourceColumns =
  'id, name, kind, url, created_at, fresh_at, CASE WHEN leased_until > clock_timestamp() THEN leased_until END AS leased_until';

const report = z.object({
  added: z.number(),
  changed: z.number(),
  removed: z.number(),
  unchanged: z.number(),
  accepted: z.number(),
  rejected: z.array(z.object({ sourceId: z.string(), error: z.string() })),
  items: z.object({ subjects: changes, sessions: changes, scans: changes, assessors: changes }),
  requests: z.number(),
  bytes: z.number(),
  lagMs: z.number().optional(),
  warnings: z.array(z.string()),
});

/** A run as {@link selectRuns} gives it. */
export const runRow = z
  .object({
    id: z.string().transform((id) => id as HarvestRunId),
    source_id: sourceId,
    source: z.string(),
    state: z.enum(runStates),
    options: z.object({ full: z.boolean(), digests: z.boolean() }),
    requested_at: z.date(),
    requested_by: z.string().nullable(),
    started_at: z.date().nullable(),
    finished_at: z.date().nullable(),
    progress: z.object({ step: z.string(), done: z.number(), total: z.number() }).nullable(),
    report: report.nullable(),
    error: z.string().nullable(),
  })
  .transform(
    (row): HarvestRun => ({
      id: row.id,
      sourceId: row.source_id,
      source: row.source,
      state: row.state,
      options: row.options,
      requestedAt: row.requested_at,
      ...(row.requested_by !== null && { requestedBy: row.requested_by }),
      ...(row.started_at && { startedAt: row.started_at }),
      ...(row.finished_at && { finishedAt: row.finished_at }),
      ...(row.progress && { progress: row.progress }),
      // Absent members of the report are absent in the column, too.
      ...(row.report && { report: row.report as NonNullable<HarvestRun['report']> }),
      ...(row.error !== null && { error: row.error }),
    }),
  );

/** Runs `r` with the names of source and principal, to be followed by conditions. */
export const selectRuns = `SELECT r.id, r.source_id, s.name AS source, r.state, r.options, r.requested_at, p.name AS requested_by,
  r.started_at, r.finished_at, r.progress, r.report, r.error
  FROM harvest_run r JOIN data_source s ON s.id = r.source_id LEFT JOIN principal p ON p.id = r.requested_by`;

/** How fresh one dataset is. */
export const freshnessRow = z
  .object({
    dataset_id: z.string().transform((id) => id as DatasetId),
    source: z.string(),
    checked_at: z.date().nullable(),
    changed_at: z.date().nullable(),
    readable: z.boolean(),
  })
  .transform(
    (row): Freshness => ({
      datasetId: row.dataset_id,
      source: row.source,
      readable: row.readable,
      ...(row.checked_at && { checkedAt: row.checked_at }),
      ...(row.changed_at && { changedAt: row.changed_at }),
    }),
  );
