import { describe, expect, it } from 'vitest';
import { type Concept, slugify, type Vocabulary, VocabularyIndex } from '../../../src/catalog/model/vocabulary.ts';

function concept(code: string, label: string, more: Partial<Concept> = {}): Concept {
  const iri = `http://id.nlm.nih.gov/mesh/${code}`;
  return { id: code, iri, scheme: 'MESH', code, label, synonyms: [], exactMatches: [], broader: [], ...more };
}

const glioblastoma = concept('D005909', 'Glioblastoma', {
  synonyms: ['GBM', 'Glioblastoma multiforme'],
  exactMatches: ['http://purl.obolibrary.org/obo/DOID_3068', 'http://snomed.info/id/393563007'],
});
const brain: Concept = {
  ...concept('UBERON:0000955', 'Brain'),
  iri: 'http://purl.obolibrary.org/obo/UBERON_0000955',
  scheme: 'UBERON',
};
const vocabulary: Vocabulary = {
  concepts: [glioblastoma, brain, concept('D1', 'Cold', { synonyms: ['Glioblastoma'] })],
  modalities: [
    { code: 'MR', label: 'Magnetic resonance', scheme: 'DICOM', synonyms: ['MRI'] },
    { code: 'US_VIDEO', label: 'Ultrasound video', scheme: 'MIA', synonyms: [] },
  ],
  licenses: [
    {
      id: 'by',
      spdxId: 'CC-BY-4.0',
      iri: 'https://creativecommons.org/licenses/by/4.0/',
      label: 'Creative Commons Attribution 4.0 International',
      aliases: ['CC BY 4.0'],
    },
  ],
};
const index = (): VocabularyIndex => new VocabularyIndex(vocabulary);

describe('the name of a concept', () => {
  it.each([
    ['IRI', 'http://id.nlm.nih.gov/mesh/D005909'],
    ['IRI with https', 'https://id.nlm.nih.gov/mesh/D005909'],
    ['code', 'D005909'],
    ['scheme and code', 'MESH:D005909'],
    ['label', 'Glioblastoma'],
    ['label in another case', 'gLIOBLASTOMA'],
    ['synonym', 'GBM'],
    ['synonym with hyphens', 'glioblastoma-multiforme'],
    ['synonym with underscores and blanks', '  glioblastoma_ multiforme '],
    ['full-width letters', 'ＧＢＭ'],
    ['DOID', 'DOID:3068'],
    ['IRI of DOID', 'http://purl.obolibrary.org/obo/DOID_3068'],
    ['SNOMED CT', 'SNOMEDCT:393563007'],
    ['SNOMED CT by its short name', 'SCT:393563007'],
    ['IRI of SNOMED CT', 'http://snomed.info/id/393563007'],
  ])('may be its %s', (_, name) => {
    expect(index().findConcept(name)?.id).toBe('D005909');
  });

  it('may be a code that holds its scheme', () => {
    expect(index().findConcept('UBERON:0000955')?.label).toBe('Brain');
  });

  it.each(['', ' ', 'Glio', 'Glioblastomas'])('is not %j', (name) => {
    expect(index().findConcept(name)).toBeUndefined();
  });

  it('is the preferred label of one rather than a synonym of another', () => {
    expect(index().findConcept('glioblastoma')?.id).toBe('D005909');
  });
});

describe('a concept in a record', () => {
  it.each([
    [{ iri: 'http://id.nlm.nih.gov/mesh/D005909' }],
    [{ scheme: 'DOID', code: '3068' }],
    [{ scheme: 'DOID', code: 'DOID:3068' }],
    [{ scheme: 'MESH', code: 'D005909', label: 'Another label' }],
    ['GBM'],
  ])('is found by %j', (reference) => {
    expect(index().concept(reference).id).toBe('D005909');
  });

  it('that is unknown becomes a local term with an IRI of ours', () => {
    expect(index().concept('Rare disease')).toMatchObject({
      scheme: 'LOCAL',
      label: 'Rare disease',
      iri: 'urn:mia:concept:rare-disease',
    });
  });

  it('that is unknown keeps the scheme, code and IRI that the record gives', () => {
    const given = { iri: 'http://example.org/c/1', scheme: 'EX', code: '1', label: 'One' };
    expect(index().concept(given)).toMatchObject(given);
  });

  it('that is unknown is one term however often and in whatever case it comes', () => {
    const terms = index();
    expect(terms.concept('Rare disease')).toBe(terms.concept('rare-DISEASE'));
  });
});

describe('the name of a modality', () => {
  it.each([
    ['MR', 'MR'],
    ['mr', 'MR'],
    ['MRI', 'MR'],
    ['magnetic resonance', 'MR'],
    ['us video', 'US_VIDEO'],
    ['US-Video', 'US_VIDEO'],
  ])('%s means %s', (name, code) => {
    expect(index().modality(name).code).toBe(code);
  });

  it('that is unknown becomes a local code', () => {
    expect(index().modality('Smell print')).toMatchObject({
      code: 'SMELL_PRINT',
      label: 'Smell print',
      scheme: 'LOCAL',
    });
  });
});

describe('the name of a licence', () => {
  it.each(['CC-BY-4.0', 'cc by 4.0', 'http://creativecommons.org/licenses/by/4.0', 'CC BY 4.0'])(
    'may be %s',
    (name) => {
      expect(index().license(name).id).toBe('by');
    },
  );

  it('that is unknown is kept as the source writes it', () => {
    expect(index().license('Ask Bob')).toMatchObject({ label: 'Ask Bob', aliases: [] });
  });
});

describe('a slug', () => {
  it.each([
    ['UPENN-GBM', 'upenn-gbm'],
    ['  Éléphant  & Co. ', 'elephant-co'],
    ['MMIST_ccRCC', 'mmist-ccrcc'],
    ['日本', 'x'],
    ['', 'x'],
  ])('of %j is %s', (text, slug) => {
    expect(slugify(text)).toBe(slug);
  });

  it('has at most 80 characters and no hyphen at its end', () => {
    expect(slugify(`${'a'.repeat(79)} b`)).toBe('a'.repeat(79));
  });
});
