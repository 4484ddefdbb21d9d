/** `node writer.ts HOME ROLE`: opens the home, commits single rows for ever and prints each number once acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openEmbeddedDatabase } from '../../../src/db/embedded/index.ts';
import { messageOf } from '../../../src/kernel/errors.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';

const [home = '', role] = process.argv.slice(2);

async function writeForEver(): Promise<void> {
  const database = await openEmbeddedDatabase({ home, role: role === 'serve' ? 'serve' : 'cli', logger: silentLogger });
  process.once('SIGTERM', () => {
    void database.close().then(() => process.exit(0));
  });
  console.log(`open ${database.pid} ${database.port}`);
  let next = 0;
  while (true) {
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('CREATE TABLE IF NOT EXISTS counted (number bigint PRIMARY KEY)');
      const last = await client.query<{ number: string }>('SELECT coalesce(max(number), 0) AS number FROM counted');
      next = Math.max(next, Number(last.rows[0]?.number ?? 0)) + 1;
      for (; ; next += 1) {
        await client.query('INSERT INTO counted VALUES ($1)', [next]);
        console.log(String(next));
      }
    } catch {
      await client.end().catch(() => undefined);
      await sleep(20);
    }
  }
}

await writeForEver().catch((error: unknown) => {
  console.log(`failed ${messageOf(error)}`);
});
