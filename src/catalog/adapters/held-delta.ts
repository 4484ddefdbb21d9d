/** How the numbers of live rows of a dataset change. */
export interface HeldDelta {
  readonly subjects: number;
  readonly sessions: number;
  readonly scans: number;
  readonly bytes: number;
}
