import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { PrincipalId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Page, PageRequest } from '../../kernel/page.ts';
import type { AuditEntry } from '../audit.ts';
import { currentAuditNotes } from '../audit-notes.ts';
import { hashEntry } from '../hash-entry.ts';
import type { AuditHead, AuditTrail, AuditWhere, StoredAuditEntry } from '../ports.ts';

/**
 * Appends an entry to the audit trail in the caller's own transaction: the write and its entry are there together or not at all.
 * Must be the last statement, after events of the outbox: other writers of the trail wait from here until the commit.
 */
export type AppendAudit = (tx: EntityManager, entry: AuditEntry) => Promise<void>;

/** Entries read at a time by {@link PostgresAuditTrail.inspect}. */
const inspectedAtATime = 1_000;

/** Advisory lock of the chain. */
const chainLock = 'SELECT pg_advisory_xact_lock(7170401, 3)';

const entryRow = z
  .object({
    sequence: z.number(),
    at: z.date(),
    actor: z.string().nullable(),
    action: z.string(),
    object_kind: z.string().nullable(),
    object_id: z.string().nullable(),
    outcome: z.string(),
    code: z.string().nullable(),
    request_id: z.string().nullable(),
    facts: z.string(),
    previous_hash: z.string(),
    hash: z.string(),
    actor_name: z.string().nullish(),
  })
  .transform(
    (row): StoredAuditEntry => ({
      sequence: row.sequence,
      at: row.at,
      action: row.action,
      // Ours when it was written; one that was changed since must reach the check of the chain.
      outcome: row.outcome as AuditEntry['outcome'],
      facts: row.facts,
      previousHash: row.previous_hash,
      hash: row.hash,
      ...(row.actor !== null && { actor: row.actor as PrincipalId }),
      ...(row.object_kind !== null && { objectKind: row.object_kind }),
      ...(row.object_id !== null && { objectId: row.object_id }),
      ...(row.code !== null && { code: row.code }),
      ...(row.request_id !== null && { requestId: row.request_id }),
      ...(typeof row.actor_name === 'string' && { actorName: row.actor_name }),
    }),
  );

const headRow = z.object({ sequence: z.number(), hash: z.string() });

/**
 * How entries get into the trail: handed by `compose.ts` to every store that writes. The head that an entry follows is logged: it is
 * committed by then, and a log kept elsewhere so holds heads for `mia audit verify --expect-head`.
 */
export function createAppendAudit(clock: Clock, logger: Logger): AppendAudit {
  return async (tx, entry) => {
    const notes = currentAuditNotes();
    await tx.query(chainLock);
    const head = await readHead(tx);
    // Without the head nobody could tell what the chain's end was: nothing is written until an operator has looked.
    if (head === undefined) throw new Error('The head of the audit trail is gone: run `mia audit verify`.');
    logger.info('audit.head', { sequence: head.sequence, hash: head.hash });
    const requestId = entry.requestId ?? notes?.requestId;
    const unhashed = {
      sequence: head.sequence + 1,
      at: clock(),
      action: entry.action,
      outcome: entry.outcome,
      facts: canonicalJson(entry.facts ?? {}),
      previousHash: head.hash,
      ...(entry.actor !== undefined && { actor: entry.actor }),
      ...(entry.object && { objectKind: entry.object.kind, objectId: entry.object.id }),
      ...(entry.code !== undefined && { code: entry.code }),
      ...(requestId !== undefined && { requestId }),
    };
    await insertEntry(tx, { ...unhashed, hash: hashEntry(unhashed) });
    if (notes !== undefined) notes.written += 1;
  };
}

