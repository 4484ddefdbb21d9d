import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { askAt, makeHome, postgresLeft, runMia, startMia } from '../kit/mia-process.ts';

const timeout = 180_000;

describe('mia serve', () => {
  it(
    'stopped in the middle of its first load ends well, leaves no PostgreSQL, and goes on at the next start',
    async () => {
      const { home, remove } = makeHome();
      const env = { MIA_HOME: home };
      const first = startMia(['serve'], env);
      await first.event('loading');
      await sleep(1_000);
      const { code, told } = await first.stop();
      expect({ code, told }).toEqual({ code: 0, told: [] });
      expect(await postgresLeft(home, 0)).toEqual([]);
      const second = startMia(['serve'], env);
      const { url } = await second.event('ready');
      const { data } = await askAt(url, '{ catalog { scanCount { ... on ExactCount { value } } } }');
      expect(data.catalog.scanCount.value).toBe(19_340);
      expect((await second.stop()).code).toBe(0);
      await remove();
    },
    timeout,
  );

  it(
    'ends with 2 on a log level that does not exist',
    async () => {
      const { code, told } = await runMia(['serve', '--log-level', 'loud'], {});
      expect(code).toBe(2);
      expect(told[0]).toMatch(/log-level/);
    },
    timeout,
  );
});
