/** Something opened at the first use and kept. */
export interface Once<T> {
  /** Whether it was asked for. */
  readonly isOpen: boolean;
  /** Whether it is there. */
  readonly isReady: boolean;
  /** Opens it, or waits for it; a failure is told and tried again at the next call. */
  get(): Promise<T>;
  /** Ends it where it was opened. */
  close(end: (value: T) => Promise<void>): Promise<void>;
}

/** @param open - called at the first `get`, and again after a failure */
export function once<T>(open: () => Promise<T>): Once<T> {
  let opened: Promise<T> | undefined;
  let ready = false;
  return {
    get isOpen() {
      return opened !== undefined;
    },
    get isReady() {
      return ready;
    },
    async get() {
      opened ??= open();
      try {
        const value = await opened;
        ready = true;
        return value;
      } catch (error) {
        opened = undefined;
        throw error;
      }
    },
    async close(end) {
      if (opened !== undefined) await opened.then(end, () => undefined);
      opened = undefined;
      ready = false;
    },
  };
}
