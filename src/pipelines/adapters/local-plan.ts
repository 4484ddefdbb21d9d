import { z } from 'zod';

/** What the supervisor of a local job is told, in `job/plan.json`. */
export const localPlan = z.object({
  isolation: z.enum(['CONTAINER', 'SANDBOX', 'NONE']),
  command: z.array(z.string()).min(1),
  environment: z.record(z.string(), z.string()).optional(),
  cleanup: z.array(z.string()).min(1).optional(),
  /** Name of the job, see `jobName`. */
  job: z.string(),
  /** `NAME=value` in the environment of every process of the job. */
  mark: z.string(),
  timeoutS: z.number().positive(),
  memoryMiB: z.number().positive(),
  processes: z.number().positive(),
  /** Most bytes of each log. */
  logBytes: z.number().positive(),
});

/** What the supervisor of a local job is told. */
export type LocalPlan = z.infer<typeof localPlan>;

/** Who looks after a job, in `job/supervisor.json`. */
export const supervisorNote = z.object({
  /** Identity of its process; see `processIdentity`. */
  identity: z.string(),
  pid: z.number().int(),
  job: z.string(),
  node: z.string(),
  startedAt: z.number(),
});
