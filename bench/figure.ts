/** One measured number, beside something real measured in the same run. */
export interface Figure {
  readonly name: string;
  readonly value?: number;
  readonly unit?: string;
  /** What it is compared with, and that one's number. */
  readonly rival?: string;
  readonly rivalValue?: number;
  /** value / rivalValue. */
  readonly ratio?: number;
  /** In words, such as `<= 15`. */
  readonly target?: string;
  readonly met?: boolean;
  /** Why it could not be measured here. */
  readonly skipped?: string;
}

/** What one benchmark found. */
export interface BenchResult {
  readonly bench: string;
  readonly figures: readonly Figure[];
}
