import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../../kernel/logger.ts';
import { Accounts, groupIdOf, type SimUser } from '../accounts.ts';
import { FaultBook } from '../faults.ts';
import { SimClock } from '../sim-clock.ts';
import type { Simulation } from '../simulation.ts';
import { World } from '../world.ts';
import { type Listener, listen } from './http-listener.ts';
import { loadAbide } from './load-abide.ts';
import { loadIdc } from './load-idc.ts';

/** An account besides admin; `memberships` are project → role. */
export interface SimAccount extends SimUser {
  readonly memberships?: Readonly<Record<string, string>> | undefined;
}

/** What to simulate. */
export interface SimulatorOptions {
  readonly host: string;
  readonly port: number;
  readonly users: readonly SimAccount[];
  readonly idc?:
    | { readonly folder: string; readonly collections: readonly string[]; readonly copies?: number | undefined }
    | undefined;
  /** ABIDE's phenotypic table. */
  readonly abide?: { readonly path: string } | undefined;
  /** Folder of XSD files to serve instead of our own documents. */
  readonly schemas?: string | undefined;
  readonly latencyMs?: number | undefined;
  readonly tokenLifeMs?: number | undefined;
  readonly logger: Logger;
}

/** A running simulator. */
export interface RunningSimulator extends Listener {
  readonly simulation: Simulation;
}

const loadedBy = 'loader';
/** Everything is loaded at one instant in the past, so that first syncs are the same on every day. */
const loadedAt = Date.parse('2026-01-01T00:00:00Z');
const dayMs = 24 * 60 * 60_000;

/** Loads the sources, makes the accounts (admin / admin always) and listens. @throws StartupError */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const world = new World();
  const clock = new SimClock(() => Date.now());
  let loading = true;
  const edit = () => ({ world, at: loading ? loadedAt : clock.now(), by: loadedBy });
  const source = options.idc === undefined ? undefined : loadIdc(edit, options.idc);
  if (options.abide !== undefined) loadAbide(edit(), options.abide.path);
  loading = false;
  const accounts = new Accounts({
    newId: randomUUID,
    now: () => clock.now(),
    tokenLifeMs: options.tokenLifeMs ?? 2 * dayMs,
  });
  accounts.users.set('admin', { login: 'admin', password: 'admin', role: 'admin' });
  for (const user of options.users) accounts.users.set(user.login, user);
  for (const project of world.projects.values()) {
    project.members.set('admin', `${project.id}_owner`);
    for (const { login, memberships } of options.users) {
      const group = groupIdOf(project, memberships?.[project.id] ?? '');
      if (group !== undefined) project.members.set(login, group);
    }
  }
  const simulation: Simulation = {
    world,
    accounts,
    clock,
    source,
    faults: new FaultBook(),
    searches: new Map(),
    schemas: readSchemas(options.schemas),
    newId: randomUUID,
    random: Math.random,
  };
  const listener = await listen(simulation, {
    host: options.host,
    port: options.port,
    logger: options.logger,
    latencyMs: options.latencyMs ?? 0,
  });
  return { ...listener, simulation };
}

function readSchemas(folder: string | undefined): Map<string, string> {
  if (folder === undefined) return new Map();
  const names = readdirSync(folder).filter((name) => name.endsWith('.xsd'));
  // xnatpy reads documents in the listed order and wants xdat before what imports it.
  names.sort((a, b) => Number(b === 'xdat.xsd') - Number(a === 'xdat.xsd') || a.localeCompare(b));
  return new Map(names.map((name) => [name.replace(/\.xsd$/, ''), readFileSync(join(folder, name), 'latin1')]));
}
