import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { describeTable, type TableDescription } from '../../../ingest/table/describe-table.ts';
import { parseMapping, readMapping } from '../../../ingest/table/mapping.ts';

let folder: string;
let description: TableDescription;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mia-describe-'));
  const lines = Array.from({ length: 40 }, (_, index) => {
    const age = index === 3 ? '-9999' : `${20 + index},5`;
    const iq = index % 7 === 0 ? '-9999' : String(80 + index);
    return [
      index + 1,
      `S${index}`,
      index % 2 === 0 ? 'M' : 'F',
      age,
      1 + (index % 2),
      ['Bonn', 'Linz', 'Oslo'][index % 3],
      iq,
      `${(index % 28) + 1}/03/2020`,
      index % 2,
      `note ${index}`,
    ].join(';');
  });
  const path = join(folder, 't.csv');
  await writeFile(
    path,
    `no;Patient ID;Gender;Age at scan;DX_GROUP;Site;IQ;Scan date;Smoker;Notes\n${lines.join('\n')}\n`,
  );
  description = await describeTable(path);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('the description of a table', () => {
  it('finds the likely columns of the subject', () => {
    expect(description.likely).toEqual({
      id: 'Patient ID',
      sex: 'Gender',
      ageYears: 'Age at scan',
      diagnosis: 'DX_GROUP',
      group: 'DX_GROUP',
      site: 'Site',
    });
  });

  it('tells types, ranges and missing codes', () => {
    const of = (column: string) => description.columns.find((profile) => profile.column === column);
    expect(of('Age at scan')).toMatchObject({
      type: 'DECIMAL',
      min: 20.5,
      max: 59.5,
      n: 39,
      missing: 1,
      missingCodes: ['-9999'],
      decimalComma: true,
    });
    expect(of('IQ')).toMatchObject({ type: 'INTEGER', min: 81, max: 119, missingCodes: ['-9999'] });
    expect(of('DX_GROUP')?.type).toBe('CATEGORICAL');
    expect(of('Scan date')).toMatchObject({ type: 'DATE', dayFormats: ['DD/MM/YYYY'] });
    expect(of('Smoker')?.type).toBe('BOOLEAN');
    expect(of('Notes')?.type).toBe('TEXT');
  });

  it('is a mapping that a steward can use as it stands', () => {
    const mapping = parseMapping(parse(description.yaml), 'proposal');
    expect(mapping).toMatchObject({
      decimal: ',',
      missingCodes: ['-9999'],
      skip: ['no'],
      subject: { sex: { values: { M: 'M', F: 'F' } } },
    });
    expect(description.yaml).toContain('from 81 to 119');
  });
});

describe('the shipped mappings', () => {
  it('are right', async () => {
    const mapping = await readMapping(fileURLToPath(new URL('../../../data/mappings/abide-1.yaml', import.meta.url)));
    expect(Object.keys(mapping.variables)).toHaveLength(101);
    expect(mapping.skip).toHaveLength(4);
  });
});
