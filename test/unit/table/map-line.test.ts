import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { mapLine } from '../../../ingest/table/map-line.ts';
import { parseMapping, readMapping } from '../../../ingest/table/mapping.ts';
import { openTable } from '../../../ingest/table/open-table.ts';
import { planTable, variableRecords } from '../../../ingest/table/plan-table.ts';
import { collect } from '../../kit/collect.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/tables/${name}`, import.meta.url));

async function mapFixture() {
  const table = await openTable(fixture('visit.csv'));
  const plan = planTable(await readMapping(fixture('visit.yaml')), table.columns);
  const lines = await collect(table.lines);
  return { plan, mapped: lines.map((line) => ('cells' in line ? mapLine(plan, line.cells) : { faults: [] })) };
}

describe('a line of a table', () => {
  it('is refused with the column that holds U+0000 or is too long, the id included', () => {
    const mapping = { subject: { id: 'ID' }, variables: { IQ: { type: 'DECIMAL' } } };
    const plan = planTable(parseMapping(mapping, 'here'), ['ID', 'IQ', 'unused']);
    const faultsOf = (cells: readonly string[]) => {
      const mapped = mapLine(plan, cells);
      return 'faults' in mapped ? mapped.faults.map(({ column, reason }) => `${column} ${reason.slice(0, 12)}`) : [];
    };
    expect(faultsOf(['A\0B', '1'])).toEqual(['ID holds U+0000']);
    expect(faultsOf(['A', '2\0'])).toEqual(['IQ holds U+0000']);
    expect(faultsOf(['A', '2', '\0'])).toEqual([]);
    expect(mapLine(plan, ['x'.repeat(4_001), '1'])).toMatchObject({ faults: [{ column: 'ID' }] });
  });

  it('becomes a subject whose values keep what was written beside what it means', async () => {
    const { mapped } = await mapFixture();
    expect(mapped[0]).toEqual({
      subject: {
        label: 'P01',
        sex: 'M',
        ageYears: 34.5,
        diagnosis: 'Glioblastoma',
        sessions: [],
        resources: [],
        values: [
          { variable: 'Age', text: '34,5', number: 34.5, missing: false },
          { variable: 'Dx', text: '1', label: 'Glioblastoma', missing: false },
          { variable: 'weight', text: '70,2', number: 70.2, missing: false },
          { variable: 'visit_day', text: '03.04.2021', label: '2021-04-03', missing: false },
          { variable: 'smokes', text: 'yes', label: 'true', missing: false },
          { variable: 'Notes', text: 'first', missing: false },
        ],
      },
    });
  });

  it('keeps written codes for a missing value as such, and has nothing where nothing is written', async () => {
    const { mapped } = await mapFixture();
    const [, second, third] = mapped;
    expect(second).toMatchObject({
      subject: {
        label: 'P02',
        sex: 'F',
        values: [{ variable: 'Age', text: '-9999', missing: true }, {}, { text: 'n/a', missing: true }, {}, {}],
      },
    });
    expect(second).not.toHaveProperty('subject.ageYears');
    expect(third).toMatchObject({ subject: { label: 'P03', values: [{ number: 51 }, {}] } });
  });

  it('is refused with every bad column and its reason', async () => {
    const { mapped } = await mapFixture();
    expect(mapped[3]).toEqual({
      label: 'P04',
      faults: [
        { column: 'Sex', reason: '"x" is not one of the values of sex in the mapping' },
        { column: 'Weight kg', reason: '"heavy" is not a number' },
        { column: 'Visit day', reason: '"31.02.2021" is not a day' },
        { column: 'Smokes', reason: '"perhaps" is neither yes nor no' },
      ],
    });
    expect(mapped[4]).toMatchObject({
      label: 'P05',
      faults: [{ column: 'Weight kg', reason: '"1.081,5" is more than 500' }],
    });
    expect(mapped[5]).toMatchObject({ label: 'P06', faults: [{ column: '9' }] });
    expect(mapped[6]).toMatchObject({ faults: [{ column: 'Subject ID' }] });
  });
});

describe('a mapping', () => {
  it('defines the variables, with the concepts of their categories', async () => {
    const { plan } = await mapFixture();
    expect(variableRecords(plan)[1]).toEqual({
      name: 'Dx',
      type: 'CATEGORICAL',
      missingCodes: ['-9999', 'n/a'],
      categories: { 1: 'Glioblastoma', 2: 'Control' },
      categoryConcepts: { Glioblastoma: 'MESH:D005909' },
    });
  });

  it('is refused with the place of each fault', () => {
    const wrong = {
      subject: { id: 'ID', age: 'AGE' },
      variables: { DX: { type: 'categorical' }, A: { type: 'colour' } },
    };
    expect(() => parseMapping(wrong, 'm.yaml')).toThrow(/m\.yaml.*subject.*age.*variables\.A\.type/s);
    expect(() => parseMapping({ subject: { id: 'ID' }, variables: { DX: { type: 'categorical' } } }, 'm.yaml')).toThrow(
      /categories/,
    );
  });

  it('is refused when it names columns the table lacks', () => {
    const mapping = parseMapping({ subject: { id: 'ID' }, variables: { AGE: { type: 'INTEGER' } } }, 'm.yaml');
    expect(() => planTable(mapping, ['id', 'Other'])).toThrow(/no column "AGE".*id, Other/);
  });

  it('tells which columns it leaves out without saying so', () => {
    const mapping = parseMapping({ subject: { id: 'ID' }, variables: {}, skip: ['X'] }, 'm.yaml');
    expect(planTable(mapping, ['ID', 'X', 'Y']).unmapped).toEqual(['Y']);
  });

  it('builds ids with prefix and zeros', () => {
    const mapping = parseMapping({ subject: { id: { column: 'ID', prefix: 'S', padTo: 4 } }, variables: {} }, 'm.yaml');
    expect(mapLine(planTable(mapping, ['ID']), ['7'])).toMatchObject({ subject: { label: 'S0007' } });
  });
});
