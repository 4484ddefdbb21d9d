import { connectXnat, startXnatSimulator } from '../../../src/compose-xnat.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { putAccessibility, putProject, putProjectUser } from '../../../src/xnat/index.ts';
import { Hand } from './random-hand.ts';
import { declared, formUuid, mirrorLogin, projectIds } from './random-names.ts';
import { never } from './small-xnat.ts';

type Simulator = Awaited<ReturnType<typeof startXnatSimulator>>;

/** A simulated XNAT with four projects, and a hand that changes it at random through its API. */
export interface RandomWorld {
  readonly simulator: Simulator;
  /** One random change; what the server refuses counts as one, too. */
  step(): Promise<void>;
  /** Gives the mirroring account back all rights. */
  restoreRights(): Promise<void>;
  close(): Promise<void>;
}

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export async function startRandomWorld(random: () => number): Promise<RandomWorld> {
  const simulator = await startXnatSimulator({
    host: '127.0.0.1',
    port: 0,
    users: [{ ...mirrorLogin, role: 'user' }],
    logger: silentLogger,
  });
  const server = connectXnat({
    url: simulator.url,
    credentials: { kind: 'password', login: 'admin', password: 'admin' },
    allowPrivate: true,
    logger: silentLogger,
  });
  for (const project of projectIds) {
    await putProject(server, { id: project, fields: { name: `Project ${project}` } }, never);
    await putAccessibility(server, { project, level: 'public' }, never);
    await putProjectUser(server, { project, group: 'Owners', login: mirrorLogin.login }, never);
    const made = simulator.simulation.world.projects.get(project);
    // XNAT makes declarations in its web pages alone.
    made?.definitions.set('xnat:subjectData', [{ name: declared.subject, datatype: 'integer' }]);
    made?.definitions.set('xnat:mrSessionData', [{ name: declared.session, datatype: 'string' }]);
  }
  simulator.simulation.world.customForms.push({ formUUID: formUuid, title: 'Intake' });
  const hand = new Hand(simulator.simulation.world, server, random);
  return {
    simulator,
    step: () => hand.step(),
    restoreRights: () => hand.restoreRights(),
    close: async () => {
      await server.close(AbortSignal.timeout(2_000)).catch(() => undefined);
      await simulator.close();
    },
  };
}
