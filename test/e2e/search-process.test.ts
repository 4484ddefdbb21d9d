import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askAt, type Ending, type MiaProcess, makeHome, runMia, startMia } from '../kit/mia-process.ts';

const timeout = 180_000;
const clean = { missing: 0, stale: 0, surplus: 0, forbidden: 0 };

describe('the index of a served catalog', () => {
  const { home, remove } = makeHome();
  const env = { MIA_HOME: home };
  let server: MiaProcess;
  const last = (ending: Ending): any => ending.events.at(-1);

  async function verified(): Promise<Ending> {
    const deadline = Date.now() + 90_000;
    for (;;) {
      const ending = await runMia(['search', 'verify', '--json'], env);
      if (ending.code === 0 || Date.now() > deadline) return ending;
      await sleep(500);
    }
  }

  beforeAll(async () => {
    server = startMia(['serve'], env);
    await server.event('ready');
    // The first generation is made, and its records are being encoded.
    const folder = join(home, 'search');
    while (!existsSync(folder) || readdirSync(folder, { recursive: true }).length < 2) await sleep(5);
    server.child.kill('SIGKILL');
    await server.ended;
    server = startMia(['serve'], env);
    await server.event('ready');
  }, timeout);
  afterAll(async () => {
    await server.stop();
    await remove();
  }, timeout);

  it(
    'catches up after a kill in the middle of its first filling, and lacks nothing then',
    async () => {
      const ending = await verified();
      expect(last(ending)).toEqual({ event: 'done', ...clean });
      expect(ending.code).toBe(0);
    },
    timeout,
  );

  it(
    'is searched from the command line',
    async () => {
      const { hits, meta } = last(await runMia(['search', 'glioblastoma', 'MRI', '--json'], env));
      expect(hits[0].slug).toBe('upenn-gbm');
      expect(meta).toMatchObject({ engine: 'sqlite', model: 'minilm', degraded: false });
    },
    timeout,
  );

  it(
    'is built anew from the command line while the server answers from it',
    async () => {
      const { code, events } = await runMia(['search', 'rebuild', '--json'], env);
      expect(code).toBe(0);
      expect(events.at(-1)).toMatchObject({ event: 'done', rejected: 0 });
      const { url } = await server.event('ready');
      const { data } = await askAt(
        url,
        '{ searchDatasets(text: "autism") { edges { node { slug } } meta { engine } } }',
      );
      expect(data.searchDatasets.edges[0].node.slug).toBe('abide');
      expect(data.searchDatasets.meta.engine).toBe('sqlite');
      expect(last(await verified())).toEqual({ event: 'done', ...clean });
    },
    timeout,
  );
});
