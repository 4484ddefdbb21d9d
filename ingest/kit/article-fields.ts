/** A DOI in lower case, without resolver; undefined where a text is none. */
export function doiOf(text: string | undefined): string | undefined {
  const bare = text
    ?.trim()
    .replace(/^(?:https?:\/\/(?:dx\.)?doi\.org\/|doi:\s*)/i, '')
    .toLowerCase();
  return bare !== undefined && /^10\.\d{4,9}\/\S+$/.test(bare) ? bare : undefined;
}

/** The digits of a PubMed id; undefined where a text is none. */
export function pmidOf(text: string | undefined): string | undefined {
  const id = text?.trim();
  return id !== undefined && /^[1-9]\d{0,9}$/.test(id) ? id : undefined;
}

/** `PMC` and digits, from a text with or without the letters and the version (`PMC123.1`). */
export function pmcidOf(text: string | undefined): string | undefined {
  const digits = /^(?:PMC)?([1-9]\d{0,9})(?:\.\d+)?$/i.exec(text?.trim() ?? '')?.[1];
  return digits === undefined ? undefined : `PMC${digits}`;
}

/** An ORCID iD as four groups of four, from any way of writing it. */
export function orcidOf(text: string | undefined): string | undefined {
  const groups = /(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dX])\s*$/i.exec(text ?? '');
  return groups?.slice(1).join('-').toUpperCase();
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Year, month and day, as exactly as they are readable: `2018`, `2018-03` or `2018-03-09`. */
export function dateOf(year: string | undefined, month?: string, day?: string): string | undefined {
  if (year === undefined || !/^(?:1[4-9]|20)\d\d$/.test(year.trim())) return undefined;
  const monthNumber = monthOf(month?.trim());
  if (monthNumber === undefined) return year.trim();
  const yearMonth = `${year.trim()}-${String(monthNumber).padStart(2, '0')}`;
  const dayNumber = /^\d{1,2}$/.test(day?.trim() ?? '') ? Number(day) : 0;
  const last = new Date(Date.UTC(Number(year), monthNumber, 0)).getUTCDate();
  return dayNumber < 1 || dayNumber > last ? yearMonth : `${yearMonth}-${String(dayNumber).padStart(2, '0')}`;
}

function monthOf(month: string | undefined): number | undefined {
  if (month === undefined) return undefined;
  const number = /^\d{1,2}$/.test(month) ? Number(month) : months.indexOf(month.slice(0, 3).toLowerCase()) + 1;
  return number >= 1 && number <= 12 ? number : undefined;
}
