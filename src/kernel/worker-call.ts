import { isMainThread, parentPort, type Transferable, Worker, workerData } from 'node:worker_threads';
import {
  CatalogError,
  ConflictError,
  type ErrorDetails,
  InvalidInputError,
  messageOf,
  NotFoundError,
  UpstreamUnavailableError,
} from './errors.ts';

/** What a worker thread offers: methods over values that survive a structured clone. */
export type WorkerApi<Api> = {
  readonly [K in keyof Api]: Api[K] extends (...args: infer A) => infer R
    ? (...args: A) => R | Moved<Awaited<R>> | Promise<Moved<Awaited<R>>>
    : never;
};

/** One running worker thread, called as if its methods were here. */
export interface WorkerClient<Api> {
  /**
   * @param transfer - buffers whose ownership moves to the worker
   * @throws UpstreamUnavailableError when the thread has died, the caller's own error classes when the method threw one
   */
  call<K extends keyof Api>(method: K, args: ArgumentsOf<Api[K]>, options?: CallOptions): Promise<AnswerOf<Api[K]>>;
  /** Calls under way. */
  readonly pending: number;
  /** False once the thread has ended, by `close` or by a crash. */
  readonly alive: boolean;
  /** Ends the thread; calls under way fail. */
  close(): Promise<void>;
}

/** Options of one call into a worker. */
export interface CallOptions {
  readonly transfer?: readonly Transferable[];
  /** The caller stops waiting; the worker finishes what it began. */
  readonly signal?: AbortSignal | undefined;
}

/** Arguments of a worker's method. */
export type ArgumentsOf<F> = F extends (...args: infer A) => unknown ? A : never;
/** What a worker's method answers, awaited. */
export type AnswerOf<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never;

interface Request {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}
type Response = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: ErrorFacts };
/** An error as it crosses the thread border, where classes are lost. */
interface ErrorFacts {
  readonly message: string;
  readonly code: string | undefined;
  readonly details: ErrorDetails;
  readonly stack: string;
}

/** Marks a worker's answer whose buffers are to be moved, not copied. */
export class Moved<T> {
  readonly value: T;
  readonly transfer: readonly Transferable[];
  constructor(value: T, transfer: readonly Transferable[]) {
    this.value = value;
    this.transfer = transfer;
  }
}

/** A thread's file is named as it is in a checkout; a built catalog has the `.js` that was made of it. */
function programAt(url: URL): URL {
  return import.meta.url.endsWith('.js') ? new URL(url.href.replace(/\.ts$/, '.js')) : url;
}

/**
 * Starts a worker thread and gives typed access to it. The thread never keeps the process alive by itself: only calls do.
 * @param url - the worker's module, which calls `serveWorker`
 * @param data - handed to the module as its start data
 */
export function startWorker<Api>(url: URL, data: unknown, name: string): WorkerClient<Api> {
  const worker = new Worker(programAt(url), { workerData: data, name });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  let nextId = 1;
  let alive = true;
  worker.unref();
  const settle = (id: number): { resolve: (value: unknown) => void; reject: (error: unknown) => void } | undefined => {
    const entry = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    return entry;
  };
  worker.on('message', (answer: Response) => {
    const entry = settle(answer.id);
    if (entry === undefined) return;
    if ('value' in answer) entry.resolve(answer.value);
    else entry.reject(restoreError(answer.error));
  });
  const fail = (reason: string, cause?: unknown): void => {
    alive = false;
    for (const id of [...waiting.keys()]) {
      settle(id)?.reject(new UpstreamUnavailableError(`The ${name} thread ended: ${reason}`, {}, { cause }));
    }
  };
  worker.on('error', (error: unknown) => fail(messageOf(error), error));
  worker.on('exit', (code: number) => fail(`exit ${code}`));
  return {
    get pending() {
      return waiting.size;
    },
    get alive() {
      return alive;
    },
    call<K extends keyof Api>(method: K, args: ArgumentsOf<Api[K]>, options: CallOptions = {}) {
      const { signal, transfer } = options;
      // The worker serves the same Api (serveWorker checks it), so its answer has the method's type.
      return new Promise<unknown>((resolve, reject) => {
        if (!alive) {
          reject(new UpstreamUnavailableError(`The ${name} thread is not running`));
          return;
        }
        if (signal?.aborted === true) {
          reject(reasonOf(signal));
          return;
        }
        const id = nextId++;
        const onAbort = (): void => settle(id)?.reject(reasonOf(signal));
        signal?.addEventListener('abort', onAbort, { once: true });
        const done = (): void => signal?.removeEventListener('abort', onAbort);
        waiting.set(id, {
          resolve: (value) => {
            done();
            resolve(value);
          },
          reject: (error) => {
            done();
            reject(error instanceof Error ? error : new Error(messageOf(error)));
          },
        });
        worker.ref();
        worker.postMessage({ id, method: String(method), args } satisfies Request, transfer ?? []);
      }) as Promise<AnswerOf<Api[K]>>;
    },
    async close() {
      alive = false;
      await worker.terminate();
    },
  };
}

/**
 * Answers calls inside a worker thread. Several calls may be under way at once; each method decides its own order.
 * @param build - makes the methods from the start data; when it throws, every call fails with that error
 */
export function serveWorker<Api extends object>(
  build: (data: unknown) => WorkerApi<Api> | Promise<WorkerApi<Api>>,
): void {
  if (isMainThread || parentPort === null) throw new Error('serveWorker runs in a worker thread');
  const port = parentPort;
  const ready = Promise.resolve().then(() => build(workerData));
  // Each call reports the failure; without this the process would report it as unhandled before the first call.
  ready.catch(() => undefined);
  port.on('message', (request: Request) => {
    void answer(ready, request).then(
      ({ response, transfer }) => port.postMessage(response, transfer),
      (error: unknown) => port.postMessage({ id: request.id, error: describeError(error) } satisfies Response),
    );
  });
}

async function answer(
  ready: Promise<object>,
  request: Request,
): Promise<{ response: Response; transfer: readonly Transferable[] }> {
  const methods = new Map<string, unknown>(Object.entries(await ready));
  const method = methods.get(request.method);
  if (typeof method !== 'function') throw new Error(`No method ${request.method}`);
  const value: unknown = await Promise.resolve(Reflect.apply(method, undefined, request.args));
  if (value instanceof Moved) {
    return { response: { id: request.id, value: (value as Moved<unknown>).value }, transfer: value.transfer };
  }
  return { response: { id: request.id, value }, transfer: [] };
}

function describeError(error: unknown): ErrorFacts {
  return {
    message: messageOf(error),
    code: error instanceof CatalogError ? error.code : undefined,
    details: error instanceof CatalogError ? error.details : {},
    stack: error instanceof Error ? (error.stack ?? '') : '',
  };
}

function restoreError(error: ErrorFacts): Error {
  if (error.code === 'BAD_USER_INPUT') return new InvalidInputError(error.message, error.details);
  if (error.code === 'CONFLICT') return new ConflictError(error.message, error.details);
  if (error.code === 'NOT_FOUND') return new NotFoundError(error.message, error.details);
  const restored = new Error(error.message);
  restored.stack = error.stack;
  return restored;
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('The call was cancelled');
}
