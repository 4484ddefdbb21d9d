import { expect, it } from 'vitest';
import { startTestCatalog } from '../kit/test-catalog.ts';

it('lets a server stop although a stream is open', { timeout: 60_000 }, async () => {
  // What a stopping server waits for at most; a stream that nobody ends would take all of it.
  const catalog = await startTestCatalog('empty', { MIA_LIMIT_OPERATION_MS: '3600000' });
  const source = await catalog.app.harvests.registerSource({ name: 'sim', kind: 'XNAT', url: 'https://xnat.invalid' });
  // Nobody takes this run, so its stream goes on.
  const run = await catalog.app.harvests.requestRun({ sourceId: source.id, options: { full: false, digests: false } });
  const response = await fetch(`${catalog.url}/graphql/stream`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${await catalog.token('STEWARD')}`,
    },
    body: JSON.stringify({ query: `subscription { harvestProgress(id: "HarvestRun:${run.id}") { state } }` }),
  });
  const reader = response.body?.getReader();
  let heard = '';
  while (!heard.includes('REQUESTED')) heard += Buffer.from((await reader?.read())?.value ?? []).toString();
  const rest = reader?.read().catch(() => 'cut');
  await catalog.close();
  expect(await rest).toBe('cut');
});
