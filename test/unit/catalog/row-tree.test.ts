import { describe, expect, it } from 'vitest';
import { fitsSubjectTree } from '../../../src/catalog/model/fits-row-tree.ts';
import { parseSubjectTree, subjectTreeSchema } from '../../../src/catalog/model/row-tree.ts';

type Members = Record<string, unknown>;

const resource = (members: Members = {}) => ({
  label: 'DICOM',
  format: 'DICOM',
  fileCount: 3,
  byteSize: 10,
  ...members,
});
const scan = (members: Members = {}) => ({
  label: '1',
  seriesInstanceUid: '1.2.3',
  modality: 'MR',
  date: '2020-01-31',
  instanceCount: 2,
  derived: false,
  resources: [resource()],
  ...members,
});
const session = (members: Members = {}) => ({
  label: '1.2',
  studyInstanceUid: '1.2',
  scans: [scan()],
  resources: [],
  assessors: [{ label: 'a', xsiType: 'xnat:qc' }],
  ...members,
});
const subject = (members: Members = {}) => ({ label: 'P1', sessions: [session()], resources: [], ...members });

/** Values that members are set to: right ones, wrong ones, odd ones. */
const odd: readonly unknown[] = [
  undefined,
  null,
  '',
  'x',
  'a\0b',
  '\ud800',
  'x'.repeat(4_001),
  '1.2',
  '1.2a',
  '1'.repeat(65),
  0,
  -1,
  1.5,
  3e9,
  Number.NaN,
  2 ** 53,
  150,
  151,
  true,
  [],
  {},
  [null],
  'M',
  'X',
  '2021-02-29',
  '2020-02-29',
  '2020-02-30',
  '2020-04-31',
  '0000-01-01',
  '0001-01-01',
  '2020-1-1',
  'ab'.repeat(16),
  'ab'.repeat(33),
  'AB'.repeat(16),
];
const scanNames = [
  'label',
  'seriesInstanceUid',
  'modality',
  'seriesDescription',
  'date',
  'bodyPart',
  'manufacturer',
  'manufacturerModelName',
  'sopClassUid',
  'instanceCount',
  'byteSize',
  'license',
  'sourceDoi',
  'derived',
  'derivedBy',
  'resources',
  'surplus',
  '__proto__',
  'constructor',
];

function* variants(): Generator {
  for (const value of odd) {
    yield value;
    for (const name of scanNames) yield subject({ sessions: [session({ scans: [scan({ [name]: value })] })] });
    for (const name of [
      'label',
      'studyInstanceUid',
      'date',
      'description',
      'scans',
      'resources',
      'assessors',
      'values',
      'surplus',
    ])
      yield subject({ sessions: [session({ [name]: value })] });
    for (const name of [
      'label',
      'sex',
      'ageYears',
      'diagnosis',
      'group',
      'site',
      'treeHash',
      'sessions',
      'resources',
      'assessors',
      'values',
      'surplus',
    ])
      yield subject({ [name]: value });
    for (const name of ['label', 'format', 'fileCount', 'byteSize', 'digest', 'surplus'])
      yield subject({ resources: [resource({ [name]: value })] });
    for (const name of ['label', 'xsiType', 'date', 'content', 'surplus']) {
      const assessors = [{ label: 'a', xsiType: 'b', [name]: value }];
      yield subject({ assessors });
      yield subject({ sessions: [session({ assessors })] });
    }
  }
}

describe('the quick look at a subject', () => {
  it('takes only what the schema takes, as it is', () => {
    let quick = 0;
    for (const variant of variants()) {
      if (!fitsSubjectTree(variant)) continue;
      quick += 1;
      const parsed = subjectTreeSchema.safeParse(variant);
      expect(parsed.success, JSON.stringify(variant)).toBe(true);
      expect(parsed.data).toEqual(variant);
    }
    expect(quick).toBeGreaterThan(50);
  });

  it('spares an ordinary subject the schema, and leaves the others their reasons', () => {
    expect(fitsSubjectTree(subject())).toBe(true);
    expect(parseSubjectTree(subject({ ageYears: 151 }))).toMatchObject({ success: false });
  });
});
