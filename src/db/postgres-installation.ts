import type { DataSource } from 'typeorm';

/** Facts about this installation that outlive the process, such as "the shipped records were loaded". */
export class PostgresInstallation {
  readonly #db: DataSource;

  constructor(db: DataSource) {
    this.#db = db;
  }

  /** The recorded value of a fact. */
  async read(name: string): Promise<string | undefined> {
    const rows: { value: string }[] = await this.#db.query('SELECT value FROM installation WHERE name = $1', [name]);
    return rows[0]?.value;
  }

  /** Records a fact, over an older value of it. */
  async record(name: string, value: string): Promise<void> {
    await this.#db.query(
      `INSERT INTO installation (name, value) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value, recorded_at = clock_timestamp()`,
      [name, value],
    );
  }

  /** Whether the database answers. */
  async answers(): Promise<boolean> {
    return await this.#db.query('SELECT 1').then(
      () => true,
      () => false,
    );
  }
}