async function insertEntry(tx: EntityManager, entry: StoredAuditEntry): Promise<void> {
  const { sequence, at, actor, action, objectKind, objectId, outcome, code, requestId, facts, previousHash, hash } =
    entry;
  await tx.query(
    `WITH head AS (UPDATE audit_head SET sequence = $1, hash = $12 WHERE id = 1)
     INSERT INTO audit_entry (sequence, at, actor, action, object_kind, object_id, outcome, code, request_id, facts, previous_hash, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [sequence, at, actor, action, objectKind, objectId, outcome, code, requestId, facts, previousHash, hash],
  );
}

async function readHead(tx: EntityManager): Promise<AuditHead | undefined> {
  const rows: unknown[] = await tx.query('SELECT sequence, hash FROM audit_head WHERE id = 1');
  return rows[0] === undefined ? undefined : headRow.parse(rows[0]);
}

/** The audit trail in PostgreSQL. */
export class PostgresAuditTrail implements AuditTrail {
  readonly #db: DataSource;
  readonly #append: AppendAudit;

  constructor(db: DataSource, append: AppendAudit) {
    this.#db = db;
    this.#append = append;
  }

  async append(entry: AuditEntry): Promise<void> {
    await this.#db.transaction(async (tx) => await this.#append(tx, entry));
  }

  async entries(where: AuditWhere, page: PageRequest): Promise<Page<StoredAuditEntry>> {
    const before = page.after?.[0] ?? null;
    const rows: unknown[] = await this.#db.query(
      `SELECT e.*, p.name AS actor_name FROM audit_entry e LEFT JOIN principal p ON p.id = e.actor
       WHERE ${condition} AND ($7::bigint IS NULL OR e.sequence < $7) ORDER BY e.sequence DESC LIMIT $8`,
      [...parametersOf(where), before, page.first + 1],
    );
    const entries = rows.slice(0, page.first).map((row) => entryRow.parse(row));
    return {
      items: entries,
      keyAt: (index) => [entries[index]?.sequence ?? null],
      hasNextPage: rows.length > page.first,
      hasPreviousPage: before !== null,
    };
  }

  async countEntries(where: AuditWhere): Promise<number> {
    const rows: { count: number }[] = await this.#db.query(
      `SELECT count(*) AS count FROM audit_entry e WHERE ${condition}`,
      [...parametersOf(where)],
    );
    return rows[0]?.count ?? 0;
  }

  async inspect<T>(look: Look<T>): Promise<T> {
    return await this.#db.transaction('REPEATABLE READ', async (tx) => {
      const guards: { tgname: string }[] = await tx.query(
        `SELECT tgname FROM pg_trigger WHERE tgname LIKE 'audit\\_%\\_guard' AND tgenabled IN ('O', 'A')
         AND tgrelid IN (to_regclass('audit_entry'), to_regclass('audit_head'))`,
      );
      return await look({
        head: await readHead(tx),
        guarded: guards.length === guardCount,
        entries: allEntries(tx),
      });
    });
  }
}

type Look<T> = (trail: {
  readonly head: AuditHead | undefined;
  readonly guarded: boolean;
  readonly entries: AsyncIterable<StoredAuditEntry>;
}) => Promise<T>;

/** Triggers that the migration put on the two tables. */
const guardCount = 4;

const condition = `($1::uuid IS NULL OR e.actor = $1) AND ($2::text IS NULL OR e.action = $2)
  AND ($3::text IS NULL OR e.object_id = $3) AND ($4::text IS NULL OR e.outcome = $4)
  AND ($5::timestamptz IS NULL OR e.at >= $5) AND ($6::timestamptz IS NULL OR e.at < $6)`;

function parametersOf({ actor, action, objectId, outcome, from, to }: AuditWhere): readonly unknown[] {
  return [actor ?? null, action ?? null, objectId ?? null, outcome ?? null, from ?? null, to ?? null];
}

async function* allEntries(tx: EntityManager): AsyncGenerator<StoredAuditEntry> {
  // Read by sequence; equal ones cannot be, it is the primary key.
  for (let after: number | null = null; ; ) {
    const rows: unknown[] = await tx.query(
      'SELECT * FROM audit_entry WHERE $1::bigint IS NULL OR sequence > $1 ORDER BY sequence LIMIT $2',
      [after, inspectedAtATime],
    );
    const entries = rows.map((row) => entryRow.parse(row));
    yield* entries;
    if (entries.length < inspectedAtATime) return;
    after = entries.at(-1)?.sequence ?? null;
  }
}
