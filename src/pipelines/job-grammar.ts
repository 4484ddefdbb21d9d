import { z } from 'zod';
import { PipelineRejectedError } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import type { JobKey, JobSpec } from './model.ts';

/** Name of a pipeline: lower-case words joined by hyphens. */
export const pipelineName = z
  .string()
  .max(60)
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, 'must be lower-case letters and digits, joined by hyphens');

/** A word of a command as a specification may hold it: no expressions, nothing a shell could read as more than a word. */
export const word = z
  .string()
  .max(200)
  .regex(/^[\w.,:=/+@%-]+$/, 'must be one word of letters, digits and . , : = / + @ % _ - (no expressions)');

/** A file beside the specification. */
export const fileName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9_][\w.-]*$/, 'must be the name of a file beside the specification');

/**
 * A container image by its digest: `[host[:port]/]path/name@sha256:…`, all in lower case (the reference grammar of the OCI distribution
 * specification 1.1 without tags). It can begin with no hyphen and holds no space: it is one word to every engine.
 */
export const imageReference = z
  .string()
  .max(400)
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*@sha256:[0-9a-f]{64}$/,
    'must be a digest-pinned image such as registry.example/name@sha256:… (64 hex digits)',
  );

const environmentName = /^[A-Za-z_]\w{0,127}$/;
/** Names that change what the loader, a shell or the interpreter does before the program begins. */
const reservedName = /^(?:LD_\w+|BASH_\w+|ENV|IFS|PATH|HOME|SHELLOPTS|PYTHON\w*|SLURM_\w+|MIA_\w+|GCONV_PATH)$/;
/** Folders come from us, not from callers: anything but plain names is a fault. */
const plainPath = /^\/[\w.-]+(?:\/[\w.@+-]+)*$/;

const whole = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;

/**
 * Refuses a job of which any part is not of the strict form, before an engine sees it.
 * @throws PipelineRejectedError that lists every fault
 */
export function checkJob(job: JobSpec): void {
  const reasons = [
    ...keyFaults(job),
    ...commandFaults(job),
    ...Object.keys(job.environment).flatMap((name) => environmentFaults(name, job.environment[name] ?? '')),
    ...limitFaults(job),
  ];
  if (!isPlainPath(job.folder)) reasons.push(`The folder ${JSON.stringify(job.folder)} is not a plain absolute path.`);
  if (job.python !== undefined && ![job.python.folder, ...job.python.reads].every(isPlainPath))
    reasons.push('A folder of the Python environment is not a plain absolute path.');
  if (job.image !== undefined && !imageReference.safeParse(job.image).success)
    reasons.push(`The image ${JSON.stringify(job.image)} is not digest-pinned (name@sha256:…).`);
  if (reasons.length > 0)
    throw new PipelineRejectedError(`This job cannot be started: ${reasons.join(' ')}`, { reasons });
}

/** Whether a text is an absolute path of plain names, none of them `.` or `..`. */
export function isPlainPath(path: string): boolean {
  return path.length <= 3_000 && plainPath.test(path) && !/\/\.{1,2}(?:\/|$)/.test(path);
}

/** Names the job of one attempt in every engine's lists: `mia-{run}-{attempt}`. @throws PipelineRejectedError when the run is no UUID */
export function jobName(key: JobKey): string {
  const [fault] = keyFaults(key);
  if (fault !== undefined) throw new PipelineRejectedError(fault, { reasons: [fault] });
  return `mia-${key.runId}-${key.attempt}`;
}

function keyFaults(key: JobKey): string[] {
  const faults: string[] = [];
  if (!isUuid(key.runId)) faults.push('The run has no UUID.');
  if (!whole(key.attempt)) faults.push('The attempt is not a number from 1 up.');
  return faults;
}

function commandFaults({ command }: JobSpec): string[] {
  if (command.length < 2) return ['The command has fewer than two words: some engines would hand it to a shell.'];
  if (command.some((part) => part === '' || part.includes('\0')))
    return ['A word of the command is empty or has a NUL.'];
  if (command[0]?.startsWith('-') === true) return ['The command begins with an option.'];
  return [];
}

function environmentFaults(name: string, value: string): string[] {
  if (!environmentName.test(name))
    return [`The environment name ${JSON.stringify(name)} is not letters, digits and _.`];
  if (reservedName.test(name)) return [`The environment name ${name} belongs to the engine.`];
  return value.includes('\0') || value.length > 100_000 ? [`The value of ${name} has a NUL or is too long.`] : [];
}

function limitFaults({ limits }: JobSpec): string[] {
  const faults = (['cpus', 'memoryMiB', 'timeoutS', 'processes'] as const)
    .filter((name) => !whole(limits[name]))
    .map((name) => `The limit ${name} is not a whole number from 1 up.`);
  const { gpus } = limits;
  if (gpus !== undefined && !whole(gpus.count)) faults.push('The number of GPUs is not a whole number from 1 up.');
  if (gpus?.type !== undefined && !/^[a-z0-9][a-z0-9_-]{0,63}$/.test(gpus.type))
    faults.push(`The type of GPU ${JSON.stringify(gpus.type)} is not lower-case letters, digits, _ and -.`);
  return faults;
}
