import type { Output } from './output.ts';

/** Shortest time between two reports, in milliseconds. */
const intervalMs = 1_000;

/** Reports how far a long job is, at most once a second: done, total, rate, seconds left. */
export function createProgress(output: Output, unit: string): (done: number, total: number) => void {
  const began = performance.now();
  let last = began;
  let first: number | undefined;
  return (done, total) => {
    first ??= done;
    const now = performance.now();
    if (now - last < intervalMs) return;
    last = now;
    const perSecond = Math.round(((done - first) * 1_000) / (now - began));
    const secondsLeft = perSecond > 0 ? Math.round((total - done) / perSecond) : undefined;
    output.event(
      'progress',
      { unit, done, total, perSecond, secondsLeft },
      `${done} of ${total} ${unit}, ${perSecond} a second, ${secondsLeft ?? '?'} s left`,
    );
  };
}
