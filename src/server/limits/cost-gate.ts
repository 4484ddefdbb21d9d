import type { LimitsConfig } from '../../config.ts';
import { OverloadedError } from '../../kernel/errors.ts';

/** Operations up to this cost are cheap: they never wait. */
const cheapCost = 200;

/**
 * Least share of the budget that any other operation counts for, so that no more than eight run at a time. All share one thread: more
 * of them would not be done sooner, but each would live longer, and the garbage collector copy what they hold again and again
 * (measured: 2.7 instead of 1.9 ms of processor time for one answer, with 32 at a time instead of eight).
 */
const leastShare = 1 / 8;

interface Waiting {
  readonly cost: number;
  readonly enter: () => void;
}

/**
 * Bounds the sum of the costs of what runs at one time, and with it memory and database time. Whoever finds no room waits in line
 * for a moment, then is refused.
 */
export class CostGate {
  readonly #limits: Pick<LimitsConfig, 'concurrentCost' | 'queueMs' | 'queueLength'>;
  readonly #line: Waiting[] = [];
  #running = 0;

  constructor(limits: Pick<LimitsConfig, 'concurrentCost' | 'queueMs' | 'queueLength'>) {
    this.#limits = limits;
  }

  /** Cost that runs now, and operations that wait. */
  get load(): { readonly running: number; readonly waiting: number } {
    return { running: this.#running, waiting: this.#line.length };
  }

  /**
   * Waits for room.
   * @returns leaves again; to be called once
   * @throws OverloadedError when there is no room in time; the reason of `signal` when it aborts before
   */
  async enter(cost: number, signal: AbortSignal): Promise<() => void> {
    if (cost <= cheapCost) return () => undefined;
    const { concurrentCost } = this.#limits;
    // One that is larger than the whole budget runs alone.
    const held = Math.min(Math.max(cost, concurrentCost * leastShare), concurrentCost);
    if (this.#line.length > 0 || !this.#fits(held)) await this.#wait(held, signal);
    else this.#running += held;
    return () => {
      this.#running -= held;
      this.#letIn();
    };
  }

  #fits(cost: number): boolean {
    return this.#running + cost <= this.#limits.concurrentCost;
  }

  async #wait(cost: number, signal: AbortSignal): Promise<void> {
    const { queueLength, queueMs } = this.#limits;
    if (this.#line.length >= queueLength) throw overloaded(queueMs);
    await new Promise<void>((resolve, reject) => {
      const leave = (error: Error): void => {
        this.#line.splice(this.#line.indexOf(waiting), 1);
        settle();
        reject(error);
        this.#letIn();
      };
      const aborted = (): void => leave(signal.reason as Error);
      const timer = setTimeout(() => leave(overloaded(queueMs)), queueMs);
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
      };
      const waiting: Waiting = {
        cost,
        enter: () => {
          settle();
          resolve();
        },
      };
      signal.addEventListener('abort', aborted, { once: true });
      this.#line.push(waiting);
    });
  }

  #letIn(): void {
    for (let next = this.#line[0]; next !== undefined && this.#fits(next.cost); next = this.#line[0]) {
      this.#line.shift();
      this.#running += next.cost;
      next.enter();
    }
  }
}

function overloaded(queueMs: number): OverloadedError {
  return new OverloadedError('Too many expensive requests are being answered at the moment: try again in a moment.', {
    retryAfterMs: queueMs,
  });
}
