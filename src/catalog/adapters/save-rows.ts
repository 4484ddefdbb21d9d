import type { EntityManager } from 'typeorm';
import { type FlatRow, type RowLayout, type RowTable, rowTables } from '../model/lay-out-rows.ts';
import type { Written } from '../row-ports.ts';
import { insertRowsChecked, type RowOwner } from './copy-rows.ts';
import type { HeldDelta } from './held-delta.ts';
import { idList } from './id-list.ts';
import { mergeSubjects, saveStatements } from './merge-subjects.ts';
import { retireUnnamed } from './retire-rows.ts';
import { saveFreshRows } from './save-fresh-rows.ts';
import { moveValues } from './save-values.ts';
import { bytesOf, foldRows, isFolded, rememberRows, replaceRows } from './update-rows.ts';

interface KnownRow {
  readonly hash: string;
  readonly retired: boolean;
  readonly rank: number;
  readonly bytes: number;
  /** Hash of what this source said before, where others speak of the same row, too. */
  readonly stated: string | null;
  readonly prior: Prior | null;
}

/** Whose word a row keeps that a higher source owns. */
interface Prior {
  readonly source: number;
  readonly rank: number;
  readonly hash: string;
}

/**
 * Writes rows table by table, parents first: new ones by COPY straight into the table, changed ones by one UPDATE, then retires
 * what the source no longer names below the same subjects.
 */
export async function saveRows(
  tx: EntityManager,
  datasetId: string,
  sourceId: number,
  layout: RowLayout,
): Promise<{ readonly written: Written; readonly retired: number; readonly delta: HeldDelta }> {
  const owner = { datasetId, sourceId, rank: await rankOfSource(tx, sourceId) };
  const subjects = await knownRows(tx, 'subject', layout.subject, owner);
  if (subjects.size === 0 && layout.subject.length > 0) {
    if (await saveFreshRows(tx, layout, owner)) return { written: 'all', retired: 0, delta: sizeOf(layout) };
  }
  return await saveKnownRows(tx, uniqueLayout(layout), { owner, subjects });
}

async function saveKnownRows(
  tx: EntityManager,
  layout: RowLayout,
  { owner, subjects }: { readonly owner: RowOwner; readonly subjects: ReadonlyMap<string, KnownRow> },
): ReturnType<typeof saveRows> {
  const written = new Set<string>();
  const inserted = new Set<string>();
  const live: Record<RowTable, number> = { subject: 0, imaging_session: 0, scan: 0, resource: 0, assessor: 0 };
  let bytes = 0;
  let known = false;
  for (const table of rowTables) {
    const rows = layout[table];
    const before = table === 'subject' ? subjects : await knownRows(tx, table, rows, owner);
    known ||= before.size > 0;
    const saved = await saveTable(tx, { table, rows, before, owner, inserted });
    for (const id of saved.written) written.add(id);
    if (table === 'subject') {
      await saveStatements(tx, rows, owner);
      for (const id of await mergeSubjects(tx, [...before.keys()])) written.add(id);
    }
    if (table === 'imaging_session')
      await moveValues(
        tx,
        [...saved.written].filter((id) => before.has(id)),
      );
    live[table] += saved.live;
    if (table === 'scan') bytes += saved.bytes;
  }
  const retired = known ? await retireUnnamed(tx, owner, layout) : { rows: 0, sessions: 0, scans: 0, bytes: 0 };
  const delta = {
    subjects: live.subject,
    sessions: live.imaging_session - retired.sessions,
    scans: live.scan - retired.scans,
    bytes: bytes - retired.bytes,
  };
  return { written, retired: retired.rows, delta };
}

/** Writes the rows of one table. @returns their ids, how many are live that were not, and how many bytes more live */
async function saveTable(
  tx: EntityManager,
  job: {
    readonly table: RowTable;
    readonly rows: readonly FlatRow[];
    readonly before: ReadonlyMap<string, KnownRow>;
    readonly owner: RowOwner;
    readonly inserted: Set<string>;
  },
): Promise<{ readonly written: ReadonlySet<string>; readonly live: number; readonly bytes: number }> {
  const { table, rows, before, owner, inserted } = job;
  const steps = Map.groupBy(rows, (row) => stepFor(table, row, before.get(row.id), owner));
  const of = (step: Step): readonly FlatRow[] => steps.get(step) ?? [];
  await insertRowsChecked(tx, table, of('insert'), { owner, inserted });
  await replaceRows(tx, table, of('replace'), owner);
  const sizes = new Map([...of('insert'), ...of('replace')].map((row) => [row.id, row.byteSize]));
  if (isFolded(table)) {
    for (const [id, size] of await foldRows(tx, table, of('fold'), owner)) sizes.set(id, size);
    for (const [id, size] of await rememberRows(tx, table, of('remember'), owner)) sizes.set(id, size);
  }
  let live = of('insert').length;
  let bytes = 0;
  for (const [id, size] of sizes) {
    const old = before.get(id);
    bytes += size - (old === undefined || old.retired ? 0 : old.bytes);
    if (old?.retired === true) live += 1;
  }
  return { written: new Set(sizes.keys()), live, bytes };
}

