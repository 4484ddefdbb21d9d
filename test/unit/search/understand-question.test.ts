import { beforeAll, describe, expect, it } from 'vitest';
import type { Vocabulary } from '../../../src/catalog/index.ts';
import { nearestWords } from '../../../src/search/correct-spelling.ts';
import { NameMatcher } from '../../../src/search/match-names.ts';
import { readAges } from '../../../src/search/read-ages.ts';
import { understandQuestion } from '../../../src/search/understand-question.ts';

const modality = (code: string, label: string, synonyms: string[], broader?: string) => ({
  code,
  label,
  scheme: 'DICOM',
  synonyms,
  ...(broader !== undefined && { broader }),
});
const concept = (iri: string, scheme: string, label: string, synonyms: string[], broader: string[] = []) => ({
  id: iri,
  iri,
  scheme,
  label,
  synonyms,
  exactMatches: [],
  broader,
});
const vocabulary: Vocabulary = {
  modalities: [
    modality('MR', 'Magnetic resonance', ['MRI']),
    modality('FMRI', 'Functional MRI', ['fMRI'], 'MR'),
    modality('CT', 'Computed tomography', []),
    modality('PT', 'Positron emission tomography', ['PET']),
    modality('US', 'Ultrasound', ['sonography']),
    modality('GENOMICS', 'Genomics', ['genetic data']),
    modality('DOC', 'Document', []),
  ],
  concepts: [
    concept('c:tumour', 'MESH', 'Neoplasms', ['tumour', 'cancer']),
    concept('c:glioma', 'MESH', 'Glioma', ['gliomas'], ['c:tumour']),
    concept('c:parkinson', 'MESH', 'Parkinson Disease', ['PD']),
    concept('c:limb', 'UBERON', 'Limb', ['extremities']),
    concept('c:kidney', 'UBERON', 'Kidney', ['renal']),
  ],
  licenses: [],
};
let matcher: NameMatcher;
beforeAll(() => {
  matcher = new NameMatcher(vocabulary);
});
const read = (text: string, ignored?: string[]) => understandQuestion(text, matcher, ignored);
const testsOf = (text: string) => read(text).filters.map(({ field, test }) => `${field}: ${test}`);

