import pg from 'pg';

const tables = ['subject', 'imaging_session', 'scan', 'resource', 'assessor'] as const;

/** Everything that the rows of a catalog say, in a few numbers: equal ones mean equal rows. */
export interface RowsFingerprint {
  /** Per table: how many rows, and the sum of the digests of all their columns. */
  readonly rows: Readonly<Record<string, string>>;
  /** Rows whose counters on the dataset do not say how many there are, and rows without a parent. */
  readonly faults: number;
}

/** Reads the fingerprint of the rows of a database. */
export async function fingerprintRows(url: string): Promise<RowsFingerprint> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const rows: Record<string, string> = {};
    for (const table of tables) {
      const found = await client.query<{ print: string }>(
        `SELECT count(*) || ' ' || coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0) AS print FROM "${table}" t`,
      );
      rows[table] = found.rows[0]?.print ?? '';
    }
    const faults = await client.query<{ n: string }>(
      `SELECT (SELECT count(*) FROM scan c WHERE NOT EXISTS (SELECT 1 FROM imaging_session e WHERE e.id = c.session_id))
            + (SELECT count(*) FROM resource r WHERE NOT EXISTS (SELECT 1 FROM scan c WHERE c.id = r.scan_id) AND r.scan_id IS NOT NULL)
            + (SELECT count(*) FROM imaging_session e WHERE NOT EXISTS (SELECT 1 FROM subject t WHERE t.id = e.subject_id))
            + (SELECT count(*) FROM subject t WHERE NOT EXISTS (SELECT 1 FROM subject_statement o WHERE o.subject_id = t.id))
            + (SELECT count(*) FROM dataset d WHERE d.held_scans <> (SELECT count(*) FROM scan c WHERE c.dataset_id = d.id AND c.retired_at IS NULL)) AS n`,
    );
    return { rows, faults: Number(faults.rows[0]?.n) };
  } finally {
    await client.end();
  }
}
