/** One hit as a person reads it. */
export interface TableHit {
  readonly slug: string;
  readonly title: string;
  readonly accessClass: string;
  /** As the record states it, such as `>2500`; empty where nobody says. */
  readonly subjects: string;
  /** The best stretch of text that matched; empty when there is none. */
  readonly because: string;
}

const access: Readonly<Record<string, string>> = {
  OPEN: 'open',
  OPEN_NON_COMMERCIAL: 'non-commercial',
  RESTRICTED: 'restricted',
};
const narrowest = 72;
const widest = 140;

/** Hits as a table that fits the terminal: a line for what it is, one below for why it was found. */
export function renderSearchTable(hits: readonly TableHit[], columns: number): string {
  if (hits.length === 0) return 'Nothing found.';
  const width = Math.min(widest, Math.max(narrowest, columns));
  const slugWidth = Math.min(28, Math.max(7, ...hits.map(({ slug }) => slug.length)));
  const subjectsWidth = Math.max(8, ...hits.map(({ subjects }) => subjects.length));
  const accessWidth = 14;
  const place = String(hits.length).length;
  const indent = place + 2;
  const titleWidth = Math.max(10, width - indent - slugWidth - subjectsWidth - accessWidth - 6);
  const line = (cells: readonly [string, string, string, string, string]): string =>
    [
      cells[0].padStart(place),
      cut(cells[1], slugWidth).padEnd(slugWidth),
      cut(cells[2], titleWidth).padEnd(titleWidth),
      cells[3].padStart(subjectsWidth),
      cells[4],
    ]
      .join('  ')
      .trimEnd();
  const rows = hits.flatMap(({ slug, title, subjects, accessClass, because }, at) => [
    line([String(at + 1), slug, title, subjects, access[accessClass] ?? accessClass]),
    ...(because === '' ? [] : [`${' '.repeat(indent)}${cut(flat(because), width - indent)}`]),
  ]);
  return [line(['', 'dataset', 'title', 'subjects', 'access']), '\u2500'.repeat(width), ...rows].join('\n');
}

function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1).trimEnd()}\u2026`;
}
