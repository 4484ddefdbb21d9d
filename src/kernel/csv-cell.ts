/**
 * A text as a cell of comma-separated values (RFC 4180), quoted where it must be. One that begins like a formula would be run by a
 * spreadsheet (CWE-1236): it gets an apostrophe before it.
 */
export function csvCell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