function sizeOf(layout: RowLayout): HeldDelta {
  return {
    subjects: layout.subject.length,
    sessions: layout.imaging_session.length,
    scans: layout.scan.length,
    bytes: layout.scan.reduce((sum, row) => sum + row.byteSize, 0),
  };
}

/** Inserts rows that are not there as tombstones: what a source once had, and no row replaces. */
export async function saveTombstones(
  tx: EntityManager,
  datasetId: string,
  sourceId: number,
  layout: RowLayout,
): Promise<ReadonlySet<string>> {
  const owner = { datasetId, sourceId, rank: 0, retired: true };
  const written = new Set<string>();
  for (const table of rowTables) {
    const rows = uniqueRows(layout[table]);
    const before = await knownRows(tx, table, rows, owner);
    const fresh = rows.filter((row) => !before.has(row.id));
    await insertRowsChecked(tx, table, fresh, { owner, inserted: written });
  }
  return written;
}

async function rankOfSource(tx: EntityManager, sourceId: number): Promise<number> {
  const rows: { rank: number }[] = await tx.query('SELECT rank FROM source WHERE id = $1', [sourceId]);
  return rows[0]?.rank ?? 0;
}

async function knownRows(
  tx: EntityManager,
  table: RowTable,
  rows: readonly FlatRow[],
  owner: RowOwner,
): Promise<ReadonlyMap<string, KnownRow>> {
  if (rows.length === 0) return new Map();
  const prior = isFolded(table) ? `t.prior - 'columns' - 'empty'` : 'NULL::jsonb';
  const stated =
    table === 'subject'
      ? `(SELECT encode(o.source_hash, 'hex') FROM subject_statement o WHERE o.subject_id = t.id AND o.source_id = ${owner.sourceId})`
      : 'NULL';
  const found: (KnownRow & { id: string })[] = await tx.query(
    `SELECT t.id, encode(t.source_hash, 'hex') AS hash, t.retired_at IS NOT NULL AS retired, s.rank, ${bytesOf(table, 't')} AS bytes, ${stated} AS stated, ${prior} AS prior
     FROM "${table}" t JOIN source s ON s.id = t.source_id WHERE t.id = ANY($1::uuid[])`,
    [idList(rows.map((row) => row.id))],
  );
  return new Map(found.map((row) => [row.id, row]));
}

/** What has to be done with a row. */
type Step = 'insert' | 'replace' | 'fold' | 'remember' | 'leave';

function stepFor(table: RowTable, row: FlatRow, before: KnownRow | undefined, owner: RowOwner): Step {
  if (before === undefined) return 'insert';
  // A retired row is one that its source took back: whoever still speaks of it owns it.
  if (before.retired) return 'replace';
  const { rank, prior } = before;
  if (rank > owner.rank) return isFolded(table) && isNews(row, prior, owner) ? 'remember' : 'leave';
  if (rank < owner.rank) return isFolded(table) ? 'fold' : 'replace';
  // Of two sources of one rank the later one's word stands until the other says something new.
  if (before.stated === row.hash || before.hash === row.hash) return 'leave';
  return prior === null ? 'replace' : 'fold';
}

/** Whether what a lower source says of a row is to be kept: the word of one lower source is, the highest of them. */
function isNews(row: FlatRow, prior: Prior | null, owner: RowOwner): boolean {
  if (prior === null) return true;
  return prior.source === owner.sourceId ? prior.hash !== row.hash : prior.rank < owner.rank;
}

function uniqueLayout(layout: RowLayout): RowLayout {
  const { subject, imaging_session, scan, resource, assessor } = layout;
  return {
    subject: uniqueRows(subject),
    imaging_session: uniqueRows(imaging_session),
    scan: uniqueRows(scan),
    resource: uniqueRows(resource),
    assessor: uniqueRows(assessor),
  };
}

function uniqueRows(rows: readonly FlatRow[]): readonly FlatRow[] {
  const ids = new Set<string>();
  for (const row of rows) ids.add(row.id);
  return ids.size === rows.length ? rows : [...new Map(rows.map((row) => [row.id, row])).values()];
}
