import type { ItemAddress } from '../../../src/xnat/index.ts';
import { type Experiment, projectIds, type Subject, type World } from './random-names.ts';

/** Picks items of a simulated XNAT at random, and names for new ones. */
export class Picker {
  readonly #world: World;
  readonly #random: () => number;
  /** Number of the last name given. */
  serial = 0;

  constructor(world: World, random: () => number) {
    this.#world = world;
    this.#random = random;
  }

  from<T>(list: Iterable<T>): T | undefined {
    const all = [...list];
    return all[Math.floor(this.#random() * all.length)];
  }

  newName(kind: string): string {
    this.serial += 1;
    return `${kind}${this.serial}`;
  }

  project(): string {
    return this.from(projectIds) ?? 'PA';
  }

  session(): Experiment | undefined {
    return this.from([...this.#world.experiments.values()].filter((one) => one.sessionId === undefined));
  }

  scan(): ItemAddress | undefined {
    const session = this.from([...this.#world.experiments.values()].filter((one) => one.scans.size > 0));
    const scan = this.from(session?.scans.keys() ?? []);
    return session === undefined || scan === undefined ? undefined : { experiment: session.id, scan };
  }

  addressOf(item: Subject | Experiment): ItemAddress {
    return 'xsiType' in item ? { experiment: item.id } : { subject: item.id };
  }

  shareable(): Subject | Experiment | undefined {
    return this.#random() < 0.5 ? this.from(this.#world.subjects.values()) : this.session();
  }
}
