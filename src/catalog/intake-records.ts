import { z } from 'zod';
import { canonicalSha256 } from '../kernel/canonical-json.ts';
import { type DatasetId, datasetIdOf } from '../kernel/ids.ts';
import { auditOfBatch, commandLine, type IntakeBy } from './intake-by.ts';
import { type DatasetRecord, datasetRecordSchema } from './model/dataset-record.ts';
import { statementOf } from './model/merge-records.ts';
import { sentenceOf } from './model/sentence-of.ts';
import { storableText } from './model/storable-text.ts';
import type { SourceKind } from './model/terms.ts';
import { slugify } from './model/vocabulary.ts';
import type { KnownRecord, RecordStore, RecordTransaction, Rejection } from './ports.ts';
import { rebuildRecords } from './rebuild-records.ts';

/** Most records one transaction takes. */
const batchSize = 200;

/** What is handed in, and by whom. */
export interface RecordIntake {
  readonly source: { readonly name: string; readonly kind: SourceKind };
  /** Raw records in the order of the source, each with a name for its place in the source, such as `line 7`. */
  readonly records: AsyncIterable<RawRecord> | Iterable<RawRecord>;
  /** Whether drafts among them are published at once, and published ones anew when they changed. */
  readonly publish: boolean;
  /** Who publishes, as a version notes it. */
  readonly actor: string;
  /** Who hands them in; the command line where it is not said. */
  readonly by?: IntakeBy;
  readonly signal?: AbortSignal;
}

/** A record as a source gives it, or why it could not even be read. */
export type RawRecord =
  | { readonly place: string; readonly value: unknown }
  | { readonly place: string; readonly unreadable: string };

/** What a batch did. */
export interface IntakeReport {
  readonly accepted: number;
  readonly unchanged: number;
  readonly rejected: readonly Rejection[];
}

/**
 * The one door for dataset records: validates, compares with what the source said before, merges all sources by precedence,
 * stores, and announces each changed dataset once per batch, all in one transaction per batch. A bad record is rejected with
 * its reason and the last good version stays. The same input again changes and announces nothing.
 */
export async function intakeRecords(intake: RecordIntake, store: RecordStore): Promise<IntakeReport> {
  let report: IntakeReport = { accepted: 0, unchanged: 0, rejected: [] };
  let batch: RawRecord[] = [];
  const seen = new Set<string>();
  const flush = async (): Promise<void> => {
    const taken = await takeBatch(intake, batch, seen, store);
    report = {
      accepted: report.accepted + taken.accepted,
      unchanged: report.unchanged + taken.unchanged,
      rejected: [...report.rejected, ...taken.rejected],
    };
    batch = [];
  };
  for await (const record of intake.records) {
    intake.signal?.throwIfAborted();
    batch.push(record);
    if (batch.length === batchSize) await flush();
  }
  if (batch.length > 0) await flush();
  return report;
}

interface ValidRecord {
  readonly record: DatasetRecord;
  readonly hash: string;
}

async function takeBatch(
  intake: RecordIntake,
  batch: readonly RawRecord[],
  seen: Set<string>,
  store: RecordStore,
): Promise<IntakeReport> {
  const { valid, rejected } = validate(batch, seen);
  return await store.transaction(async (tx) => {
    const source = await tx.source(intake.source.name, intake.source.kind);
    const known = new Map(
      (
        await tx.knownRecords(
          source.id,
          valid.map(({ record }) => record.sourceId),
        )
      ).map((row) => [row.sourceRecordId, row]),
    );
    const fresh = valid.filter(({ record, hash }) => known.get(record.sourceId)?.hash !== hash);
    const datasetIds = await assignDatasets(tx, source.name, valid, known);
    await tx.saveStatements(
      source.id,
      fresh.map(({ record, hash }) => ({
        sourceRecordId: record.sourceId,
        datasetId: idOf(datasetIds, record.sourceId),
        statement: statementOf(record, source.name),
        hash,
      })),
    );
    const opened = fresh.filter(({ record }) => record.accessClass !== 'RESTRICTED');
    await tx.releaseDatasets(
      source.id,
      opened.map(({ record }) => idOf(datasetIds, record.sourceId)),
    );
    // A record that came back as it was before it turned bad is good again, and nothing else.
    const mended = valid.filter(({ record }) => known.get(record.sourceId)?.rejected === true);
    await tx.clearRejections(
      source.id,
      mended.map(({ record }) => record.sourceId),
    );
    await tx.saveRejections(
      source.id,
      rejected.filter(({ sourceId }) => !seen.has(sourceId)),
    );
    const touched = new Set(fresh.map(({ record }) => idOf(datasetIds, record.sourceId)));
    const all = intake.publish ? new Set(valid.map(({ record }) => idOf(datasetIds, record.sourceId))) : touched;
    const changed = await rebuildRecords(tx, [...all], {
      publish: intake.publish,
      actor: intake.actor,
      rebuild: touched,
    });
    // A record that says nothing new is accepted only where its dataset was published; not where another record changed it.
    const published = valid.filter(({ record }) => {
      const id = idOf(datasetIds, record.sourceId);
      return changed.has(id) && !touched.has(id);
    });
    const accepted = fresh.length + published.length;
    if (accepted > 0)
      await tx.audit(
        auditOfBatch(intake.by ?? commandLine, {
          action: 'records.intake',
          facts: {
            source: source.name,
            accepted,
            rejected: rejected.length,
            datasets: changed.size,
            publish: intake.publish,
          },
        }),
      );
    return { accepted, unchanged: valid.length - accepted, rejected };
  });
}

