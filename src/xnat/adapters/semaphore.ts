/** Lets at most N tasks run at once; the others wait their turn. */
export interface Semaphore {
  /** Waits for a place. The returned function gives it back; calling it twice is harmless. */
  enter(signal: AbortSignal): Promise<() => void>;
  run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T>;
}

/** @param places - at least 1 */
export function createSemaphore(places: number): Semaphore {
  let free = places;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  const enter = async (signal: AbortSignal): Promise<() => void> => {
    signal.throwIfAborted();
    if (free > 0) free -= 1;
    else await turn(waiting, signal);
    let given = false;
    return () => {
      if (!given) release();
      given = true;
    };
  };
  return {
    enter,
    async run(signal, task) {
      const leave = await enter(signal);
      try {
        return await task();
      } finally {
        leave();
      }
    },
  };
}

function turn(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = (): void => {
      signal.removeEventListener('abort', stop);
      resolve();
    };
    const stop = (): void => {
      waiting.splice(waiting.indexOf(go), 1);
      reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    };
    signal.addEventListener('abort', stop, { once: true });
    waiting.push(go);
  });
}
