import { z } from 'zod';

/** A fault to inject. It acts on requests whose method and path match, after `skip` of them, `times` times (absent: always). */
export const faultSchema = z.strictObject({
  kind: z.enum([
    'unauthorized',
    'unavailable',
    'server-error',
    'forbidden',
    'slow',
    'truncated',
    'reset',
    'html-login',
    'shuffled-pages',
    'vanishing-rows',
    'missing-total-records',
    'empty-digest',
    'clock-zone',
    'unknown-xsi-type',
    'duplicate-keys',
    'token-expired',
  ]),
  method: z.string().optional(),
  /** Regular expression on the normalised path (`/data/…`, `/xapi/…`). */
  path: z.string().refine(isPattern, 'not a regular expression').optional(),
  skip: z.number().int().min(0).default(0),
  times: z.number().int().min(1).optional(),
  /** `slow`: before the answer; with `trickle`, between its pieces. */
  delayMs: z.number().min(0).default(1000),
  trickle: z.boolean().default(false),
  retryAfterS: z.number().int().min(0).optional(),
  /** `clock-zone`: minutes east of UTC. */
  offsetMinutes: z.number().int().min(-840).max(840).default(-300),
  /** `unknown-xsi-type`: the experiment (id or label; absent: the first of each list) and the type it pretends. */
  target: z.string().optional(),
  xsiType: z.string().default('ext:alienSessionData'),
  /** `vanishing-rows`: rows gone before each page after the first. */
  rows: z.number().int().min(1).default(1),
});

function isPattern(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}

/** A fault as asked for. */
export type Fault = z.infer<typeof faultSchema>;

interface ActiveFault {
  readonly id: number;
  readonly fault: Fault;
  readonly path: RegExp | undefined;
  seen: number;
  fired: number;
}

/** Faults in force. */
export class FaultBook {
  readonly #active: ActiveFault[] = [];
  #next = 1;

  /** @returns the fault's id */
  add(fault: Fault): number {
    const path = fault.path === undefined ? undefined : new RegExp(fault.path);
    this.#active.push({ id: this.#next, fault, path, seen: 0, fired: 0 });
    this.#next += 1;
    return this.#next - 1;
  }

  clear(): void {
    this.#active.length = 0;
  }

  list(): readonly { readonly id: number; readonly fault: Fault; readonly fired: number }[] {
    return this.#active.map(({ id, fault, fired }) => ({ id, fault, fired }));
  }

  /** Faults that act on this request, by kind; asking counts as acting. */
  take(method: string, path: string): ReadonlyMap<Fault['kind'], Fault> {
    const acting = new Map<Fault['kind'], Fault>();
    if (path.startsWith('/_sim/')) return acting;
    for (const entry of this.#active) {
      const { fault } = entry;
      if (fault.method !== undefined && fault.method.toUpperCase() !== method) continue;
      if (entry.path !== undefined && !entry.path.test(path)) continue;
      entry.seen += 1;
      if (entry.seen <= fault.skip || (fault.times !== undefined && entry.fired >= fault.times)) continue;
      entry.fired += 1;
      acting.set(fault.kind, fault);
    }
    return acting;
  }
}