/** @param seen - ids of the good records so far; those of this batch are added */
function validate(
  batch: readonly RawRecord[],
  seen: Set<string>,
): {
  readonly valid: readonly ValidRecord[];
  readonly rejected: readonly Rejection[];
} {
  const valid: ValidRecord[] = [];
  const rejected: Rejection[] = [];
  for (const raw of batch) {
    if ('unreadable' in raw) {
      rejected.push({ sourceId: raw.place, error: storableText(raw.unreadable) });
      continue;
    }
    const parsed = datasetRecordSchema.safeParse(raw.value);
    const sourceId =
      z.object({ sourceId: z.string().trim().min(1).max(500) }).safeParse(raw.value).data?.sourceId ?? raw.place;
    if (!parsed.success)
      rejected.push({
        sourceId: storableText(sourceId),
        error: storableText(`${raw.place}: ${sentenceOf(parsed.error)}`),
      });
    else if (seen.has(parsed.data.sourceId))
      rejected.push({
        sourceId,
        error: `${raw.place}: sourceId "${sourceId}" was already given before; each must be given once.`,
      });
    else {
      seen.add(parsed.data.sourceId);
      valid.push({ record: parsed.data, hash: canonicalSha256(parsed.data) });
    }
  }
  return { valid, rejected };
}

/** Which dataset each record describes: the one it described before, the one of its slug, or a new one. */
async function assignDatasets(
  tx: RecordTransaction,
  sourceName: string,
  valid: readonly ValidRecord[],
  known: ReadonlyMap<string, KnownRecord>,
): Promise<ReadonlyMap<string, DatasetId>> {
  const wanted = valid.map(({ record }) => ({
    record,
    slug: record.slug ?? slugify(record.acronym ?? record.title),
    datasetId: known.get(record.sourceId)?.datasetId,
  }));
  const unassigned = wanted.filter(({ datasetId }) => datasetId === undefined);
  const candidates = (slug: string, sourceId: string): readonly string[] => [
    slug,
    ...numbered(slug),
    digested(slug, sourceName, sourceId),
  ];
  const slugs = unassigned.flatMap(({ record, slug }) => candidates(slug, record.sourceId));
  const taken = new Map((await tx.heads({ ids: [], slugs })).map((head) => [head.slug, head.id]));
  const created: { id: DatasetId; slug: string }[] = [];
  const assigned = new Map<string, DatasetId>();
  for (const { record, slug, datasetId } of wanted) {
    if (datasetId !== undefined) {
      assigned.set(record.sourceId, datasetId);
      continue;
    }
    const existing = record.slug === undefined ? undefined : taken.get(record.slug);
    const free = record.slug ?? candidates(slug, record.sourceId).find((name) => !taken.has(name));
    if (free === undefined) throw new Error(`no slug is left for ${record.sourceId}`);
    const id = existing ?? datasetIdOf(free);
    if (existing === undefined) {
      created.push({ id, slug: free });
      taken.set(free, id);
    }
    assigned.set(record.sourceId, id);
  }
  await tx.createDatasets(created);
  return assigned;
}

function numbered(slug: string): string[] {
  return Array.from({ length: 50 }, (_, index) => `${stem(slug, 76)}-${index + 2}`);
}

/** For the many records of one title: a name that no other record gets. */
function digested(slug: string, sourceName: string, sourceId: string): string {
  return `${stem(slug, 67)}-${canonicalSha256([sourceName, sourceId]).slice(0, 12)}`;
}

function stem(slug: string, length: number): string {
  return slug.slice(0, length).replace(/-+$/, '');
}

function idOf(ids: ReadonlyMap<string, DatasetId>, sourceRecordId: string): DatasetId {
  const id = ids.get(sourceRecordId);
  if (id === undefined) throw new Error(`no dataset was assigned to ${sourceRecordId}`);
  return id;
}
