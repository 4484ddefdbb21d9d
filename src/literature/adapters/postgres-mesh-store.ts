import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { type MeshDescriptor, MeshTree } from '../mesh-tree.ts';
import type { MeshStore } from '../ports.ts';

const row = z.object({
  ui: z.string(),
  label: z.string(),
  synonyms: z.array(z.string()),
  treeNumbers: z.array(z.string()),
});

/** Another process may load a tree, or an article name a new heading: looked for this often. */
const freshMs = 5_000;

/** MeSH in PostgreSQL, held in memory: thirty thousand descriptors take some megabytes. */
export class PostgresMeshStore implements MeshStore {
  readonly #db: DataSource;
  readonly #known = new Map<string, MeshDescriptor>();
  #tree = new MeshTree([]);
  #newest = new Date(0);
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(db: DataSource) {
    this.#db = db;
  }

  async tree(): Promise<MeshTree> {
    if (performance.now() - this.#lookedAt > freshMs) await this.#refresh();
    return this.#tree;
  }

  async labels(uis: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (uis.some((ui) => !this.#known.has(ui))) await this.#refresh();
    return new Map(uis.flatMap((ui) => (this.#known.has(ui) ? [[ui, this.#known.get(ui)?.label ?? ui] as const] : [])));
  }

  async load(descriptors: readonly MeshDescriptor[]): Promise<number> {
    const rows: unknown[] = await this.#db.query(
      `INSERT INTO mesh_descriptor AS m (ui, label, synonyms, tree_numbers)
       SELECT r.ui, r.label, r.synonyms, r.tree_numbers
       FROM jsonb_to_recordset($1::jsonb) AS r(ui text, label text, synonyms text[], tree_numbers text[])
       ON CONFLICT (ui) DO UPDATE SET label = excluded.label, synonyms = excluded.synonyms, tree_numbers = excluded.tree_numbers,
         changed_at = now()
         WHERE (m.label, m.synonyms, m.tree_numbers) IS DISTINCT FROM (excluded.label, excluded.synonyms, excluded.tree_numbers)
       RETURNING m.ui`,
      [
        JSON.stringify(
          descriptors.map(({ ui, label, synonyms, treeNumbers }) => ({
            ui,
            label,
            synonyms,
            tree_numbers: treeNumbers,
          })),
        ),
      ],
    );
    return rows.length;
  }

  async #refresh(): Promise<void> {
    this.#lookedAt = performance.now();
    // A second back: a transaction that began before the last look may have ended after it.
    const since = new Date(this.#newest.getTime() - 60_000);
    const rows: { changedAt: Date }[] = await this.#db.query(
      `SELECT d.ui, d.label, d.synonyms, d.tree_numbers AS "treeNumbers", d.changed_at AS "changedAt"
       FROM mesh_descriptor d WHERE d.changed_at >= $1`,
      [since],
    );
    let changed = false;
    for (const each of rows) {
      const descriptor = row.parse(each);
      if (each.changedAt > this.#newest) this.#newest = each.changedAt;
      changed ||= JSON.stringify(this.#known.get(descriptor.ui)) !== JSON.stringify(descriptor);
      this.#known.set(descriptor.ui, descriptor);
    }
    if (changed) this.#tree = new MeshTree([...this.#known.values()]);
  }
}
