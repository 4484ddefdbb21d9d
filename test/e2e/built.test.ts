import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askAt, type Ending, type MiaProcess, makeHome, runMia, startMia } from '../kit/mia-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = `${root}dist/bin/mia.js`;

describe('a built catalog', { timeout: 180_000 }, () => {
  const { home, remove } = makeHome();
  const env = { MIA_HOME: home };
  let server: MiaProcess;

  beforeAll(async () => {
    execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'ignore' });
    server = startMia(['serve'], env, program);
    await server.event('ready');
  }, 300_000);
  afterAll(async () => {
    await server.stop();
    await remove();
  });

  it('finds the threads it is made of: its index is filled', async () => {
    const verify = (): Promise<Ending> => runMia(['search', 'verify', '--json'], env, program);
    let ending = await verify();
    for (; ending.code !== 0; ending = await verify()) await sleep(500);
    expect(ending.events.at(-1)).toMatchObject({ event: 'done', missing: 0 });
  });

  it('has the pipelines and the models that are shipped', async () => {
    const { url } = await server.event('ready');
    const { data } = await askAt(url, '{ pipelines { reference } }');
    expect(data.pipelines).toContainEqual({ reference: 'impute-clinical@1' });
    const { events } = await runMia(['model', 'list', '--json'], env, program);
    const [listed] = events;
    expect(listed.models).toContainEqual(expect.objectContaining({ name: 'minilm', installed: true }));
  });
});
