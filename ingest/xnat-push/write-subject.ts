import { ConflictError, InvalidInputError, NotFoundError, UpstreamContractError } from '../../src/kernel/errors.ts';
import { compareFiles, type ItemAddress, storeFiles, writeItem, type XnatServer } from '../../src/xnat/index.ts';
import type { PlacedFiles } from './place-files.ts';
import type { ItemStep } from './plan-subject.ts';
import type { Tally } from './tally.ts';

/** Whether steps are taken, only told, or taken for faults because they should not be needed any more. */
export type Mode = 'write' | 'plan' | 'check';

/** What a run does with plans. */
export interface Run {
  readonly server: XnatServer;
  readonly mode: Mode;
  readonly overwrite: boolean;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/**
 * Takes the steps of one subject, parents first. What fails is noted, what lies below it is not tried, the rest goes on.
 * @returns addresses that could not be made
 */
export async function takeSteps(run: Run, steps: readonly ItemStep[]): Promise<readonly ItemAddress[]> {
  const missing: ItemAddress[] = [];
  for (const step of steps) {
    if (missing.some((address) => isBelow(step.address, address))) {
      if (run.mode !== 'check') run.tally.reject(step.sourceId, 'not tried, because what it belongs to is not there');
      continue;
    }
    const fault = await takeStep(run, step);
    if (fault === undefined) continue;
    run.tally.reject(step.sourceId, fault);
    if (step.state === 'created') missing.push(step.address);
  }
  return missing;
}

async function takeStep({ server, mode, tally, signal }: Run, step: ItemStep): Promise<string | undefined> {
  if (step.state === 'refused') return step.reason ?? 'refused';
  if (mode === 'check' && step.state !== 'unchanged') return notAsPushed(step);
  if (mode === 'write' && step.state !== 'unchanged') {
    try {
      await writeItem(server, step, signal);
    } catch (error) {
      if (!isOfTheItem(error)) throw error;
      return error.message;
    }
  }
  tally.item(step.kind, step.state);
  return undefined;
}

function notAsPushed(step: ItemStep): string {
  if (step.state === 'created') return 'was sent and is not there';
  return `was sent and is shown without, or with other values of ${Object.keys(step.fields).join(', ')}`;
}

/** Stores, or only compares, the files of one resource. */
export async function takeFiles(run: Run, placed: PlacedFiles): Promise<void> {
  const { server, mode, overwrite, tally, signal } = run;
  const name = (path: string): string => `${placed.sourceId}/${placed.resource}/${path}`;
  if (mode === 'write') {
    const { stored, failed } = await storeFiles(
      server,
      { ...placed, format: formatOf(placed.resource), overwrite },
      signal,
    );
    for (const file of stored) tally.file(file.state, file.byteSize);
    for (const { path, error } of failed) tally.reject(name(path), error.message);
    return;
  }
  const { same, absent, different } = await compareFiles(server, placed, signal);
  for (const file of same) tally.file('unchanged', file.byteSize);
  for (const path of absent) {
    if (mode === 'check') tally.reject(name(path), 'was sent and is not there');
    else tally.file('stored', 0);
  }
  for (const path of different) {
    if (mode === 'plan' && overwrite) tally.file('replaced', 0);
    else tally.reject(name(path), 'XNAT holds other bytes under this name; --overwrite replaces them');
  }
}

/** Whether an address is another one's or below it. */
export function isBelow(address: ItemAddress, above: ItemAddress): boolean {
  return (['project', 'subject', 'experiment', 'scan'] as const).every(
    (level) => above[level] === undefined || above[level] === address[level],
  );
}

function formatOf(resource: string): string | undefined {
  return resource === 'FILES' ? undefined : resource;
}

function isOfTheItem(error: unknown): error is Error {
  return (
    error instanceof ConflictError ||
    error instanceof InvalidInputError ||
    error instanceof NotFoundError ||
    error instanceof UpstreamContractError
  );
}
