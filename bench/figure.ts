/** One measured number, with what it is held against. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the value is compared with, measured in the same run. */
  readonly rival?: string;
  readonly rivalValue?: number;
  /** Value over rival value. */
  readonly ratio?: number;
  /** What counts as met, as text: ">= .705". */
  readonly target?: string;
  /** Undefined where there is no target. */
  readonly met?: boolean;
}

/** A part that could not run. */
export interface SkippedFigure {
  readonly name: string;
  readonly skipped: string;
}

/** What one benchmark found; its last line of output. */
export interface BenchResult {
  readonly bench: string;
  readonly figures: readonly (Figure | SkippedFigure)[];
}

/** A figure that must reach a number; `atMost` turns the direction. */
export function judged(
  figure: Omit<Figure, 'target' | 'met'>,
  target: { readonly atLeast: number } | { readonly atMost: number },
  measured: number = figure.value,
): Figure {
  const [sign, bound, met] =
    'atLeast' in target
      ? (['>=', target.atLeast, measured >= target.atLeast] as const)
      : (['<=', target.atMost, measured <= target.atMost] as const);
  return { ...figure, target: `${sign} ${bound}`, met };
}

/** A figure beside a rival, judged by their ratio. */
export function compared(
  figure: {
    readonly name: string;
    readonly value: number;
    readonly unit: string;
    readonly rival: string;
    readonly rivalValue: number;
  },
  target?: { readonly atLeast: number } | { readonly atMost: number },
): Figure {
  const ratio = round(figure.value / figure.rivalValue, 3);
  const rounded = { ...figure, value: round(figure.value, 2), rivalValue: round(figure.rivalValue, 2), ratio };
  return target === undefined ? rounded : judged(rounded, target, ratio);
}

/** A number with so many decimals. */
export function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
