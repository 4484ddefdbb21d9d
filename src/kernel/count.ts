/** A number given as it was counted or stated. */
export interface ExactCount {
  readonly __typename: 'ExactCount';
  readonly value: number;
  readonly qualifier: 'EXACT' | 'MORE_THAN' | 'ABOUT';
  readonly unit?: string;
  /** ISO 8601 day. */
  readonly asOf?: string;
  readonly source?: string;
  readonly confirmed: boolean;
}

/** A number of things: exact, withheld, or blurred. */
export type Count =
  | ExactCount
  | { readonly __typename: 'SuppressedCount'; readonly lessThan: number }
  | { readonly __typename: 'NoisyCount'; readonly value: number; readonly error: number };

/** A number counted here and now. */
export function exactly(value: number, unit?: string): ExactCount {
  return { __typename: 'ExactCount', value, qualifier: 'EXACT', confirmed: true, ...(unit !== undefined && { unit }) };
}
