import type { VariableType } from '../../src/catalog/index.ts';
import { type DayFormat, dayFormatsOf, readNumber } from './read-cell.ts';

/** Distinct values that are counted per column; beyond them a column is free text or numbers. */
const countedValues = 2_000;
/** Most categories that are proposed. */
const mostCategories = 20;
/** Words that stand for "no value" in tables. */
const missingWords = new Set([
  'n/a',
  'na',
  'nan',
  'null',
  'none',
  '#n/a',
  'unknown',
  'missing',
  'not available',
  '.',
  '?',
  '-',
  '--',
]);
/** Numbers that stand for "no value" in tables. */
const missingNumbers = new Set([-9999, -999, -99, -9, -8, -7, -1, 99, 999, 9999, 99999]);

/** What was seen in one column. */
export interface ColumnProfile {
  readonly column: string;
  readonly type: VariableType;
  /** Cells with a value, without a value, and distinct values. */
  readonly n: number;
  readonly missing: number;
  readonly distinct: number;
  readonly missingCodes: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** Frequent values with their counts, most frequent first; at most 20. */
  readonly values: readonly (readonly [value: string, count: number])[];
  readonly decimalComma: boolean;
  /** The one format in which every value is a day; more than one where they cannot be told apart. */
  readonly dayFormats: readonly DayFormat[];
}

/** Gathers what one column holds, one cell at a time. */
export class ColumnTally {
  readonly #counts = new Map<string, number>();
  #overflow = false;
  #blank = 0;
  #numbers = 0;
  #whole = true;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #commas = 0;
  #texts = 0;
  #dayFormats: readonly DayFormat[] | undefined;

  add(cell: string): void {
    if (cell === '') {
      this.#blank += 1;
      return;
    }
    if (this.#counts.has(cell) || this.#counts.size < countedValues)
      this.#counts.set(cell, (this.#counts.get(cell) ?? 0) + 1);
    else this.#overflow = true;
    if (missingWords.has(cell.toLowerCase())) return;
    const { value } = { value: undefined, ...readNumber(cell, cell.includes(',') ? ',' : '.') };
    if (value !== undefined && missingNumbers.has(value)) return;
    const formats = dayFormatsOf(cell);
    this.#dayFormats =
      this.#dayFormats === undefined ? formats : this.#dayFormats.filter((format) => formats.includes(format));
    if (value === undefined) {
      this.#texts += 1;
      return;
    }
    this.#numbers += 1;
    if (cell.includes(',')) this.#commas += 1;
    this.#whole &&= Number.isInteger(value);
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  profile(column: string): ColumnProfile {
    const missingCodes = [...this.#counts.keys()].filter((cell) => this.#isMissingCode(cell));
    const codes = new Set(missingCodes);
    const entries = [...this.#counts]
      .filter(([cell]) => !codes.has(cell))
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    const missing = this.#blank + missingCodes.reduce((sum, cell) => sum + (this.#counts.get(cell) ?? 0), 0);
    const strays = entries.map(([cell]) => Number(cell)).filter((value) => missingNumbers.has(value));
    const numeric = this.#numbers + strays.length > 0;
    const n = [...this.#counts.values()].reduce((sum, count) => sum + count, 0) - (missing - this.#blank);
    return {
      column,
      type: this.#typeOf(entries.length, n),
      n,
      missing,
      distinct: entries.length,
      missingCodes,
      ...(numeric && this.#texts === 0 && { min: Math.min(this.#min, ...strays), max: Math.max(this.#max, ...strays) }),
      values: entries.slice(0, mostCategories),
      decimalComma: this.#commas > 0,
      dayFormats:
        this.#texts === 0 && this.#numbers > 0 && !this.#dayFormats?.includes('YYYYMMDD')
          ? []
          : (this.#dayFormats ?? []),
    };
  }

  /** A word for it; or a number for it that lies far outside of all others. */
  #isMissingCode(cell: string): boolean {
    if (missingWords.has(cell.toLowerCase())) return true;
    const value = Number(cell);
    if (!missingNumbers.has(value) || this.#numbers === 0) return false;
    const reach = Math.max(Math.abs(this.#min), Math.abs(this.#max), 1);
    return value < 0 ? this.#min >= 0 || -value > 3 * reach : value > 3 * reach;
  }

  #typeOf(distinct: number, n: number): VariableType {
    if (n === 0) return 'TEXT';
    if ((this.#dayFormats ?? []).length > 0 && (this.#texts > 0 || this.#dayFormats?.includes('YYYYMMDD') === true))
      return 'DATE';
    const few = !this.#overflow && distinct <= mostCategories && distinct <= Math.max(2, n / 2);
    if (this.#texts > 0) return few ? 'CATEGORICAL' : 'TEXT';
    if (!this.#whole) return 'DECIMAL';
    if (few && distinct <= 2 && this.#min >= 0 && this.#max <= 1) return 'BOOLEAN';
    return few && distinct <= 5 ? 'CATEGORICAL' : 'INTEGER';
  }
}
