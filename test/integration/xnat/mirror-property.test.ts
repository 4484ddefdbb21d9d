import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageOf } from '../../../src/kernel/errors.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';
import { expectedRows, heldRows, slugOf } from './expected-rows.ts';
import { mirror, rowsOf } from './mirror-kit.ts';
import { mirrorLogin, projectIds } from './random-names.ts';
import { type RandomWorld, randomOf, startRandomWorld } from './random-world.ts';

const steps = Number(process.env['MIA_MIRROR_STEPS'] ?? 10_000);
const seed = Number(process.env['MIA_MIRROR_SEED'] ?? Date.now() % 1_000_000_007);
const stepsPerRound = 200;
const account = { user: mirrorLogin.login, password: mirrorLogin.password };
/** Every kind of fault that a mirror can meet; each ends by itself. */
const faults = [
  { kind: 'unauthorized' },
  { kind: 'unavailable' },
  { kind: 'server-error' },
  { kind: 'forbidden' },
  { kind: 'slow', delayMs: 30 },
  { kind: 'truncated' },
  { kind: 'reset' },
  { kind: 'html-login' },
  { kind: 'shuffled-pages' },
  { kind: 'vanishing-rows' },
  { kind: 'missing-total-records' },
  { kind: 'empty-digest' },
  { kind: 'unknown-xsi-type' },
  { kind: 'duplicate-keys' },
  { kind: 'token-expired' },
];

describe('the mirror of an XNAT that changes at random', () => {
  let catalog: TestCatalog;
  let world: RandomWorld;
  const random = randomOf(seed);
  beforeAll(async () => {
    catalog = await startTestCatalog('empty', { MIA_LIMIT_COST: '2000000000', MIA_LIMIT_OPERATION_MS: '60000' });
    world = await startRandomWorld(random);
  });
  afterAll(async () => {
    await world.close();
    await catalog.close();
  });

  /** One mirroring in the middle of changes, with faults, cut off now and then. */
  async function disturbedRun(): Promise<string> {
    const { faults: book } = world.simulator.simulation;
    const fault = faults[Math.floor(random() * faults.length)];
    if (random() < 0.7 && fault !== undefined)
      book.add({
        skip: Math.floor(random() * 40),
        times: 1 + Math.floor(random() * 6),
        delayMs: 30,
        trickle: false,
        offsetMinutes: 0,
        xsiType: 'ext:alienSessionData',
        rows: 1,
        ...fault,
      } as Parameters<typeof book.add>[0]);
    const cut = new AbortController();
    if (random() < 0.4) void delay(random() * 600).then(() => cut.abort());
    const meanwhile = (async () => {
      for (let count = 0; count < 20; count += 1) await world.step();
    })();
    const outcome = await mirror(catalog, world.simulator.url, {
      account,
      signal: cut.signal,
      options: { digests: random() < 0.1 },
    }).then(
      () => 'done',
      (error: unknown) => messageOf(error),
    );
    await meanwhile;
    book.clear();
    return outcome;
  }

  it(`equals it exactly after ${steps} changes, faults and cuts (MIA_MIRROR_SEED=${seed})`, {
    timeout: 1_800_000,
  }, async () => {
    const outcomes = new Map<string, number>();
    for (let done = 0; done < steps; done += stepsPerRound) {
      for (let count = 0; count < stepsPerRound - 20; count += 1) await world.step();
      const outcome = await disturbedRun();
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    await world.restoreRights();
    const report = await mirror(catalog, world.simulator.url, { account });
    expect(report.rejected).toEqual([]);
    const token = await catalog.token('ADMIN');
    for (const project of projectIds) {
      const held = heldRows(await rowsOf(catalog, slugOf(project), token));
      expect(held, `${project}, seed ${seed}`).toEqual(expectedRows(world.simulator.simulation.world, project));
    }
    // Both ends of the test were reached: runs that ended, and runs that did not.
    expect(outcomes.get('done') ?? 0).toBeGreaterThan(0);
    expect(outcomes.size).toBeGreaterThan(1);
    const again = await mirror(catalog, world.simulator.url, { account });
    expect(again).toMatchObject({ added: 0, changed: 0, removed: 0, rejected: [] });
  });
});
