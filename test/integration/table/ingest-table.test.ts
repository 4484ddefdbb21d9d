import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ingestTable, type TableReport } from '../../../ingest/table/ingest-table.ts';
import { intakeRecords, intakeRows, retireSubjects, type SubjectTree } from '../../../src/catalog/index.ts';
import { type DatasetId, datasetIdOf } from '../../../src/kernel/ids.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';

const abideTable = fileURLToPath(
  new URL('../../../../shared/data/abide/Phenotypic_V1_0b_preprocessed1.csv', import.meta.url),
);
const abideMapping = fileURLToPath(new URL('../../../data/mappings/abide-1.yaml', import.meta.url));
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/tables/${name}`, import.meta.url));

let catalog: TestCatalog;
let folder: string;
let counter = 0;
let slug: string;
let datasetId: DatasetId;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  folder = await mkdtemp(join(tmpdir(), 'mia-ingest-'));
});
afterAll(async () => {
  await catalog.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  counter += 1;
  slug = `table-${counter}`;
  datasetId = datasetIdOf(slug);
  await intakeRecords(
    {
      source: { name: 'test', kind: 'HARVEST' },
      records: [{ place: 'x', value: { sourceId: slug, slug, title: slug, description: slug, accessClass: 'OPEN' } }],
      publish: true,
      actor: 'test',
    },
    catalog.app.records,
  );
});

const mapping = `missingCodes: [-9999]
subject: { id: ID, sex: SEX, ageYears: AGE, site: SITE }
variables: { IQ: { type: INTEGER }, HAND: { type: CATEGORICAL, categories: { 1: Right, 2: Left } } }
`;

async function ingest(lines: readonly string[], name = 'clinic', yaml = mapping): Promise<TableReport> {
  const file = join(folder, `${name}-${counter}.csv`);
  const mappingFile = join(folder, `${name}.yaml`);
  await writeFile(file, `ID,SEX,AGE,SITE,IQ,HAND\n${lines.join('\n')}\n`);
  await writeFile(mappingFile, yaml);
  return await ingestTable({ file, dataset: slug, mapping: mappingFile }, catalog.app);
}

async function sql<T>(query: string): Promise<T[]> {
  return await catalog.app.db.query(query.replaceAll('$dataset', `'${datasetId}'`));
}
const values = async () =>
  (
    await sql<{ v: string }>(
      `SELECT t.label || ' ' || v.name || ' ' || concat_ws('|', x.text, x.number, x.label, CASE WHEN x.missing THEN 'missing' END) AS v
     FROM value x JOIN variable v ON v.id = x.variable_id JOIN subject t ON t.id = x.subject_id WHERE v.dataset_id = $dataset ORDER BY 1`,
    )
  ).map((row) => row.v);
const subjects = async () =>
  await sql<Record<string, unknown>>(
    `SELECT t.label, t.sex, t.age_years AS age, t.site, t.diagnosis, s.name AS source, t.retired_at IS NOT NULL AS retired
     FROM subject t JOIN source s ON s.id = t.source_id WHERE t.dataset_id = $dataset ORDER BY 1`,
  );
const events = async () =>
  Number(
    (
      await sql<{ n: number }>(
        `SELECT count(*) AS n FROM catalog_event WHERE dataset_id = $dataset AND type = 'ROWS_CHANGED'`,
      )
    )[0]?.n,
  );

function subject(label: string, fields: Partial<SubjectTree> = {}): SubjectTree {
  return { label, sessions: [], resources: [], ...fields };
}
async function fromIdc(trees: readonly SubjectTree[]): Promise<void> {
  await intakeRows({ datasetId, source: { name: 'idc', kind: 'IDC' }, subjects: trees }, catalog.app.rows);
}

describe('a clinical table', () => {
  it('becomes subjects, variables and values, and changes and announces nothing the second time', async () => {
    const lines = ['A,M,30,Bonn,101,1', 'B,F,31.5,Linz,-9999,2', 'C,F,,,,'];
    expect(await ingest(lines)).toMatchObject({ accepted: 3, unchanged: 0, rejected: [], variables: 2 });
    expect(await values()).toEqual(['A HAND 1|Right', 'A IQ 101|101', 'B HAND 2|Left', 'B IQ -9999|missing']);
    expect(await subjects()).toMatchObject([
      { label: 'A', sex: 'M', age: 30, source: 'table:clinic' },
      { age: 31.5 },
      { age: null },
    ]);
    const before = await events();
    expect(before).toBe(2);
    expect(await ingest(lines)).toMatchObject({ accepted: 0, unchanged: 3 });
    expect(await events()).toBe(before);
  });

  it('changes what differs in one event, takes back values and subjects it no longer names', async () => {
    await ingest(['A,M,30,Bonn,101,1', 'B,F,31,Linz,99,2', 'C,F,20,Linz,90,2']);
    const before = await events();
    expect(await ingest(['A,M,30,Bonn,,1', 'B,F,31,Linz,98,2', 'C,F,20,Linz,90,2'])).toMatchObject({
      accepted: 2,
      unchanged: 1,
    });
    expect(await events()).toBe(before + 1);
    expect(await values()).toEqual(['A HAND 1|Right', 'B HAND 2|Left', 'B IQ 98|98', 'C HAND 2|Left', 'C IQ 90|90']);
    expect(await ingest(['A,M,30,Bonn,,1', 'B,F,31,Linz,98,2'])).toMatchObject({ retiredSubjects: 1 });
    expect((await subjects()).map((row) => row['retired'])).toEqual([false, false, true]);
    expect(await ingest(['A,M,30,Bonn,,1', 'B,F,31,Linz,98,2', 'C,F,20,Linz,90,2'])).toMatchObject({ accepted: 1 });
    expect((await subjects()).map((row) => row['retired'])).toEqual([false, false, false]);
  });

  it('rejects a bad line with line, column and reason; the rest goes on and the last good values stay', async () => {
    await ingest(['A,M,30,Bonn,101,1', 'B,F,31,Linz,99,2']);
    const report = await ingest(['A,M,30,Bonn,high,3', 'B,F,31,Linz,97,2', 'B,F,31,Linz,97,2', ',F,31,Linz,97,2']);
    expect(report).toMatchObject({ accepted: 1, retiredSubjects: 0 });
    expect(report.rejected).toEqual([
      {
        sourceId: 'line 2',
        line: 2,
        column: 'IQ',
        error: 'column IQ: "high" is not a number; column HAND: "3" is not one of the categories',
      },
      { sourceId: 'line 4', line: 4, column: 'ID', error: 'the subject "B" was already given above' },
      { sourceId: 'line 5', line: 5, column: 'ID', error: 'column ID: has no id: the line names nobody' },
    ]);
    expect(await values()).toContain('A IQ 101|101');
    expect(await values()).toContain('B IQ 97|97');
  });

  it('fills only what a source of higher precedence leaves empty, and never loses its own word', async () => {
    await fromIdc([subject('A', { sex: 'F', treeHash: 'a'.repeat(32) }), subject('B')]);
    await ingest(['A,M,30,Bonn,101,1', 'B,M,40,Linz,99,2']);
    const filled = [
      { label: 'A', sex: 'F', age: 30, site: 'Bonn', source: 'idc', retired: false },
      { label: 'B', sex: 'M', age: 40, site: 'Linz', source: 'idc', retired: false },
    ];
    expect(await subjects()).toMatchObject(filled);
    expect(await values()).toHaveLength(4);
    const before = await events();
    await fromIdc([subject('A', { sex: 'F', treeHash: 'a'.repeat(32) }), subject('B')]);
    expect(await ingest(['A,M,30,Bonn,101,1', 'B,M,40,Linz,99,2'])).toMatchObject({ accepted: 0, unchanged: 2 });
    expect(await events()).toBe(before);
    expect(await subjects()).toMatchObject(filled);
    await fromIdc([subject('A', { treeHash: 'b'.repeat(32) }), subject('B', { ageYears: 41 })]);
    expect(await subjects()).toMatchObject([
      { sex: 'M', age: 30 },
      { age: 41, source: 'idc' },
    ]);
  });

  it('keeps its subjects when the source that owned them takes them back, and the other way round', async () => {
    await fromIdc([subject('A', { sex: 'F' }), subject('B', { sex: 'F' })]);
    await ingest(['A,M,30,Bonn,101,1']);
    await retireSubjects({ datasetId, source: { name: 'idc', kind: 'IDC' }, labels: ['A', 'B'] }, catalog.app.rows);
    expect(await subjects()).toMatchObject([
      { label: 'A', sex: 'M', age: 30, source: 'table:clinic', retired: false },
      { label: 'B', retired: true },
    ]);
    await fromIdc([subject('A', { sex: 'F' })]);
    expect(await subjects()).toMatchObject([{ label: 'A', sex: 'F', age: 30, source: 'idc', retired: false }, {}]);
    await ingest(['Z,M,30,Bonn,101,1']);
    expect(await subjects()).toMatchObject([
      { label: 'A', sex: 'F', age: null, source: 'idc', retired: false },
      {},
      { label: 'Z' },
    ]);
    expect(await values()).toEqual(['Z HAND 1|Right', 'Z IQ 101|101']);
    expect((await sql<{ n: number }>('SELECT held_subjects AS n FROM dataset WHERE id = $dataset'))[0]?.n).toBe(2);
  });

  it('does not touch sessions and scans of other sources', async () => {
    const scan = { label: '1', derived: false, resources: [] };
    const session = { label: 'S', scans: [scan], resources: [], assessors: [] };
    await fromIdc([subject('A', { sessions: [session] })]);
    await ingest(['A,M,30,Bonn,101,1']);
    await ingest(['A,M,30,Bonn,102,1']);
    expect((await sql<{ n: number }>('SELECT held_scans AS n FROM dataset WHERE id = $dataset'))[0]?.n).toBe(1);
  });

  it('does not flap between two tables that say different things of one subject', async () => {
    const second = mapping.replace('IQ: { type: INTEGER }, ', '');
    await ingest(['A,M,30,Bonn,101,1']);
    await ingest(['A,M,31,Bonn,101,2'], 'later', second);
    expect(await subjects()).toMatchObject([{ age: 31 }]);
    const before = await events();
    await ingest(['A,M,31,Bonn,101,2'], 'later', second);
    expect(await events()).toBe(before);
    expect(await subjects()).toMatchObject([{ age: 31 }]);
  });

  it('keeps back a variable that another table defines with another type', async () => {
    await ingest(['A,M,30,Bonn,101,1']);
    const report = await ingest(['B,M,31,Bonn,high,1'], 'later', mapping.replace('INTEGER', 'TEXT'));
    expect(report.rejected).toEqual([
      { sourceId: 'IQ', error: expect.stringMatching(/is INTEGER in the source "table:clinic"/) },
    ]);
    expect(await values()).toEqual(['A HAND 1|Right', 'A IQ 101|101', 'B HAND 1|Right']);
  });

  it('is refused for an unknown dataset, and under the name of another kind of source', async () => {
    await expect(
      ingestTable({ file: fixture('visit.csv'), dataset: 'absent', mapping: fixture('visit.yaml') }, catalog.app),
    ).rejects.toThrow(/No dataset has the slug "absent"/);
    await expect(
      ingestTable(
        { file: fixture('visit.csv'), dataset: slug, mapping: fixture('visit.yaml'), sourceName: 'test' },
        catalog.app,
      ),
    ).rejects.toThrow(/belongs to a source of kind HARVEST/);
  });

  it('with everything that goes wrong in real ones gives every good line', async () => {
    const report = await ingestTable(
      { file: fixture('visit.csv'), dataset: slug, mapping: fixture('visit.yaml') },
      catalog.app,
    );
    expect(report).toMatchObject({ accepted: 3, variables: 6 });
    expect(report.rejected.map((rejection) => rejection.sourceId)).toEqual([
      'line 5',
      'line 6',
      'line 7',
      'line 8',
      'line 9',
    ]);
  });

  it.skipIf(!existsSync(abideTable))(
    'of ABIDE I goes in whole (skipped where ../shared/data/abide is absent)',
    async () => {
      const given = { file: abideTable, dataset: slug, mapping: abideMapping };
      expect(await ingestTable(given, catalog.app)).toMatchObject({
        accepted: 1112,
        rejected: [],
        variables: 101,
        unmapped: [],
      });
      expect(
        await sql(
          `SELECT subject_group AS "group", count(*)::int AS n, count(DISTINCT site)::int AS sites FROM subject WHERE dataset_id = $dataset GROUP BY 1 ORDER BY 1`,
        ),
      ).toEqual([
        { group: 'ASD', n: 539, sites: 20 },
        { group: 'Control', n: 573, sites: 20 },
      ]);
      expect(await ingestTable(given, catalog.app)).toMatchObject({ accepted: 0, unchanged: 1112 });
    },
  );
});
