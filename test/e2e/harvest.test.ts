import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askAt, type MiaProcess, makeHome, runMia, startMia } from '../kit/mia-process.ts';

const adminToken = 'a'.repeat(40);

/** A simulator of its own, at a port that `mia` is told. */
async function simulator(
  args: readonly string[] = [],
): Promise<{ readonly url: string; readonly process: MiaProcess }> {
  const process = startMia(
    ['xnat-simulator', '--port', '0', '--load', 'idc', '--collections', 'cptac_pda', ...args],
    {},
  );
  const { url } = await process.event('ready');
  return { url, process };
}

function environment(home: string, url: string): Record<string, string> {
  return {
    MIA_HOME: home,
    MIA_EMPTY: '1',
    MIA_ADMIN_TOKEN: adminToken,
    XNAT_URL: url,
    XNAT_USER: 'admin',
    XNAT_PASSWORD: 'admin',
    XNAT_ALLOW_PRIVATE: '1',
  };
}

describe('mia serve with an XNAT', () => {
  const { home, remove } = makeHome();
  let xnat: Awaited<ReturnType<typeof simulator>>;
  let served: MiaProcess;
  let url: string;
  beforeAll(async () => {
    xnat = await simulator();
    served = startMia(['serve', '--log-level', 'warn'], { ...environment(home, xnat.url), XNAT_NAME: 'sim' });
    url = (await served.event('ready')).url;
  });
  afterAll(async () => {
    await served.stop();
    await xnat.process.stop();
    await remove();
  });

  async function runs(): Promise<any[]> {
    const { data } = await askAt(
      url,
      '{ harvestRuns { nodes { id state error source { name running } report { added unchanged requests lagMs } } totalCount { ... on ExactCount { value } } } }',
      adminToken,
    );
    return data.harvestRuns.nodes;
  }

  it('mirrors by itself at the start, and says so', async () => {
    for (let waited = 0; waited < 120 && !(await runs()).some((run) => run.state === 'SUCCEEDED'); waited += 1)
      await delay(500);
    const [first] = await runs();
    expect(first).toMatchObject({
      state: 'SUCCEEDED',
      error: null,
      source: { name: 'sim' },
      report: { added: 2_226, unchanged: 0, lagMs: null },
    });
    const { data } = await askAt(url, '{ dataSources { name kind url freshAt lastRun { state } } }', adminToken);
    expect(data.dataSources).toEqual([
      {
        name: 'sim',
        kind: 'XNAT',
        url: xnat.url,
        freshAt: expect.stringMatching(/^20/),
        lastRun: { state: 'SUCCEEDED' },
      },
    ]);
  });

  it('runs what a steward asks for, and streams how far it is until it has ended', async () => {
    const { data } = await askAt(
      url,
      'mutation { startHarvest(input: { source: "sim" }) { run { id state requestedBy } } }',
      adminToken,
    );
    const { id, ...asked } = data.startHarvest.run;
    expect(asked).toMatchObject({ state: 'REQUESTED' });
    const response = await fetch(`${url}/graphql/stream`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${adminToken}`,
      },
      body: JSON.stringify({
        query:
          'subscription($id: ID!) { harvestProgress(id: $id) { state progress { step } report { added unchanged } } }',
        variables: { id },
      }),
    });
    expect(response.headers.get('content-type')).toMatch(/text\/event-stream/);
    // The stream ends with the run: reading it whole is waiting for that.
    const events = (await response.text()).split('\n\n').filter((block) => block.includes('event: next'));
    const last = JSON.parse(events.at(-1)?.split('data: ')[1] ?? '{}');
    expect(last.data.harvestProgress).toMatchObject({ state: 'SUCCEEDED', report: { added: 0, unchanged: 2_226 } });
    const { data: trail } = await askAt(
      url,
      '{ auditEntries(where: { action: "harvest.start" }) { nodes { outcome } } }',
      adminToken,
    );
    expect(trail.auditEntries.nodes).toEqual([{ outcome: 'DONE' }]);
  });

  it('refuses streams to guests, streams of anything but subscriptions, and what it does not know', async () => {
    const stream = async (query: string, token?: string): Promise<string> => {
      const response = await fetch(`${url}/graphql/stream`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query }),
      });
      return await response.text();
    };
    const unknown = 'subscription { harvestProgress(id: "HarvestRun:00000000-0000-4000-8000-000000000000") { state } }';
    expect(await stream(unknown)).toContain('UNAUTHENTICATED');
    expect(await stream(unknown, adminToken)).toContain('NOT_FOUND');
    expect(await stream('{ dataSources { name } }', adminToken)).toContain('Only subscriptions');
    expect(await stream('subscription { nonsense }', adminToken)).toContain('nonsense');
    expect(await stream('subscription {', adminToken)).toMatch(/Syntax Error/);
    const { errors } = await askAt(
      url,
      'mutation { startHarvest(input: { source: "none" }) { run { id } } }',
      adminToken,
    );
    expect(errors[0]).toMatchObject({
      message: 'There is no data source of this name; there are "sim".',
      extensions: { code: 'NOT_FOUND' },
    });
  });
});

describe('mia ingest xnat', () => {
  it('goes on after any kill -9, and ends with what an undisturbed run has', async () => {
    const { home, remove } = makeHome();
    const xnat = await simulator(['--latency-ms', '3']);
    const env = environment(home, xnat.url);
    try {
      for (const afterMs of [1_500, 2_500, 3_500, 2_000]) {
        const running = startMia(['ingest', 'xnat', '--server', 'sim', '--json'], env);
        await Promise.race([delay(afterMs), running.ended]);
        running.child.kill('SIGKILL');
        await running.ended;
      }
      const last = await runMia(['ingest', 'xnat', '--server', 'sim', '--json'], env);
      expect(last.told).toEqual([]);
      expect(last.code).toBe(0);
      const again = await runMia(['ingest', 'xnat', '--server', 'sim', '--full', '--json'], env);
      const done = again.events.at(-1);
      expect(done).toMatchObject({ event: 'done', added: 0, changed: 0, removed: 0, unchanged: 2_226, rejected: 0 });
      expect(done.requests).toBeGreaterThan(0);
      expect(done.bytes).toBeGreaterThan(0);
    } finally {
      await xnat.process.stop();
      await remove();
    }
  });

  it('says what is missing, what is wrong, and changes nothing', async () => {
    const { home, remove } = makeHome();
    try {
      const none = await runMia(['ingest', 'xnat', '--server', 'sim'], { MIA_HOME: home });
      expect([none.code, none.told.join(' ')]).toEqual([1, expect.stringContaining('set XNAT_URL')]);
      const half = await runMia(['ingest', 'xnat'], {
        MIA_HOME: home,
        XNAT_URL: 'https://xnat.invalid',
        XNAT_USER: 'ann',
      });
      expect([half.code, half.told.join(' ')]).toEqual([
        1,
        expect.stringContaining('XNAT_USER and XNAT_PASSWORD must be set together'),
      ]);
      const name = await runMia(['ingest', 'xnat', '--server', 'a b'], { MIA_HOME: home });
      expect(name.code).toBe(2);
      const mapping = await runMia(
        ['ingest', 'xnat', '--mapping', '/nowhere.yaml'],
        environment(home, 'http://127.0.0.1:9'),
      );
      expect([mapping.code, mapping.told.join(' ')]).toEqual([
        1,
        expect.stringContaining('The mapping /nowhere.yaml cannot be used'),
      ]);
    } finally {
      await remove();
    }
  });
});
