import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { createAppendAudit } from '../../../src/access/adapters/postgres-audit-trail.ts';
import { PostgresPrincipalStore } from '../../../src/access/adapters/postgres-principal-store.ts';
import { scopeOfPrincipal } from '../../../src/access/index.ts';
import type { CatalogReader } from '../../../src/catalog/index.ts';
import { openBlobStore, openRegistration } from '../../../src/compose-pipelines.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { LocalRunFolders } from '../../../src/pipelines/adapters/local-run-folders.ts';
import { PostgresRunStore } from '../../../src/pipelines/adapters/postgres-run-store.ts';
import { type Claim, followRuns, type RegistrationStore, usualLimits } from '../../../src/pipelines/index.ts';
import { FakeEngine, seeded } from '../../kit/fake-engine.ts';
import { quickTimes } from '../../kit/quick-times.ts';

/** A worker that dies at a point of its work. */
export interface DeadlyWorker {
  readonly db: DataSource;
  readonly reader: CatalogReader;
  readonly home: string;
  readonly seed: string;
  /** Where it dies; where it passes no such point for long, any will do. `none`: it lives. */
  readonly target: string;
  /** Ends it: either the process, or by throwing, after which nothing that this worker asks for is done any more. */
  readonly die: () => void;
  readonly stop: AbortSignal;
}

/** Follows runs until it dies or is told to stop. */
export async function followDeadly(worker: DeadlyWorker): Promise<void> {
  const { db, reader, home, seed, target, die, stop } = worker;
  const chance = seeded(seed);
  const death = new Death({ target, patience: 100 + Math.floor(chance() * 200), die, log: join(home, 'kills.log') });
  const appendAudit = createAppendAudit(systemClock, silentLogger);
  const principals = new PostgresPrincipalStore(db, appendAudit);
  const registration = openRegistration(db, appendAudit);
  const deadlyRegistration: RegistrationStore = {
    transaction: async (claim, datasetId, work) => {
      death.pass('registration:before');
      const done = await registration.transaction(
        claim,
        datasetId,
        async (tx) => await work(deadly('registration', tx, death)),
      );
      death.pass('registration:after');
      return done;
    },
  };
  await followRuns(
    {
      runs: deadly('runs', new PostgresRunStore(db, appendAudit), death, nameOfWrite),
      launchers: new Map([['fake', deadly('engine', new FakeEngine(join(home, 'engine'), chance), death)]]),
      environments: { prepare: async () => await Promise.resolve({ sha256: '', folder: '/nowhere', reads: [] }) },
      folders: deadly('folders', new LocalRunFolders(join(home, 'runs')), death),
      blobs: deadly('blobs', openBlobStore({ home }), death),
      reader,
      scopeOf: async (id) => await scopeOfPrincipal(id, principals),
      registration: deadlyRegistration,
      times: quickTimes,
      limits: usualLimits,
      mostAttempts: 3,
      logger: silentLogger,
    },
    stop,
  );
}

interface DeathPlan {
  readonly target: string;
  /** Points passed before any point will do. */
  readonly patience: number;
  readonly die: () => void;
  readonly log: string;
}

class Death {
  readonly #plan: DeathPlan;
  #passed = 0;
  #dead = false;

  constructor(plan: DeathPlan) {
    this.#plan = plan;
  }

  pass(point: string): void {
    if (this.#dead) throw new Error('this worker is dead');
    this.#passed += 1;
    const { target, patience, die, log } = this.#plan;
    if (target === 'none' || (point !== target && this.#passed < patience)) return;
    this.#dead = true;
    appendFileSync(log, `${point}\n`);
    die();
    throw new Error('this worker is dead');
  }
}

/** The same object, whose methods may end the worker before and after they have done what they do. */
function deadly<T extends object>(
  ...[part, object, death, nameOf = (method) => method]: readonly [
    part: string,
    object: T,
    death: Death,
    nameOf?: (method: string, args: readonly unknown[]) => string,
  ]
): T {
  return new Proxy(object, {
    get: (found, property) => {
      const value: unknown = Reflect.get(found, property);
      if (typeof value !== 'function' || typeof property !== 'string') return value;
      return (...args: readonly unknown[]) => {
        const point = `${part}.${nameOf(property, args)}`;
        try {
          death.pass(`${point}:before`);
        } catch (error) {
          // What gives no promise throws by itself.
          if (property === 'read' || property === 'pathOf') throw error;
          return Promise.reject(error instanceof Error ? error : new Error(String(error)));
        }
        const result: unknown = Reflect.apply(value, found, args);
        if (!(result instanceof Promise)) return result;
        return result.then((settled: unknown) => {
          death.pass(`${point}:after`);
          return settled;
        });
      };
    },
  });
}

/** A write is told by the state it leaves and the state it goes to. */
function nameOfWrite(method: string, args: readonly unknown[]): string {
  if (method !== 'write') return method;
  const [claim, change] = args as [Claim, { readonly to?: string }];
  return `write ${claim.run.state}>${change.to ?? claim.run.state}`;
}
