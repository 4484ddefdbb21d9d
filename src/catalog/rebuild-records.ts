import { canonicalSha256 } from '../kernel/canonical-json.ts';
import type { DatasetId } from '../kernel/ids.ts';
import { type MergedRecord, mergeRecords } from './model/merge-records.ts';
import { projectRecord } from './model/project-record.ts';
import { VocabularyIndex } from './model/vocabulary.ts';
import type { CatalogEvent, DatasetChange, DatasetHead, RecordTransaction, VersionSnapshot } from './ports.ts';

/** How to rebuild. */
export interface RebuildOptions {
  /** Publish drafts, and published records that changed. */
  readonly publish: boolean;
  readonly actor: string;
  /** Publish what a source withholds, too: a steward may, another source may not. */
  readonly despiteWithheld?: boolean;
  /** Those whose sources said something new; the others are looked at for publishing only. */
  readonly rebuild: ReadonlySet<DatasetId>;
}

/**
 * Folds what all sources say of some datasets into their records, publishes where asked, and announces each changed dataset
 * once. Withdrawn records are kept up to date but stay withdrawn.
 * @returns the datasets whose record or state changed
 */
export async function rebuildRecords(
  tx: RecordTransaction,
  ids: readonly DatasetId[],
  options: RebuildOptions,
): Promise<ReadonlySet<DatasetId>> {
  if (ids.length === 0) return new Set();
  const heads = await tx.heads({ ids, slugs: [] });
  const statements = await tx.statementsOf(ids);
  const vocabulary = new VocabularyIndex(await tx.vocabulary());
  const changes: DatasetChange[] = [];
  const versions: VersionSnapshot[] = [];
  const events: CatalogEvent[] = [];
  for (const head of heads) {
    const { record, origins } = mergeRecords(statements.get(head.id) ?? []);
    const touched = options.rebuild.has(head.id);
    const publishes = options.publish && mayPublish(head, options) && (touched || head.status !== 'PUBLISHED');
    if (!touched && !publishes) continue;
    const status = publishes ? 'PUBLISHED' : head.status;
    if (touched || publishes)
      changes.push({ id: head.id, slug: head.slug, status, projection: projectRecord(record, vocabulary), origins });
    if (publishes) versions.push(snapshotOf(head, record, options.actor));
    events.push({
      datasetId: head.id,
      type: publishes ? 'DATASET_PUBLISHED' : 'DATASET_CHANGED',
      payload: { slug: head.slug },
    });
  }
  await tx.saveDatasets(changes);
  await tx.publish(versions);
  await tx.appendEvents(events);
  return new Set(events.map((event) => event.datasetId));
}

function mayPublish({ status, withheldBy }: DatasetHead, { despiteWithheld }: RebuildOptions): boolean {
  if (status === 'WITHDRAWN') return false;
  return status === 'PUBLISHED' || withheldBy === undefined || despiteWithheld === true;
}

/**
 * The immutable snapshot that publishing a dataset makes. Everybody may read it, so it counts the rows held only where everybody
 * may see them.
 */
export function snapshotOf(head: DatasetHead, record: MergedRecord, actor: string): VersionSnapshot {
  const number = (head.publishedVersion ?? 0) + 1;
  const rowsHeld = record.accessClass === 'OPEN' ? { rowsHeld: head.held } : {};
  const snapshot = { slug: head.slug, version: number, record, ...rowsHeld };
  return { datasetId: head.id, number, snapshot, sha256: canonicalSha256(snapshot), publishedBy: actor };
}