describe('a question', () => {
  it.each([
    ['eyes open resting state'],
    ['open-source tools'],
    ['give us a document'],
    ['growing up in extreme poverty'],
    ['the 3 tesla scanner of 2012'],
    ['over the moon'],
    ['over 60'],
    ['glucose over 126'],
    ['BMI below 30'],
    ['pd of the water signal'],
  ])('keeps as text what is no filter: %s', (text) => {
    expect(read(text)).toMatchObject({ text, filters: [] });
  });

  it.each([
    ['CT or MRI', ['modality: has one of CT, MR']],
    [
      'CT, no MRI, PET or genetic data',
      [
        'modality: has CT',
        'modality: not Magnetic resonance',
        'modality: not Positron emission tomography',
        'modality: not Genomics',
      ],
    ],
    ['at least 1,500 subjects', ['subjectCount: >= 1500']],
    ['2k or more patients', ['subjectCount: >= 2000']],
    ['up to 40 people', ['subjectCount: <= 40']],
    ['women over 60', ['age: >= 61 years']],
    ['more than 60 women', ['subjectCount: >= 61']],
    ['aged 18-25', ['age: 18 to 25 years']],
    ['younger than 18', ['age: <= 17 years']],
    ['older than 60', ['age: >= 61 years']],
    ['aged 60+', ['age: >= 60 years']],
    ['60 years and older', ['age: >= 60 years']],
    ['12 or younger', ['age: <= 12 years']],
    ['aged 25 to 18', ['age: 18 to 25 years']],
    ['between 500 and 100 subjects', ['subjectCount: 100 to 500']],
    ['at least 600', ['subjectCount: >= 600']],
    ['MRI with fewer than 100', ['modality: has MR', 'subjectCount: <= 99']],
    ['CT, 500 or more', ['modality: has CT', 'subjectCount: >= 500']],
    ['with 1,000+', ['subjectCount: >= 1000']],
    ['CT and ct, CT', ['modality: has CT']],
    ['N = 500', ['subjectCount: eq 500']],
    ['no restricted data', ['accessClass: not RESTRICTED']],
    ['non-open', ['accessClass: eq RESTRICTED']],
    ['not open', ['accessClass: eq RESTRICTED']],
    ['for commercial use', ['accessClass: eq OPEN']],
    ['non-commercial', ['accessClass: eq OPEN_NON_COMMERCIAL']],
    ['US scans', ['modality: has US']],
  ])('is read: %s', (text, tests) => {
    expect(testsOf(text)).toEqual(tests);
  });

  it('loses the words of a filter that says nothing more, and keeps those that rank', () => {
    expect(read('open MRI of glioma with more than 1,000 stroke patients')).toMatchObject({
      text: 'MRI of glioma with stroke patients',
      topic: 'of glioma with stroke patients',
    });
    expect(read('more than 100 subjects').text).toBe('');
  });

  it.each([['show me all datasets'], ['anything except MRI'], ['which studies are open?']])(
    'looks for no word that says only that somebody asks: %s',
    (text) => {
      expect(read(text).text).toBe('');
    },
  );

  it('keeps the kind of data where nothing else is said', () => {
    expect(read('MRI datasets')).toMatchObject({ text: 'MRI datasets', topic: '' });
  });

  it('shows what it stands for once, however often it is said', () => {
    const { expansions, text } = read('Glioma CT '.repeat(90));
    expect(expansions.map(({ words }) => words)).toEqual(['Glioma', 'CT']);
    expect(text).toContain('Glioma CT Glioma');
  });

  it('stands for what is narrower', () => {
    expect(read('tumours').expansions).toEqual([
      {
        words: 'tumours',
        term: expect.objectContaining({ key: 'c:tumour' }),
        names: ['Neoplasms', 'tumour', 'cancer', 'Glioma', 'gliomas'],
      },
    ]);
    expect(read('tumours', ['TUMOURS']).expansions).toEqual([]);
  });
});

describe('the prose of a record', () => {
  const namedIn = (text: string) =>
    matcher.inProse(text).flatMap(({ terms, negated }) => (negated ? [] : terms.map(({ key }) => key)));

  it.each([
    ['MRI and PET of people with gliomas', ['MR', 'PT', 'c:glioma']],
    ['There are no genetic data and no CT or PET. MRI was done.', ['MR']],
    ['People without cancer, but MRI of the kidney', ['MR', 'c:kidney']],
    ['Exclusion criteria: glioma - any tumour', []],
    ['T1, PD and T2 images; a pet; scanned in the US', []],
  ])('names what it does not deny: %s', (text, keys) => {
    expect(namedIn(text)).toEqual(keys);
  });

  it.each([
    ['People aged 8 to 92 years', { from: 8, to: 92 }],
    ['healthy adults (ages 7-64 years, median 14.7)', { from: 7, to: 64 }],
    ['between 16 and 81 years of age', { from: 16, to: 81 }],
    ['older adults and children', { from: 5, to: 90 }],
    ['followed for 3 years from 2004 to 2010', undefined],
    ['4 mm slices', undefined],
  ])('tells ages: %s', (text, range) => {
    expect(readAges(text)).toEqual(range);
  });
});

describe('a misspelt word', () => {
  const words = new Set(['glioblastoma', 'schizophrenia', 'brain', 'train', 'brains']);
  it.each([
    ['gliobastoma', ['glioblastoma']],
    ['schizophrenai', ['schizophrenia']],
    ['brian', ['brain']],
    ['glioma', []],
  ])('%s is near %j', (word, near) => {
    expect(nearestWords(word, words)).toEqual(near);
  });
});
