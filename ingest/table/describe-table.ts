import { Document, isMap, isScalar } from 'yaml';
import { type ColumnProfile, ColumnTally } from '../kit/column-profile.ts';
import { openTable, type TableOptions } from './open-table.ts';

/** A proposal for a steward to edit: what each column seems to be, and a mapping that says so. */
export interface TableDescription {
  readonly lines: number;
  readonly columns: readonly ColumnProfile[];
  /** Column that seems to hold each field of the subject. */
  readonly likely: Readonly<Partial<Record<Role, string>>>;
  /** The proposed mapping as YAML, with what was seen as comments. */
  readonly yaml: string;
}

type Role = 'id' | 'sex' | 'ageYears' | 'diagnosis' | 'group' | 'site';

/** How columns of each role are usually called; the first name that fits wins. */
const rolePatterns: Readonly<Record<Role, RegExp>> = {
  id: /^(?:sub|subj|subject|participant|patient|pt|case|record|rid|ptid|id)(?:[_ -]?(?:id|no|nr|number|key|label))?$/i,
  sex: /^(?:sex|gender|geschlecht|patient[_ ]?sex|pt[_ ]?gender)$/i,
  ageYears: /^(?:age|alter)(?:$|[_ -].*)|^patient[_ ]?age$/i,
  diagnosis: /^(?:dx|diag|diagnosis|diagnose)(?:$|[_ -].*)|^dsm/i,
  group: /^(?:group|arm|cohort|study[_ ]?group|dx[_ ]?group)$/i,
  site: /^(?:site|center|centre|scanner[_ ]?site|hospital|institution)(?:[_ -]?(?:id|name|code))?$/i,
};

/** Reads a whole table once and proposes a mapping for it. */
export async function describeTable(path: string, options: TableOptions = {}): Promise<TableDescription> {
  const table = await openTable(path, options);
  const tallies = table.columns.map(() => new ColumnTally());
  let lines = 0;
  for await (const line of table.lines) {
    if ('unreadable' in line) continue;
    lines += 1;
    for (const [index, tally] of tallies.entries()) tally.add(line.cells[index] ?? '');
  }
  const columns = table.columns.map((column, index) => (tallies[index] ?? new ColumnTally()).profile(column));
  const likely = likelyRoles(columns, lines);
  return { lines, columns, likely, yaml: toYaml(columns, likely, lines) };
}

function likelyRoles(columns: readonly ColumnProfile[], lines: number): Partial<Record<Role, string>> {
  const unique = (profile: ColumnProfile): boolean =>
    profile.distinct === Math.min(lines, profile.n) && profile.missing === 0;
  const named = (role: Role): ColumnProfile | undefined =>
    columns.find((profile) => rolePatterns[role].test(profile.column));
  const id = columns.find((profile) => rolePatterns.id.test(profile.column) && unique(profile)) ?? columns.find(unique);
  const found: Partial<Record<Role, string>> = {};
  if (id !== undefined) found.id = id.column;
  for (const role of ['sex', 'ageYears', 'diagnosis', 'group', 'site'] as const) {
    const profile = named(role);
    if (profile !== undefined && profile !== id) found[role] = profile.column;
  }
  return found;
}

function toYaml(columns: readonly ColumnProfile[], likely: Partial<Record<Role, string>>, lines: number): string {
  const shared = sharedCodes(columns);
  const byName = new Map(columns.map((profile) => [profile.column, profile]));
  const { id, ...fields } = likely;
  const subject = Object.fromEntries(
    Object.entries(fields).map(([role, column]) => [role, fieldOf(role, column, byName.get(column))]),
  );
  const skip = columns
    .filter((profile) => profile.column !== id && isRunningNumber(profile))
    .map((profile) => profile.column);
  const decimalComma = columns.some((profile) => profile.decimalComma && profile.type === 'DECIMAL');
  const document = new Document({
    ...(decimalComma && { decimal: ',' }),
    missingCodes: shared,
    subject: { id: id ?? 'FILL IN: the column that names the subject', ...subject },
    variables: Object.fromEntries(
      columns
        .filter((profile) => profile.column !== id && !skip.includes(profile.column))
        .map((profile) => [profile.column, variableOf(profile, shared)]),
    ),
    skip,
  });
  document.commentBefore = ` Proposed from ${lines} lines and ${columns.length} columns: check every line.\n \`seen\` is what the rows hold; write min and max only where they are rules, they become public.`;
  annotate(document.get('variables'), byName);
  return document.toString({ lineWidth: 140 });
}

/** Whether a column only counts the lines. */
function isRunningNumber({ type, n, distinct, min = 0, max = 0 }: ColumnProfile): boolean {
  return type === 'INTEGER' && n > 2 && distinct === n && max - min === n - 1;
}

/** Puts what was seen of each column beside its proposal; short proposals stay on one line. */
function annotate(variables: unknown, byName: ReadonlyMap<string, ColumnProfile>): void {
  if (!isMap(variables)) return;
  for (const { key, value } of variables.items) {
    const profile = byName.get(isScalar(key) ? String(key.value) : String(key));
    if (profile === undefined || !isMap(value)) continue;
    value.flow = !value.has('categories');
    value.commentBefore = ` ${seen(profile)}`;
  }
}

function fieldOf(role: string, column: string, profile: ColumnProfile | undefined): unknown {
  if (role !== 'sex' || profile === undefined) return column;
  const values = profile.values.map(([value]) => value);
  const letters = Object.fromEntries(
    values.flatMap((value) => {
      const letter = { m: 'M', male: 'M', f: 'F', female: 'F', w: 'F', o: 'O', other: 'O' }[value.toLowerCase()];
      return letter === undefined ? [] : [[value, letter]];
    }),
  );
  const known = values.every((value) => value in letters);
  return { column, values: known ? letters : Object.fromEntries(values.map((value) => [value, 'FILL IN: M, F or O'])) };
}

function variableOf(profile: ColumnProfile, shared: readonly string[]): unknown {
  const own = profile.missingCodes.filter((code) => !shared.includes(code));
  const [format] = profile.dayFormats;
  return {
    type: profile.type,
    ...(own.length > 0 && { missingCodes: own }),
    ...(profile.type === 'DATE' && profile.dayFormats.length === 1 && { dayFormat: format }),
    ...(profile.type === 'CATEGORICAL' && {
      categories: Object.fromEntries(profile.values.map(([value]): [string, string] => [value, value]).sort()),
    }),
  };
}

/** Codes that stand for "no value" in at least two columns, so that each need not be written in every one. */
function sharedCodes(columns: readonly ColumnProfile[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const code of columns.flatMap((profile) => profile.missingCodes)) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([code]) => code)
    .sort();
}

function seen(profile: ColumnProfile): string {
  const { n, missing, distinct, min, max, type, values, dayFormats } = profile;
  const counts = `seen: ${n} values, ${distinct} different, ${missing} missing`;
  if (type === 'DATE') return `${counts}, written ${dayFormats.join(' or ')}`;
  if (min !== undefined && max !== undefined) return `${counts}, from ${min} to ${max}`;
  return type === 'TEXT'
    ? counts
    : `${counts}: ${values
        .slice(0, 6)
        .map(([value, count]) => `${oneLine(value)} (${count})`)
        .join(', ')}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 40);
}
