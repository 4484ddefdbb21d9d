import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intakeShares } from '../../src/catalog/index.ts';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

const original: unknown = Reflect.get(pg.Client.prototype, 'query');
let catalog: TestCatalog;
let token = '';
/** Statements of reads since the last reset, but for those that read the vocabulary: it is kept for a second. */
let statements: string[] = [];
beforeAll(async () => {
  catalog = await startTestCatalog('shipped');
  token = await catalog.token('ADMIN');
  await shareEverything();
  // Every statement of this process passes here, whichever pool it takes.
  pg.Client.prototype.query = function (this: pg.Client, ...args: any[]): any {
    const sql: string = typeof args[0] === 'string' ? args[0] : args[0].text;
    if (!/FROM "?(concept|concept_broader|modality|license)"?\b/.test(sql)) statements.push(sql);
    return Reflect.apply(original as (...args: any[]) => unknown, this, args);
  };
});
afterAll(async () => {
  Reflect.set(pg.Client.prototype, 'query', original);
  await catalog.close();
});

/** Shares every subject into one dataset and every session into another. */
async function shareEverything(): Promise<void> {
  const source = { name: 'an-xnat', kind: 'XNAT' } as const;
  const { db, rows } = catalog.app;
  for (const [slug, kind, table] of [
    ['abide', 'SUBJECT', 'subject'],
    ['adni', 'SESSION', 'imaging_session'],
  ] as const) {
    const ids: { id: string }[] = await db.query(`SELECT id FROM ${table}`);
    const shares = ids.map(({ id }) => ({ kind, itemId: id, label: id.slice(0, 8) }));
    await intakeShares({ datasetId: datasetIdOf(slug), source, shares }, rows);
  }
}

/** Every field of a dataset page with nested connections, three levels of rows deep. */
const query = `query ($datasets: Int!, $rows: Int!) { datasets(first: $datasets) { totalCount { ...n } nodes {
  id slug license { label } identifiers { value } publisher { name } creators { name } conditions { label broader { label } }
  bodyParts { label } modalities { code } subjectCount { ...n } sessionCount { ...n } scanCount { ...n } counts { measure count { ...n } }
  distributions { title license { label } } publications { title } relations { type dataset { slug title } } origins { field source }
  variables { nodes { name concept { label } } } versions { totalCount { ...n } nodes { iri sha256 } }
  subjects(first: $rows) { totalCount { ...n } nodes { label dataset { slug } values { name text variable { unit } } resources { label }
    sessions(first: $rows) { totalCount { ...n } nodes { label modalities { code } subject { label } resources { label } assessors { label }
      scans(first: $rows) { totalCount { ...n } nodes { label modality { code } license { label } session { label } resources { label } } } } } } }
  sessions(first: $rows, where: { modality: { anyOf: ["CT"] } }) { totalCount { ...n } nodes { label } }
  scans(first: $rows, where: { derived: true }) { totalCount { ...n } nodes { label session { subject { label } } } } } } }
  fragment n on ExactCount { value }`;

/** What comes from an XNAT beside scans. */
const mirrored = `query ($datasets: Int!, $rows: Int!) { datasets(first: $datasets) { nodes { slug conflicts { field overruled { source } }
  subjects(first: $rows) { nodes { assessors { label } sharedInto { label dataset { slug } }
    sessions(first: 2) { nodes { values { name text } sharedInto { label dataset { slug } } } } } } } } }`;

async function cost(datasets: number, rows: number, asked = query): Promise<number> {
  statements = [];
  const { data, errors } = await catalog.ask(asked, { datasets, rows }, token);
  expect(errors).toBeUndefined();
  expect(data.datasets.nodes).toHaveLength(datasets);
  return statements.length;
}

describe('the SQL statements of one page of datasets', () => {
  it('do not grow with the datasets or their rows', async () => {
    const some = await cost(11, 2);
    expect(await cost(11, 12)).toBeLessThanOrEqual(some);
    expect(await cost(4, 2)).toBeLessThanOrEqual(some);
    expect(some).toBeLessThan(60);
  });

  it('do not grow with what an XNAT adds to the rows', async () => {
    const some = await cost(11, 2, mirrored);
    expect(await cost(11, 12, mirrored)).toBeLessThanOrEqual(some);
    expect(some).toBeLessThan(15);
  });

  it('read no rows and no totals that nobody asked for', async () => {
    statements = [];
    await catalog.ask('{ datasets { nodes { slug title } } }');
    expect(statements).toHaveLength(1);
  });
});
