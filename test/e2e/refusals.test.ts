import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDatabase, databaseUrl, dropDatabase } from '../kit/database-server.ts';
import { askAt, makeHome, runMia, startMia } from '../kit/mia-process.ts';

const timeout = 180_000;
const server = inject('databaseServer');
const name = `mia_test_${randomBytes(6).toString('hex')}`;
const address = databaseUrl(server, name);
beforeAll(async () => {
  await createDatabase(server, name, inject('databaseTemplates').empty);
});
afterAll(async () => {
  await dropDatabase(server, name);
});

/** The one sentence with which `mia serve` gives up. */
async function refusal(env: Readonly<Record<string, string>>): Promise<string> {
  const { code, told, events } = await runMia(['serve'], { MIA_EMPTY: '1', ...env });
  expect({ code, told }).toEqual({ code: 1, told: [expect.stringMatching(/^[A-Z/].*\.$/)] });
  expect(events).toEqual([]);
  return told[0] ?? '';
}

describe('mia serve gives up with one sentence', () => {
  it(
    'on a port that is taken',
    async () => {
      const holder = createServer();
      const port = await new Promise<number>((resolve) => {
        holder.listen(0, '127.0.0.1', () => {
          const bound = holder.address();
          resolve(typeof bound === 'object' ? (bound?.port ?? 0) : 0);
        });
      });
      expect(await refusal({ DATABASE_URL: address, PORT: String(port) })).toContain(`Port ${port} is taken`);
      holder.close();
    },
    timeout,
  );

  it.each([
    ['a database that is not there', databaseUrl(server, 'mia_nowhere'), /no such database/],
    ['a server that is not there', 'postgresql://127.0.0.1:9/mia', /No PostgreSQL server answers at 127\.0\.0\.1:9/],
    ['a host that is not known', 'postgresql://nowhere.invalid/mia', /host of DATABASE_URL/],
    ['an address of something else', 'mysql://127.0.0.1/mia', /DATABASE_URL must begin with postgresql/],
    ['an address that is no URL', 'postgresql://[', /not a URL/],
  ])(
    'on %s',
    async (_name, url, sentence) => {
      expect(await refusal({ DATABASE_URL: url })).toMatch(sentence);
    },
    timeout,
  );

  it.each([
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PUBLIC_URL', 'ftp://x'],
    ['MIA_EMPTY', 'yes'],
    ['HOST', '192.0.2.1'],
    ['MIA_ADMIN_TOKEN', 'short'],
    ['MIA_ADMIN_TOKEN', 'long enough but with blanks in it, so no header can carry it'],
  ])(
    'on %s=%s, and names it',
    async (variable, value) => {
      expect(await refusal({ DATABASE_URL: address, [variable]: value })).toContain(variable);
    },
    timeout,
  );

  it(
    'on a schema that a newer version wrote',
    async () => {
      const client = new pg.Client({ connectionString: address });
      await client.connect();
      await client.query(
        `INSERT INTO schema_migration ("timestamp", name) VALUES (9999999999999, 'Future9999999999999')`,
      );
      expect(await refusal({ DATABASE_URL: address })).toMatch(/newer version.*Future9999999999999/);
      await client.query(`DELETE FROM schema_migration WHERE name = 'Future9999999999999'`);
      await client.end();
    },
    timeout,
  );

  it(
    'on a data directory that is broken',
    async () => {
      const { home, remove } = makeHome();
      expect((await runMia(['db', 'migrate'], { MIA_HOME: home })).code).toBe(0);
      rmSync(join(home, 'pg', 'PG_VERSION'));
      expect(await refusal({ MIA_HOME: home })).toMatch(/data directory/);
      await remove();
    },
    timeout,
  );
});

it(
  'an admin token that is too short is refused before anything is made in the home',
  async () => {
    const { home, remove } = makeHome();
    expect(await refusal({ MIA_HOME: home, MIA_ADMIN_TOKEN: 'short' })).toContain('MIA_ADMIN_TOKEN');
    expect(existsSync(join(home, 'pg'))).toBe(false);
    await remove();
  },
  timeout,
);

it(
  'a command told --json ends with one JSON object when it fails, too',
  async () => {
    const env = { DATABASE_URL: address };
    const { code, events } = await runMia(['ingest', 'records', 'nowhere.jsonl', '--source', 'x', '--json'], env);
    expect(code).toBe(1);
    expect(events.at(-1)).toMatchObject({ event: 'failed', error: expect.stringContaining('nowhere.jsonl') });
  },
  timeout,
);

it(
  'an admin token from the environment works and is not printed',
  async () => {
    const token = randomBytes(24).toString('hex');
    const server = startMia(['serve'], { DATABASE_URL: address, MIA_EMPTY: '1', MIA_ADMIN_TOKEN: token });
    const { url } = await server.event('ready');
    expect((await askAt(url, '{ viewer { roles } }', token)).data.viewer.roles).toContain('ADMIN');
    const { events } = await server.stop();
    expect(events.map((event) => event.event)).toEqual(['ready']);
  },
  timeout,
);
