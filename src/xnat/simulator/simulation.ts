import type { Accounts, SimUser } from './accounts.ts';
import type { SimReply, SimRequest } from './exchange.ts';
import type { Fault, FaultBook } from './faults.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimTable } from './tables.ts';
import type { World } from './world.ts';

/** What a source can do besides filling the world once: move it to another of its published versions. */
export interface VersionedSource {
  readonly versions: readonly number[];
  /** Changes the world to how the source stood at a version. @returns what changed */
  moveTo(version: number): { readonly added: number; readonly revised: number; readonly removed: number };
  current(): number;
}

/** A running simulator's parts. */
export interface Simulation {
  readonly world: World;
  readonly accounts: Accounts;
  readonly faults: FaultBook;
  readonly clock: SimClock;
  /** Frozen searches by name; the oldest go first. */
  readonly searches: Map<string, SimTable>;
  /** Real schema documents by name, in place of our own. */
  readonly schemas: ReadonlyMap<string, string>;
  readonly source: VersionedSource | undefined;
  readonly newId: () => string;
  /** In [0, 1): shuffles pages. */
  readonly random: () => number;
}

/** One request on its way, with who asks and which faults act on it. */
export interface Call {
  readonly sim: Simulation;
  readonly request: SimRequest;
  /** Decoded path segments that the route named. */
  readonly params: Readonly<Record<string, string>>;
  readonly user: SimUser;
  readonly acting: ReadonlyMap<Fault['kind'], Fault>;
}

/** Answers one kind of request. */
export type Handler = (call: Call) => SimReply | Promise<SimReply>;

/** A parameter that its route's pattern guarantees. */
export function param(call: Call, name: string): string {
  return call.params[name] ?? '';
}
