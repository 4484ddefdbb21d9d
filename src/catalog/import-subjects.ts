import { InvalidInputError } from '../kernel/errors.ts';
import { withoutNulls } from '../kernel/without-nulls.ts';
import { auditOf, type Curator, datasetToEdit, readBack, refuseWithdrawn } from './curation.ts';
import { intakeRows } from './intake-rows.ts';
import { intakeVariables } from './intake-variables.ts';
import type { Dataset } from './model/dataset.ts';
import { type ImportRow, type ImportVariable, mapImportRow, newVariables } from './model/import-row.ts';
import type { SubjectTree } from './model/row-tree.ts';
import { storableText } from './model/storable-text.ts';

/** Most rows of one call. */
const mostRows = 1_000;
/** Most values of one call, over all its rows. */
const mostValues = 100_000;
const tablePattern = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/** Rows as a client sends them; null is the same as absent. */
export interface SubjectImport {
  readonly datasetId: string;
  readonly table?: string | null;
  readonly rows: readonly { readonly label: string }[];
}

/** Why a row was not taken. */
export interface ImportRejection {
  readonly sourceId: string;
  /** Place of the row in the input, from 0. */
  readonly index: number;
  readonly error: string;
}

/** What an import did; counts are of rows. */
export interface ImportReport {
  readonly dataset: Dataset;
  readonly accepted: number;
  readonly unchanged: number;
  readonly rejected: readonly ImportRejection[];
}

/**
 * Takes subjects and their values in through the same doors as a table, as the table `import:{table}`. A row is all that this table
 * says of its subject; subjects that are not named keep what they have. A bad row is rejected with its reason and keeps its last
 * good values. Variables the dataset does not have are made.
 * @throws InvalidInputError for too many rows or a bad name of a table
 * @throws ConflictError when the dataset was withdrawn
 */
export async function importSubjects(input: SubjectImport, curator: Curator): Promise<ImportReport> {
  const dataset = await datasetToEdit(input.datasetId, curator);
  refuseWithdrawn(dataset, 'given rows');
  const { rows, table } = checked(input);
  const by = { actor: curator.principal.id, action: 'subjects.import', requestId: curator.requestId };
  const target = { datasetId: dataset.id, source: { name: `import:${table}`, kind: 'TABLE' as const }, by };
  const held = await curator.rows.transaction(dataset.id, (tx) => tx.variables());
  const fresh = newVariables(rows, held);
  const { subjects, places, rejected } = mapRows(rows, new Map<string, ImportVariable>([...held, ...fresh]));
  const used = new Set(subjects.flatMap(({ values = [] }) => values.map((value) => value.variable)));
  const variables = [...fresh.values()].filter(({ name }) => used.has(name));
  if (variables.length > 0) await intakeVariables({ ...target, variables, additive: true }, curator.rows);
  const taken = await intakeRows({ ...target, subjects }, curator.rows);
  // An import that changed nothing is an import, too.
  if (taken.accepted === 0) {
    const facts = { source: target.source.name, accepted: 0, rejected: rejected.length + taken.rejected.length };
    await curator.rows.transaction(dataset.id, (tx) =>
      tx.audit(auditOf(curator, 'subjects.import', dataset.id, facts)),
    );
  }
  const refused = taken.rejected.map(({ sourceId, error }) => ({ sourceId, index: places.get(sourceId) ?? 0, error }));
  return {
    ...(await readBack(dataset.id, curator)),
    accepted: taken.accepted,
    unchanged: taken.unchanged,
    rejected: [...rejected, ...refused].toSorted((a, b) => a.index - b.index),
  };
}

/** Rows as subjects, with the place of each; the others with their reasons. */
function mapRows(
  rows: readonly ImportRow[],
  variables: ReadonlyMap<string, ImportVariable>,
): {
  readonly subjects: readonly SubjectTree[];
  readonly places: ReadonlyMap<string, number>;
  readonly rejected: readonly ImportRejection[];
} {
  const places = new Map<string, number>();
  const rejected: ImportRejection[] = [];
  const subjects: SubjectTree[] = [];
  for (const [index, row] of rows.entries()) {
    const mapped = mapImportRow(row, variables);
    const again = places.has(row.label);
    if ('subject' in mapped && !again) {
      places.set(row.label, index);
      subjects.push(mapped.subject);
      continue;
    }
    const error = 'faults' in mapped ? mapped.faults.join('; ') : 'label: was given in a row before; each once';
    rejected.push({ sourceId: nameOf(row.label, index), index, error });
  }
  return { subjects, places, rejected };
}

function checked(input: SubjectImport): { readonly rows: readonly ImportRow[]; readonly table: string } {
  const table = input.table ?? 'subjects';
  if (table.length > 60 || !tablePattern.test(table))
    throw new InvalidInputError('table: must be lower-case letters and digits, joined by single dots or hyphens.', {
      fields: ['table'],
    });
  if (input.rows.length > mostRows)
    throw new InvalidInputError(`rows: at most ${mostRows} in one call: send the others in the next.`, {
      fields: ['rows'],
    });
  const rows = input.rows.map((row): ImportRow => trimmed(withoutNulls(row)));
  const values = rows.reduce((sum, row) => sum + (row.values?.length ?? 0), 0);
  if (values > mostValues)
    throw new InvalidInputError(`rows: at most ${mostValues} values in one call: send the others in the next.`, {
      fields: ['rows'],
    });
  return { rows, table };
}

/** Names are compared without the white space around them, as in a table. */
function trimmed(row: ImportRow): ImportRow {
  const { label, values } = row;
  return {
    ...row,
    label: label.trim(),
    ...(values && { values: values.map((value) => ({ ...value, name: value.name.trim() })) }),
  };
}

/** What a rejection calls a row: its label, where that can be one. */
function nameOf(label: string, index: number): string {
  return label === '' ? `row ${index + 1}` : storableText(label.slice(0, 200));
}
