import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('shipped');
});
afterAll(async () => {
  await catalog.close();
});

const kinds = [
  ['subjects', 'label sex ageYears diagnosis group site'],
  ['sessions', 'label studyInstanceUid description date modalities { code } subject { label }'],
  [
    'scans',
    'label seriesInstanceUid seriesDescription bodyPart manufacturer instanceCount byteSize derived license { spdxId iri label } modality { code } session { subject { label } }',
  ],
] as const;

async function rows(kind: string, fields: string, where: unknown, after?: string): Promise<any> {
  const filter = { subjects: 'SubjectWhere', sessions: 'SessionWhere', scans: 'ScanWhere' }[kind] ?? '';
  const { data, errors } = await catalog.ask(
    `query ($where: ${filter}, $after: String) { dataset(slug: "cptac-pda") { ${kind}(where: $where, first: 1000, after: $after) {
       nodes { id ${fields} } pageInfo { hasNextPage endCursor } totalCount { ... on ExactCount { value } } } } }`,
    { where, after: after ?? null },
  );
  expect(errors).toBeUndefined();
  return data.dataset[kind];
}

async function everyRow(kind: string, fields: string, where: unknown = null): Promise<any[]> {
  const found: any[] = [];
  for (let after: string | undefined; ; ) {
    const page = await rows(kind, fields, where, after);
    found.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) {
      expect(found).toHaveLength(page.totalCount.value);
      return found;
    }
    after = page.pageInfo.endCursor;
  }
}

const text = (value: string | null, part: string): boolean => (value ?? '').toLowerCase().includes(part);

/** Each a filter of a kind of rows, and the same test written over the answers. */
const cases: readonly (readonly [kind: string, where: any, test: (row: any) => boolean])[] = [
  ['subjects', { sex: { eq: 'F' } }, (row) => row.sex === 'F'],
  ['subjects', { not: { sex: { eq: 'F' } } }, (row) => row.sex !== 'F'],
  [
    'subjects',
    { ageYears: { gte: 50, lte: 60 } },
    (row) => row.ageYears !== null && row.ageYears >= 50 && row.ageYears <= 60,
  ],
  ['subjects', { label: { contains: 'C3L' } }, (row) => text(row.label, 'c3l')],
  ['subjects', { or: [] }, () => false],
  ['subjects', { and: [], label: null }, () => true],
  ['sessions', { date: { gte: '2005-01-01' } }, (row) => row.date >= '2005-01-01'],
  ['sessions', { description: { contains: 'ABD' } }, (row) => text(row.description, 'abd')],
  [
    'sessions',
    { modality: { anyOf: ['CT'] } },
    (row) => row.modalities.some((modality: any) => modality.code === 'CT'),
  ],
  ['sessions', { subject: { contains: 'C3N' } }, (row) => text(row.subject.label, 'c3n')],
  ['sessions', { subject: {} }, () => true],
  ['scans', { derived: true }, (row) => row.derived],
  ['scans', { derived: false }, (row) => !row.derived],
  ['scans', { modality: { anyOf: ['MRI'] } }, (row) => row.modality?.code === 'MR'],
  ['scans', { instanceCount: { gte: 100 } }, (row) => row.instanceCount >= 100],
  ['scans', { byteSize: { lte: 1_000_000 } }, (row) => row.byteSize !== null && row.byteSize <= 1_000_000],
  ['scans', { bodyPart: { eq: 'ABDOMEN' } }, (row) => row.bodyPart === 'ABDOMEN'],
  ['scans', { manufacturer: { contains: 'siemens' } }, (row) => text(row.manufacturer, 'siemens')],
  [
    'scans',
    { license: { contains: 'cc-by' } },
    (row) => row.license !== null && Object.values<string>(row.license).some((name) => text(name, 'cc-by')),
  ],
  ['scans', { license: {} }, () => true],
  ['scans', { subject: { contains: 'C3N' } }, (row) => text(row.session.subject.label, 'c3n')],
  ['scans', { seriesDescription: { in: [] } }, () => false],
];

describe('rows of a dataset', () => {
  it.each(kinds)('%s page completely, each once', async (kind, fields) => {
    const whole = await everyRow(kind, fields);
    expect(new Set(whole.map((row) => row.id)).size).toBe(whole.length);
    expect(whole.length).toBe({ subjects: 195, sessions: 302, scans: 2226 }[kind]);
  });

  it.each(cases.map(([kind, where, test]) => ({ kind, where, test, name: JSON.stringify(where) })))(
    '$kind pass $name as they should',
    async ({ kind, where, test }) => {
      const fields = kinds.find(([name]) => name === kind)?.[1] ?? '';
      const expected = (await everyRow(kind, fields)).filter(test).map((row) => row.id);
      expect((await everyRow(kind, fields, where)).map((row) => row.id)).toEqual(expected);
    },
  );
});
