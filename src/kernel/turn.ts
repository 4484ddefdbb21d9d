import { setImmediate } from 'node:timers/promises';

/** Longest stretch of work, in milliseconds, before others get their turn. */
const stretchMs = 4;

/** Lets a long computation give way now and then, so that answers from the network are met while it goes on. */
export class Turn {
  #began = performance.now();

  /** Waits for others when this one has worked long enough. */
  async give(): Promise<void> {
    if (performance.now() - this.#began < stretchMs) return;
    await setImmediate();
    this.#began = performance.now();
  }
}
