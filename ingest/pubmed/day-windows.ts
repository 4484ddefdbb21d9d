/** Days from and to, both included, as `2024-03-09`. */
export interface DayWindow {
  readonly from: string;
  readonly to: string;
}

const dayMs = 86_400_000;

/** A window's two halves, in order; undefined where it is one day. */
export function halves(window: DayWindow): readonly [DayWindow, DayWindow] | undefined {
  const from = Date.parse(window.from);
  const days = Math.round((Date.parse(window.to) - from) / dayMs) + 1;
  if (days <= 1) return undefined;
  const middle = from + Math.floor(days / 2) * dayMs;
  return [
    { from: window.from, to: dayOf(middle - dayMs) },
    { from: dayOf(middle), to: window.to },
  ];
}

/** What follows a window up to a day; undefined where nothing does. */
export function after(window: DayWindow, end: string): DayWindow | undefined {
  return window.to >= end ? undefined : { from: dayOf(Date.parse(window.to) + dayMs), to: end };
}

/** The day of an instant in milliseconds, UTC. */
export function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}
