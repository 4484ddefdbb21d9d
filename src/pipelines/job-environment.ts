import { jobName } from './job-grammar.ts';
import type { JobSpec } from './model.ts';

/** Name of the variable that marks every process of a job. */
export const jobMark = 'MIA_JOB';

/** Libraries that start one thread per core of the machine unless told otherwise. */
const threadNames = [
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'MKL_NUM_THREADS',
  'NUMEXPR_NUM_THREADS',
  'LOKY_MAX_CPU_COUNT',
];

/** The whole environment of a job: nothing of the catalog's own gets in. */
export function jobEnvironment(job: JobSpec): Readonly<Record<string, string>> {
  const python = job.python === undefined ? [] : [`${job.python.folder}/bin`];
  return {
    ...job.environment,
    ...Object.fromEntries(threadNames.map((name) => [name, String(job.limits.cpus)])),
    PATH: [...python, '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    HOME: '/tmp',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONNOUSERSITE: '1',
    [jobMark]: jobName(job),
    MIA_RUN_ID: job.runId,
    MIA_ATTEMPT: String(job.attempt),
  };
}
