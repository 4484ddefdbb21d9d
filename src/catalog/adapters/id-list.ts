/**
 * UUIDs or numbers as one array literal for `$1::uuid[]`. The driver would quote each of ten thousand by a regular expression; these
 * have nothing to quote.
 */
export function idList(ids: Iterable<string | number>): string {
  return `{${[...ids].join(',')}}`;
}
