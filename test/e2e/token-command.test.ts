import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDatabase, databaseUrl, dropDatabase } from '../kit/database-server.ts';
import { askAt, type Ending, runMia, startMia } from '../kit/mia-process.ts';

const timeout = 180_000;
const server = inject('databaseServer');
const name = `mia_test_${randomBytes(6).toString('hex')}`;
const address = databaseUrl(server, name);
const env = { DATABASE_URL: address, MIA_EMPTY: '1' };
beforeAll(async () => {
  await createDatabase(server, name, inject('databaseTemplates').shipped);
});
afterAll(async () => {
  await dropDatabase(server, name);
});

async function mia(...args: readonly string[]): Promise<Ending> {
  return await runMia(args, env);
}

async function sql(statement: string): Promise<any[]> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Asks a server that runs for as long as this takes. */
async function served<T>(ask: (url: string) => Promise<T>, more: Readonly<Record<string, string>> = {}): Promise<T> {
  const process = startMia(['serve'], { ...env, ...more });
  const { url } = await process.event('ready');
  try {
    return await ask(url);
  } finally {
    await process.stop();
  }
}

describe('mia token', () => {
  it(
    'makes a token that works, lists it without its secret, and ends it; the trail has it under cli',
    async () => {
      const create = [
        'create',
        '--principal',
        'robot',
        '--role',
        'steward',
        '--name',
        'nightly',
        '--expires-in',
        '90d',
      ];
      const made = await mia('token', ...create, '--json');
      expect({ code: made.code, told: made.told }).toEqual({ code: 0, told: [] });
      const { token, id, expiresAt } = made.events.at(-1);
      expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(89.9 * 86_400_000);
      const listed = (await mia('token', 'list', '--json')).events.at(-1);
      expect(JSON.stringify(listed)).not.toContain(token);
      expect(listed.tokens).toContainEqual(expect.objectContaining({ id, principal: 'robot', roles: ['STEWARD'] }));
      const viewers = await served(async (url) => {
        const before = await askAt(url, '{ viewer { name roles } }', token);
        const revoked = await mia('token', 'revoke', id, '--json');
        return { before, revoked, after: await askAt(url, '{ viewer { name } }', token) };
      });
      expect(viewers.before.data.viewer).toEqual({ name: 'robot', roles: ['GUEST', 'RESEARCHER', 'STEWARD'] });
      expect(viewers.revoked.events.at(-1)).toEqual({ event: 'done', id, revoked: true });
      expect(viewers.after.errors[0].extensions.code).toBe('UNAUTHENTICATED');
      const trail = await sql(
        `SELECT e.action FROM audit_entry e JOIN principal p ON p.id = e.actor WHERE p.name = 'cli' AND e.object_id IN
         ('${id.split(':')[1]}', (SELECT id::text FROM principal WHERE name = 'robot')) ORDER BY e.sequence`,
      );
      expect(trail.map((row) => row.action)).toEqual(['role.grant', 'accessToken.create', 'accessToken.revoke']);
    },
    timeout,
  );

  it(
    'makes one for a single dataset',
    async () => {
      const create = [
        'create',
        '--principal',
        'hospital',
        '--role',
        'STEWARD',
        '--name',
        'upload',
        '--dataset',
        'adni',
      ];
      const { token, datasetIds } = (await mia('token', ...create, '--json')).events.at(-1);
      expect(datasetIds).toHaveLength(1);
      const { data } = await served(
        async (url) => await askAt(url, '{ viewer { roles grants { role dataset { slug } } } }', token),
      );
      expect(data.viewer).toEqual({ roles: ['GUEST'], grants: [{ role: 'STEWARD', dataset: { slug: 'adni' } }] });
    },
    timeout,
  );

  it.each([
    ['a role there is not', 2, ['create', '--principal', 'p', '--name', 'n', '--role', 'KING']],
    [
      'a span that is none',
      2,
      ['create', '--principal', 'p', '--name', 'n', '--role', 'GUEST', '--expires-in', 'soon'],
    ],
    ['no principal', 2, ['create', '--name', 'n', '--role', 'GUEST']],
    [
      'a dataset there is not',
      1,
      ['create', '--principal', 'p', '--name', 'n', '--role', 'GUEST', '--dataset', 'none'],
    ],
    ['a principal of the system', 1, ['create', '--principal', 'cli', '--name', 'n', '--role', 'GUEST']],
    ['a token there is not', 1, ['revoke', 'AccessToken:1']],
  ])(
    'refuses %s with exit code %i and a sentence',
    async (_what, code, args) => {
      const ending = await mia('token', ...args);
      expect(ending.code).toBe(code);
      expect(ending.told.join('\n')).toMatch(/\w+/);
      expect(ending.told.join('\n')).not.toContain('    at ');
    },
    timeout,
  );
});

describe('mia audit verify', () => {
  it(
    'prints the head of a whole trail, and exits with 1 and the place of a broken one',
    async () => {
      const whole = await mia('audit', 'verify', '--json');
      expect(whole.code).toBe(0);
      const { sound, entries, head } = whole.events.at(-1);
      expect([sound, head.sequence]).toEqual([true, entries]);
      expect((await mia('audit', 'verify', '--expect-head', head.hash)).code).toBe(0);
      const foreign = await mia('audit', 'verify', '--expect-head', 'f'.repeat(64), '--json');
      expect([foreign.code, foreign.events.at(-1).broken.kind]).toEqual([1, 'HEAD']);
      await sql(
        `ALTER TABLE audit_entry DISABLE TRIGGER USER; UPDATE audit_entry SET outcome = 'REFUSED' WHERE sequence = 2;
         ALTER TABLE audit_entry ENABLE TRIGGER USER`,
      );
      const broken = await mia('audit', 'verify', '--json');
      expect(broken.code).toBe(1);
      expect(broken.events.at(-1)).toMatchObject({
        event: 'done',
        sound: false,
        entries: 1,
        broken: { kind: 'CHANGED', sequence: 2, message: expect.stringContaining('Entry 2 was changed') },
      });
    },
    timeout,
  );

  it(
    'refuses a head that is no hash as wrong usage',
    async () => {
      expect((await mia('audit', 'verify', '--expect-head', 'x')).code).toBe(2);
    },
    timeout,
  );
});

describe('MIA_ADMIN_TOKEN', () => {
  it(
    'ends the token it was before, and brings it back when it is that one again',
    async () => {
      const [first, second] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
      const query = '{ viewer { roles } }';
      const roles = async (token: string, chosen: string): Promise<string[] | undefined> =>
        await served(async (url) => (await askAt(url, query, token)).data?.viewer.roles, { MIA_ADMIN_TOKEN: chosen });
      expect(await roles(first, first)).toContain('ADMIN');
      expect(await roles(first, second)).toBeUndefined();
      expect(await roles(second, second)).toContain('ADMIN');
      expect(await roles(first, first)).toContain('ADMIN');
      expect(await roles(second, first)).toBeUndefined();
    },
    timeout,
  );

  it(
    'is refused when it is an access token of somebody else',
    async () => {
      const made = await mia('token', 'create', '--principal', 'guest-x', '--role', 'GUEST', '--name', 'n', '--json');
      const { code, told } = await runMia(['serve'], { ...env, MIA_ADMIN_TOKEN: made.events.at(-1).token });
      expect([code, told]).toEqual([1, [expect.stringContaining('MIA_ADMIN_TOKEN')]]);
    },
    timeout,
  );
});
