/** Ways to write a day that a mapping can name. */
export const dayFormats = [
  'YYYY-MM-DD',
  'YYYY/MM/DD',
  'YYYYMMDD',
  'DD.MM.YYYY',
  'DD-MM-YYYY',
  'DD/MM/YYYY',
  'MM/DD/YYYY',
  'DD MMM YYYY',
  'MMM DD, YYYY',
] as const;
export type DayFormat = (typeof dayFormats)[number];

/** Sign between the whole and the broken part of a number. */
export type DecimalSign = '.' | ',';

/** What a cell means, or what is wrong with it. */
export type Reading<T> = { readonly value: T } | { readonly fault: string };

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Cell text without the blanks around it; blanks that do not break are blanks, too. */
export function trimCell(text: string): string {
  return text.replaceAll(/[\u00A0\u202F\uFEFF]/g, ' ').trim();
}

/** Whether a cell is blank or one of some codes for "no value": words whatever their case, numbers by what they are. */
export function isMissing(text: string, codes: readonly string[]): boolean {
  if (text === '') return true;
  const number = plainNumber(text);
  return codes.some(
    (code) => code.toLowerCase() === text.toLowerCase() || (number !== undefined && number === plainNumber(code)),
  );
}

/**
 * A number as people write it: decimal comma, thousands separators, exponent, leading plus.
 * @param decimal - the table's own sign; without it, a lone comma or point that could be either is refused rather than guessed
 */
export function readNumber(text: string, decimal?: DecimalSign): Reading<number> {
  const compact = text.replaceAll(/[\s'’]/g, '').replace('\u2212', '-');
  const grouped = /^[+-]?\d{1,3}([.,])\d{3}(?:\1\d{3})*$/.exec(compact)?.[1];
  if (grouped === ',' && decimal === undefined) {
    return { fault: 'has a comma that may be a decimal or a thousands sign: set `decimal` in the mapping' };
  }
  const sign = decimal ?? (/,\d+$/.test(compact) && !/\.\d*,|,.*,/.test(compact) ? ',' : '.');
  const other = sign === ',' ? '.' : ',';
  const thousands = new RegExp(`^[+-]?\\d{1,3}(?:\\${other}\\d{3})+(?:\\${sign}\\d*)?$`).test(compact);
  const plain = (thousands ? compact.replaceAll(other, '') : compact).replace(',', '.');
  const value = plainNumber(plain);
  return value === undefined ? { fault: 'is not a number' } : { value };
}

/** Yes or no, in the words and digits tables use. */
export function readBoolean(text: string): Reading<boolean> {
  const word = text.toLowerCase();
  if (['1', 'true', 't', 'yes', 'y'].includes(word)) return { value: true };
  if (['0', 'false', 'f', 'no', 'n'].includes(word)) return { value: false };
  return { fault: 'is neither yes nor no' };
}

/**
 * A day as ISO 8601. A time of day behind it is left out.
 * @param format - how the table writes days; without it, a day that could be read in two ways is refused rather than guessed
 */
export function readDay(text: string, format?: DayFormat): Reading<string> {
  const day = text.replace(/[T ]\d{1,2}:\d{2}.*$/, '');
  const formats = format === undefined ? dayFormats : [format];
  const readings = [...new Set(formats.map((each) => dayIn(day, each)).filter((iso) => iso !== undefined))];
  const [value] = readings;
  if (value === undefined) return { fault: format === undefined ? 'is not a day' : `is not a day written ${format}` };
  if (readings.length > 1) {
    return { fault: `may be ${readings.join(' or ')}: set \`dayFormat\` in the mapping` };
  }
  return { value };
}

/** The formats in which a text is a day. */
export function dayFormatsOf(text: string): readonly DayFormat[] {
  const day = text.replace(/[T ]\d{1,2}:\d{2}.*$/, '');
  return dayFormats.filter((format) => dayIn(day, format) !== undefined);
}

const dayPatterns: Readonly<Record<DayFormat, RegExp>> = {
  'YYYY-MM-DD': /^(?<y>\d{4})-(?<m>\d{1,2})-(?<d>\d{1,2})$/,
  'YYYY/MM/DD': /^(?<y>\d{4})\/(?<m>\d{1,2})\/(?<d>\d{1,2})$/,
  YYYYMMDD: /^(?<y>(?:18|19|20)\d{2})(?<m>\d{2})(?<d>\d{2})$/,
  'DD.MM.YYYY': /^(?<d>\d{1,2})\.(?<m>\d{1,2})\.(?<y>\d{4})$/,
  'DD-MM-YYYY': /^(?<d>\d{1,2})-(?<m>\d{1,2})-(?<y>\d{4})$/,
  'DD/MM/YYYY': /^(?<d>\d{1,2})\/(?<m>\d{1,2})\/(?<y>\d{4})$/,
  'MM/DD/YYYY': /^(?<m>\d{1,2})\/(?<d>\d{1,2})\/(?<y>\d{4})$/,
  'DD MMM YYYY': /^(?<d>\d{1,2})[ -](?<m>[a-z]{3})[a-z]*[ -](?<y>\d{4})$/i,
  'MMM DD, YYYY': /^(?<m>[a-z]{3})[a-z]* (?<d>\d{1,2}),? (?<y>\d{4})$/i,
};

function dayIn(text: string, format: DayFormat): string | undefined {
  const { y = '', m = '', d = '' } = dayPatterns[format].exec(text)?.groups ?? {};
  if (y === '') return undefined;
  const month = /^\d/.test(m) ? Number(m) : months.indexOf(m.slice(0, 3).toLowerCase()) + 1;
  const date = new Date(Date.UTC(Number(y), month - 1, Number(d)));
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === Number(d);
  return month > 0 && exists ? date.toISOString().slice(0, 10) : undefined;
}

function plainNumber(text: string): number | undefined {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}
