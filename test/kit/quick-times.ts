import { type ReconcileTimes, usualTimes } from '../../src/pipelines/index.ts';

/** Patience of a test. */
export const quickTimes: ReconcileTimes = {
  ...usualTimes,
  leaseMs: 1_500,
  pollMs: 50,
  slowestPollMs: 200,
  graceMs: 1_000,
  settleMs: 1_000,
  retryMs: 100,
};
