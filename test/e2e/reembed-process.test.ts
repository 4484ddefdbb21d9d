import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it, vi } from 'vitest';
import { askAt, type MiaProcess, makeHome, runMia, startMia } from '../kit/mia-process.ts';
import { writeRandomBert } from '../kit/random-bert.ts';

const { home, remove } = makeHome();
const folder = join(home, 'random-bert');
let server: MiaProcess | undefined;
afterAll(async () => {
  await server?.stop();
  await remove();
}, 60_000);

async function metaOf(url: string): Promise<any> {
  const { data } = await askAt(
    url,
    '{ searchDatasets(text: "glioblastoma MRI") { edges { node { slug } } meta { engine model degraded } } }',
  );
  return data.searchDatasets.meta;
}

it('answers with the old model while another is embedded, then with the new one', async () => {
  server = startMia(['serve'], { MIA_HOME: home });
  const first = await server.event('ready');
  await vi.waitFor(async () => expect(await metaOf(first.url)).toMatchObject({ model: 'minilm', degraded: false }), {
    timeout: 120_000,
    interval: 200,
  });
  await server.stop();

  // 768 numbers for each text in place of 384, and 12 layers in place of 6: it takes its time.
  writeRandomBert(folder);
  const env = { MIA_HOME: home, MIA_MODEL: folder };
  server = startMia(['serve'], env);
  const { url } = await server.event('ready');
  const seen: string[] = [];
  const deadline = Date.now() + 200_000;
  while (seen.at(-1) !== folder && Date.now() < deadline) {
    const { model } = await metaOf(url);
    if (model !== seen.at(-1)) seen.push(model);
    await sleep(50);
  }
  // By words alone until both models are loaded; from then on never without one.
  expect(seen.filter((model) => model !== 'none')).toEqual(['minilm', folder]);
  expect(seen.lastIndexOf('none')).toBeLessThan(1);

  const last = async (...args: string[]): Promise<any> =>
    (await runMia(['search', ...args, '--json'], env)).events.at(-1);
  expect(await last('reembed')).toEqual({ event: 'done', documents: 0 });
  expect(await last('verify')).toEqual({ event: 'done', missing: 0, stale: 0, surplus: 0, forbidden: 0 });
}, 400_000);
