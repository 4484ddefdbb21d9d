import { basename, extname } from 'node:path';
import { everything } from '../../src/access/index.ts';
import {
  type CatalogReader,
  type Dataset,
  type IntakeReport,
  intakeRows,
  intakeVariables,
  type Rejection,
  type RowStore,
  retireSubjects,
  type SubjectTree,
} from '../../src/catalog/index.ts';
import { InvalidInputError } from '../../src/kernel/errors.ts';
import type { Table } from '../kit/read-delimited.ts';
import { mapLine } from './map-line.ts';
import { readMapping } from './mapping.ts';
import { openTable } from './open-table.ts';
import { planTable, type TablePlan, variableRecords } from './plan-table.ts';

/** A table, what it means and where it goes. */
export interface TableIngest {
  readonly file: string;
  /** Slug of a dataset that is there already. */
  readonly dataset: string;
  /** YAML file, see docs/tables.md. */
  readonly mapping: string;
  /** Name of the source; the mapping's own when left out. */
  readonly sourceName?: string;
  readonly signal?: AbortSignal;
  /** Told how many of how many lines were read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Why a line was not taken. */
export interface LineRejection extends Rejection {
  readonly line: number;
  /** The first column at fault, where it is one. */
  readonly column?: string;
}

/** What was done; counts are of lines, each one subject. */
export interface TableReport extends IntakeReport {
  readonly variables: number;
  /** Subjects that the table named before and names no more. */
  readonly retiredSubjects: number;
  /** Columns that the mapping neither uses nor skips. */
  readonly unmapped: readonly string[];
}

/**
 * Takes a clinical table in: a line is a subject, a column a variable, a cell a value. A bad line is rejected with its column and
 * reason and keeps its last good values; the rest goes on. What the table no longer says is taken back.
 * @throws InvalidInputError when the dataset, the mapping or a column is not there
 */
export async function ingestTable(
  ingest: TableIngest,
  stores: { readonly reader: CatalogReader; readonly rows: RowStore },
): Promise<TableReport> {
  const dataset = await findDataset(ingest.dataset, stores.reader);
  const mapping = await readMapping(ingest.mapping);
  const table = await openTable(ingest.file, {
    ...(mapping.delimiter !== undefined && { delimiter: mapping.delimiter }),
    ...(mapping.encoding !== undefined && { encoding: mapping.encoding }),
    ...(mapping.sheet !== undefined && { sheet: mapping.sheet }),
  });
  const plan = planTable(mapping, table.columns);
  const name = ingest.sourceName ?? mapping.source ?? `table:${basename(ingest.mapping, extname(ingest.mapping))}`;
  const source = { name, kind: 'TABLE' } as const;
  const target = { datasetId: dataset.id, source };
  const defined = await intakeVariables({ ...target, variables: variableRecords(plan) }, stores.rows);
  const reading = new TableReading(table, withoutVariables(plan, defined.rejectedNames), ingest);
  const taken = await intakeRows(
    { ...target, subjects: reading.subjects(), ...(ingest.signal && { signal: ingest.signal }) },
    stores.rows,
  );
  const retiredSubjects = reading.complete ? await retireMissing(target, reading.labels, stores.rows) : 0;
  return {
    accepted: taken.accepted,
    unchanged: taken.unchanged,
    rejected: [...defined.rejected, ...reading.rejected, ...taken.rejected],
    variables: plan.variables.length - defined.rejected.length,
    retiredSubjects,
    unmapped: plan.unmapped,
  };
}

async function findDataset(slug: string, reader: CatalogReader): Promise<Dataset> {
  const [dataset] = await reader.datasetsBySlugs([slug], everything);
  if (dataset === undefined) {
    throw new InvalidInputError(`No dataset has the slug "${slug}": describe it first, with \`mia ingest records\`.`, {
      fields: ['dataset'],
    });
  }
  return dataset;
}

function withoutVariables(plan: TablePlan, names: readonly string[]): TablePlan {
  return { ...plan, variables: plan.variables.filter((variable) => !names.includes(variable.name)) };
}

async function retireMissing(
  target: { readonly datasetId: Dataset['id']; readonly source: { readonly name: string; readonly kind: 'TABLE' } },
  named: ReadonlySet<string>,
  store: RowStore,
): Promise<number> {
  const known = await store.subjectLabels(target.datasetId, target.source.name);
  const labels = known.filter((label) => !named.has(label));
  return labels.length === 0 ? 0 : await retireSubjects({ ...target, labels }, store);
}

/** One pass over a table, with what is worth knowing afterwards. */
class TableReading {
  readonly rejected: LineRejection[] = [];
  /** Labels the table names, on good lines and bad ones. */
  readonly labels = new Set<string>();
  /** Whether every line said whom it is about: else nobody can be said to be missing. */
  complete = true;
  readonly #table: Table;
  readonly #plan: TablePlan;
  readonly #ingest: TableIngest;

  constructor(table: Table, plan: TablePlan, ingest: TableIngest) {
    this.#table = table;
    this.#plan = plan;
    this.#ingest = ingest;
  }

  async *subjects(): AsyncGenerator<SubjectTree> {
    for await (const line of this.#table.lines) {
      if ('unreadable' in line) {
        this.complete = false;
        this.#reject(line.line, line.unreadable);
        continue;
      }
      const mapped = mapLine(this.#plan, line.cells);
      if ('subject' in mapped) {
        const { label } = mapped.subject;
        if (this.labels.has(label))
          this.#reject(
            line.line,
            `the subject "${label}" was already given above`,
            this.#plan.mapping.subject.id.column,
          );
        else yield mapped.subject;
        this.labels.add(label);
      } else {
        if (mapped.label === undefined) this.complete = false;
        else this.labels.add(mapped.label);
        const reasons = mapped.faults.slice(0, 5).map(({ column, reason }) => `column ${column}: ${reason}`);
        this.#reject(line.line, reasons.join('; '), mapped.faults[0]?.column);
      }
      this.#ingest.onProgress?.(line.line - 1, this.#table.lineCount ?? line.line - 1);
    }
    // An empty file says nothing, not that everybody is gone.
    if (this.labels.size === 0) this.complete = false;
  }

  #reject(line: number, error: string, column?: string): void {
    this.rejected.push({ sourceId: `line ${line}`, line, error, ...(column !== undefined && { column }) });
  }
}
