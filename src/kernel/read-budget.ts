/** The time that one request has for its reads, and what they came to. */
export interface ReadBudget {
  /** Aborts when the time is over or the caller has gone; its reason is the error to answer with. */
  readonly signal: AbortSignal;
  /** Rows read so far; whoever reads for the request adds to it. */
  rowsRead: number;
}
