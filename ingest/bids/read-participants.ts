import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { SubjectTree, ValueTree, VariableRecord } from '../../src/catalog/index.ts';
import { ColumnTally } from '../kit/column-profile.ts';
import { isMissing, readNumber } from '../kit/read-cell.ts';
import { openDelimited } from '../kit/read-delimited.ts';
import { readJsonObject } from './read-json.ts';

/** What `participants.tsv` says of one participant. */
export type Participant = Pick<SubjectTree, 'sex' | 'ageYears' | 'diagnosis' | 'group' | 'site'> & {
  readonly values: readonly ValueTree[];
};

/** The participants of a folder by label, and the variables their values are of. */
export interface Participants {
  readonly variables: readonly VariableRecord[];
  readonly byLabel: ReadonlyMap<string, Participant>;
  /** What could not be read, each with its place. */
  readonly warnings: readonly string[];
}

/** BIDS, "Tabular files": a missing value is `n/a`. */
const missingCodes = ['n/a'];

const columnSchema = z.looseObject({
  LongName: z.string().optional().catch(undefined),
  Description: z.string().optional().catch(undefined),
  Units: z.string().optional().catch(undefined),
  TermURL: z.string().optional().catch(undefined),
  Levels: z
    .record(
      z.string(),
      z.union([z.string(), z.looseObject({ Description: z.string().optional(), TermURL: z.string().optional() })]),
    )
    .optional()
    .catch(undefined),
});
type ColumnSidecar = z.infer<typeof columnSchema>;

interface Column {
  readonly index: number;
  readonly name: string;
  readonly sidecar: ColumnSidecar;
  readonly record: VariableRecord;
}

/** Reads `participants.tsv` with its sidecar; a folder without one has no variables. */
export async function readParticipants(root: string): Promise<Participants> {
  const path = join(root, 'participants.tsv');
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (!exists) return { variables: [], byLabel: new Map(), warnings: [] };
  const sidecars = await readJsonObject(join(root, 'participants.json'));
  const warnings = sidecars === undefined ? ['participants.json is not a JSON object and was left out'] : [];
  const table = await openDelimited(path, { delimiter: '\t', quotes: false });
  const lines: { readonly line: number; readonly cells: readonly string[] }[] = [];
  for await (const line of table.lines) {
    if ('cells' in line) lines.push(line);
    else warnings.push(`participants.tsv line ${line.line}: ${line.unreadable}`);
  }
  const idIndex = Math.max(table.columns.indexOf('participant_id'), 0);
  const columns = table.columns.flatMap((name, index): Column[] => {
    if (index === idIndex) return [];
    const sidecar = columnSchema.safeParse(sidecars?.[name]).data ?? {};
    return [
      {
        index,
        name,
        sidecar,
        record: variableOf(
          name,
          sidecar,
          lines.map(({ cells }) => cells[index] ?? ''),
        ),
      },
    ];
  });
  const byLabel = new Map<string, Participant>();
  for (const { line, cells } of lines) {
    const id = cells[idIndex] ?? '';
    if (id === '') warnings.push(`participants.tsv line ${line}: has no participant_id`);
    else
      byLabel.set(
        id.startsWith('sub-') ? id : `sub-${id}`,
        participantOf(columns, cells, `participants.tsv line ${line}`, warnings),
      );
  }
  return { variables: columns.map((column) => column.record), byLabel, warnings };
}

function variableOf(name: string, sidecar: ColumnSidecar, cells: readonly string[]): VariableRecord {
  const levels = Object.entries(sidecar.Levels ?? {}).map(([code, level]) => ({
    code,
    label: (typeof level === 'string' ? level : (level.Description ?? '')) || code,
    concept: typeof level === 'string' ? undefined : level.TermURL,
  }));
  const concepts = levels.flatMap(({ label, concept }) =>
    concept === undefined ? [] : [[label.slice(0, 500), concept] as const],
  );
  return {
    name,
    type: levels.length > 0 ? 'CATEGORICAL' : typeOf(cells),
    missingCodes,
    ...optional('label', sidecar.LongName),
    ...optional('description', sidecar.Description),
    ...optional('unit', sidecar.Units),
    ...optional('concept', sidecar.TermURL),
    ...(levels.length > 0 && {
      categories: Object.fromEntries(levels.map(({ code, label }) => [code, label.slice(0, 500)])),
    }),
    ...(concepts.length > 0 && { categoryConcepts: Object.fromEntries(concepts) }),
  };
}

