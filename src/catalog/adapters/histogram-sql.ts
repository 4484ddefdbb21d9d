import type { ReadScope } from '../../access/index.ts';
import type { Reads } from '../../db/read-pool.ts';
import type { TermExpansion } from '../model/term-expansion.ts';
import type { NumberHistogram, NumberHistogramQuery } from '../model/value-counts.ts';
import { datasetCondition, subjectCount } from './dataset-sql.ts';
import { SqlParameters } from './sql-parameters.ts';

/** Steps that a histogram without an interval of its own has at most. */
const wantedSteps = 20;

/** Counts the datasets that pass in steps of a number, empty steps left out; what has no number is counted apart. */
export async function readHistogram(
  db: Reads,
  query: NumberHistogramQuery,
  scope: ReadScope,
  terms: TermExpansion,
): Promise<NumberHistogram> {
  const [range] = await histogramRows(db, query, scope, terms, 'min(n.value), max(n.value), count(*) - count(n.value)');
  const [minimum, maximum] = [numberOf(range?.[0]), numberOf(range?.[1])];
  const missing = Number(range?.[2] ?? 0);
  const interval = query.interval ?? roundStep(((maximum ?? 0) - (minimum ?? 0)) / wantedSteps);
  if (minimum === undefined || maximum === undefined)
    return { interval, minimum: undefined, maximum: undefined, missing, buckets: [] };
  const rows = await histogramRows(db, { ...query, interval }, scope, terms, undefined);
  return {
    interval,
    minimum,
    maximum,
    missing,
    buckets: rows.map(([from, count]) => ({ from: Number(from), count: Number(count) })),
  };
}

/** Either the given columns over all that pass, or the steps with their counts. */
async function histogramRows(
  db: Reads,
  query: NumberHistogramQuery,
  scope: ReadScope,
  terms: TermExpansion,
  columns: string | undefined,
): Promise<readonly (readonly unknown[])[]> {
  const parameters = new SqlParameters();
  const value = query.field === 'year' ? 'd.issued_year' : subjectCount(scope, parameters);
  const condition = datasetCondition(query.where, scope, terms, parameters);
  const among = query.among === undefined ? 'TRUE' : `d.id = ANY(${parameters.add(query.among, 'uuid[]')})`;
  const from = `FROM dataset d CROSS JOIN LATERAL (SELECT (${value})::double precision AS value) n WHERE ${condition} AND ${among}`;
  if (columns !== undefined) return await db.rows({ text: `SELECT ${columns} ${from}`, values: parameters.values });
  const interval = parameters.add(query.interval ?? 1, 'double precision');
  const step = `floor(n.value / ${interval}) * ${interval}`;
  return await db.rows({
    text: `SELECT ${step}, count(*)::int ${from} AND n.value IS NOT NULL GROUP BY 1 ORDER BY 1`,
    values: parameters.values,
  });
}

function numberOf(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

/** The next of 1, 2, 5, 10, 20, 50 … that is no smaller. */
function roundStep(step: number): number {
  if (step <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(step));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= step) ?? 10);
}
