import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServe } from './child-server.ts';
import type { Figure } from './figure.ts';
import type { RowsFingerprint } from './fingerprint-rows.ts';
import { ingestAndKill, ingestIndex } from './ingest-process.ts';

const kills = 5;

/**
 * Loads an index and kills the load five times in the middle by SIGKILL, then lets it end.
 * @param undisturbed - the rows of a load of the same files that nothing disturbed
 * @param fingerprint - reads the rows of a home whose server runs
 */
export async function measureKills(
  name: string,
  files: readonly string[],
  {
    undisturbed,
    series,
    fingerprint,
  }: {
    readonly undisturbed: RowsFingerprint;
    readonly series: number;
    readonly fingerprint: (home: string) => Promise<RowsFingerprint>;
  },
): Promise<Figure[]> {
  const home = await mkdtemp(join(tmpdir(), 'mia-bench-'));
  const server = await startServe({ MIA_HOME: home, MIA_EMPTY: '1' });
  try {
    let done = 0;
    for (let kill = 1; kill <= kills; kill += 1) {
      done = await ingestAndKill(home, files, Math.round((series * kill) / (kills + 1)));
    }
    const last = await ingestIndex(home, files);
    const { rows, faults } = await fingerprint(home);
    const tables = Object.keys(undisturbed.rows);
    const different = tables.filter((table) => rows[table] !== undisturbed.rows[table]);
    for (const table of different)
      process.stderr.write(`${table}: ${rows[table] ?? ''} is not ${undisturbed.rows[table] ?? ''}\n`);
    const equal = tables.length - different.length;
    return [
      {
        name: `${name}: tables equal to an undisturbed load after ${kills} kills`,
        value: equal,
        unit: 'tables',
        target: `= ${tables.length}`,
        met: equal === tables.length,
      },
      {
        name: `${name}: orphans and wrong counters after ${kills} kills`,
        value: faults,
        unit: 'rows',
        target: '= 0',
        met: faults === 0,
      },
      {
        name: `${name}: series lost by the last kill of what had been reported done`,
        value: Math.max(0, done - last.unchanged),
        unit: 'series',
        target: '= 0',
        met: last.unchanged >= done,
      },
    ];
  } finally {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  }
}