/** Numbers only where every value is one; without `Levels` words stay words. */
function typeOf(cells: readonly string[]): VariableRecord['type'] {
  const tally = new ColumnTally();
  for (const cell of cells) if (!isMissing(cell, missingCodes)) tally.add(cell);
  const { type, min } = tally.profile('');
  if (min === undefined) return 'TEXT';
  return type === 'DECIMAL'
    ? 'DECIMAL'
    : cells.every((cell) => isMissing(cell, missingCodes) || /^[+-]?\d+(?:\.0*)?$/.test(cell))
      ? 'INTEGER'
      : 'TEXT';
}

function participantOf(
  columns: readonly Column[],
  cells: readonly string[],
  place: string,
  warnings: string[],
): Participant {
  let fields: Omit<Participant, 'values'> = {};
  const values: ValueTree[] = [];
  for (const column of columns) {
    const text = cells[column.index] ?? '';
    if (text === '') continue;
    const missing = isMissing(text, missingCodes);
    const label = column.record.categories?.[text];
    values.push(missing ? { variable: column.name, text, missing } : valueOf(column, text, label));
    if (missing) continue;
    const field = fieldOf(column, text, label);
    if (field === undefined)
      warnings.push(
        `${place}, column ${column.name}: "${text.slice(0, 60)}" is no ${column.name}; the value is kept as text`,
      );
    else fields = { ...fields, ...field };
  }
  return { ...fields, values };
}

function valueOf({ name, record }: Column, text: string, label: string | undefined): ValueTree {
  const base = { variable: name, text, missing: false };
  if (record.type === 'CATEGORICAL') return { ...base, label: label ?? text.slice(0, 500) };
  const reading = record.type === 'TEXT' ? undefined : readNumber(text, '.');
  return reading !== undefined && 'value' in reading ? { ...base, number: reading.value } : base;
}

/** The subject's own field that a column holds, if any; undefined where it should hold one and cannot be read. */
function fieldOf(
  { name, sidecar }: Column,
  text: string,
  label: string | undefined,
): Omit<Participant, 'values'> | undefined {
  switch (name.toLowerCase()) {
    case 'sex':
    case 'gender': {
      const sex = sexOf(text) ?? sexOf(label ?? '');
      return sex === undefined ? undefined : { sex };
    }
    case 'age': {
      const reading = readNumber(text, '.');
      if ('fault' in reading) return undefined;
      const years = reading.value / unitsPerYear(sidecar.Units ?? '');
      return years >= 0 && years <= 150 ? { ageYears: years } : undefined;
    }
    case 'diagnosis':
    case 'dx':
      return { diagnosis: label ?? text };
    case 'group':
      return { group: label ?? text };
    case 'site':
    case 'site_id':
    case 'institution':
      return { site: label ?? text };
    default:
      return {};
  }
}

function sexOf(word: string): 'M' | 'F' | 'O' | undefined {
  return ({ m: 'M', male: 'M', f: 'F', female: 'F', o: 'O', other: 'O' } as const)[word.toLowerCase()];
}

function unitsPerYear(units: string): number {
  if (/month/i.test(units)) return 12;
  if (/week/i.test(units)) return 52.1775;
  return /day/i.test(units) ? 365.2425 : 1;
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  // A computed key widens to an index signature; the one member is of this key.
  return (value === undefined || value.trim() === '' ? {} : { [key]: value.trim() }) as { readonly [P in K]?: string };
}
