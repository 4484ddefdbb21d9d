import type { Figure } from './figure.ts';

/** A figure that was measured, not skipped. */
export type Measured = Figure & { readonly value: number; readonly unit: string };

/** A figure that must reach a number; `atMost` turns the direction. */
export function judged(
  figure: Omit<Measured, 'target' | 'met'>,
  target: { readonly atLeast: number } | { readonly atMost: number },
  measured: number = figure.value,
): Measured {
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
): Measured {
  const ratio = round(figure.value / figure.rivalValue, 3);
  const rounded = { ...figure, value: round(figure.value, 2), rivalValue: round(figure.rivalValue, 2), ratio };
  return target === undefined ? rounded : judged(rounded, target, ratio);
}

/** A number with so many decimals. */
export function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
