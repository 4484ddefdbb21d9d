import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askAt, type MiaProcess, makeHome, postgresLeft, runMia, startMia } from '../kit/mia-process.ts';

const timeout = 180_000;
const whoAmI = '{ viewer { name roles } }';

describe('mia serve on a home of its own', () => {
  const { home, remove } = makeHome();
  const env = { MIA_HOME: home, MIA_EMPTY: '1' };
  let server: MiaProcess;
  let token = '';
  let url = '';
  beforeAll(async () => {
    server = startMia(['serve'], env);
    url = (await server.event('ready')).url;
    token = (await server.event('adminToken')).token;
  }, timeout);
  afterAll(async () => {
    await server.stop();
    await remove();
  }, timeout);

  it('tells the admin token before it says that it is ready', async () => {
    const lines: string[] = [];
    const names = ['adminToken', 'ready'];
    for (const name of names) lines.push((await server.event(name)).event);
    expect(lines).toEqual(names);
    expect(token).toMatch(/^mia_[\w-]{43}$/);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('takes the token as the admin', async () => {
    const { data } = await askAt(url, whoAmI, token);
    expect(data.viewer.roles).toContain('ADMIN');
  });

  it('takes a caller without a token as a guest, and one with a wrong token not at all', async () => {
    expect((await askAt(url, whoAmI)).data.viewer).toEqual({ name: null, roles: ['GUEST'] });
    const { errors } = await askAt(url, whoAmI, `${token}x`);
    expect(errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });

  it('loads no datasets when told to stay empty', async () => {
    expect((await askAt(url, '{ datasets { nodes { slug } } }')).data.datasets.nodes).toEqual([]);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it(
    'keeps a second serve off its home',
    async () => {
      const { code, told } = await runMia(['serve'], env);
      expect(code).toBe(1);
      expect(told).toEqual([expect.stringMatching(/^[^\n]+\.$/)]);
    },
    timeout,
  );

  it(
    'shows records at once that the command line takes in beside it',
    async () => {
      const file = join(home, 'records.jsonl');
      writeFileSync(
        file,
        `${JSON.stringify({ sourceId: 'a', title: 'Lung set', description: 'Lungs.', accessClass: 'OPEN' })}\n`,
      );
      const args = ['ingest', 'records', file, '--source', 'x', '--publish', '--json'];
      const first = await runMia(args, env);
      expect(first.code).toBe(0);
      expect(first.events.at(-1)).toMatchObject({ event: 'done', accepted: 1, unchanged: 0, rejected: 0 });
      expect(first.events.at(-1).durationMs).toEqual(expect.any(Number));
      const { data } = await askAt(url, '{ dataset(slug: "lung-set") { title status } }');
      expect(data.dataset).toEqual({ title: 'Lung set', status: 'PUBLISHED' });
      const again = await runMia(args, env);
      expect(again.events.at(-1)).toMatchObject({ accepted: 0, unchanged: 1, rejected: 0 });
    },
    timeout,
  );

  it(
    'ends an ingest with rejections with 3, and takes the good ones',
    async () => {
      const file = join(home, 'mixed.jsonl');
      writeFileSync(file, '{"sourceId":"b","title":"Good","description":"d"}\nnot json\n{"sourceId":"c"}\n');
      const { code, events } = await runMia(['ingest', 'records', file, '--source', 'x', '--json'], env);
      expect(code).toBe(3);
      expect(events.at(-1)).toMatchObject({ event: 'done', accepted: 1, rejected: 2 });
    },
    timeout,
  );

  it(
    'ends an ingest of a file that cannot be read with one sentence and 1',
    async () => {
      for (const file of [join(home, 'missing.jsonl'), home]) {
        const { code, told } = await runMia(['ingest', 'records', file, '--source', 'x'], env);
        expect({ code, told }).toEqual({ code: 1, told: [expect.stringMatching(/cannot be read.*\.$/)] });
      }
    },
    timeout,
  );

  it(
    'leaves no PostgreSQL and no second token behind when it is stopped and started again',
    async () => {
      const ending = await server.stop();
      expect(ending.code).toBe(0);
      expect(ending.told).toEqual([]);
      expect(await postgresLeft(home, 0)).toEqual([]);
      server = startMia(['serve'], env);
      url = (await server.event('ready')).url;
      expect((await askAt(url, whoAmI, token)).data.viewer.roles).toContain('ADMIN');
      expect((await askAt(url, '{ dataset(slug: "lung-set") { slug } }')).data.dataset).toEqual({ slug: 'lung-set' });
      const { events } = await server.stop();
      expect(events.map((event) => event.event)).toEqual(['ready']);
    },
    timeout,
  );
});

describe('mia on the command line', () => {
  it.each([
    ['an unknown command', ['fly']],
    ['a missing argument', ['ingest', 'records']],
    ['a missing option', ['ingest', 'records', 'file.jsonl']],
    ['an unknown option', ['serve', '--fly']],
    ['an unknown role', ['serve', '--role', 'pilot']],
  ])(
    'ends with 2 on %s',
    async (_name, args) => {
      expect((await runMia(args, {})).code).toBe(2);
    },
    timeout,
  );

  it(
    'ends with 0 on --help',
    async () => {
      const child = startMia(['--help'], {}).child;
      child.stdout?.removeAllListeners('data');
      const code = await new Promise((resolve) => child.once('exit', resolve));
      expect(code).toBe(0);
    },
    timeout,
  );
});

it(
  'a first load that was killed is finished by the next start',
  async () => {
    const { home, remove } = makeHome();
    const env = { MIA_HOME: home };
    const first = startMia(['serve'], env);
    await first.event('loading');
    await sleep(1_500);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = startMia(['serve'], env);
    const { url } = await second.event('ready');
    const { data } = await askAt(url, '{ catalog { scanCount { ... on ExactCount { value } } } }');
    expect(data.catalog.scanCount.value).toBe(19_340);
    expect((await second.stop()).code).toBe(0);
    await remove();
  },
  timeout,
);
