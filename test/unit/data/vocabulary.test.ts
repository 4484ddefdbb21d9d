import { describe, expect, it } from 'vitest';
import { concepts, keysOnCycles, licenses, modalities, repeated } from './shipped-files.ts';

const iriOfCode: Record<string, (code: string) => string> = {
  MESH: (code) => `http://id.nlm.nih.gov/mesh/${code}`,
  DOID: (code) => `http://purl.obolibrary.org/obo/${code.replace(':', '_')}`,
  UBERON: (code) => `http://purl.obolibrary.org/obo/${code.replace(':', '_')}`,
  SNOMEDCT: (code) => `http://snomed.info/id/${code}`,
  LOCAL: (code) => `urn:mia:concept:${code}`,
};
const knownForms = [
  /^http:\/\/id\.nlm\.nih\.gov\/mesh\/D\d{6}(?:\d{3})?$/,
  /^http:\/\/purl\.obolibrary\.org\/obo\/(?:DOID|UBERON)_\d+$/,
  /^http:\/\/snomed\.info\/id\/\d{6,18}$/,
  /^urn:mia:concept:[a-z0-9-]+$/,
];

/** The check digit of a SNOMED CT identifier (Verhoeff, as the SNOMED CT technical guide prescribes). */
function hasValidCheckDigit(sctid: string): boolean {
  const d = [
    '0123456789',
    '1234067895',
    '2340178956',
    '3401289567',
    '4012395678',
    '5987604321',
    '6598710432',
    '7659821043',
    '8765932104',
    '9876543210',
  ];
  const p = ['0123456789', '1576283094'];
  for (let row = 2; row < 8; row += 1) {
    const first = p[1] ?? '';
    p.push(Array.from(p[row - 1] ?? '', (digit) => first.charAt(Number(digit))).join(''));
  }
  let check = 0;
  Array.from(sctid)
    .reverse()
    .forEach((digit, position) => {
      const permuted = (p[position % 8] ?? '').charAt(Number(digit));
      check = Number((d[check] ?? '').charAt(Number(permuted)));
    });
  return check === 0;
}

function ancestorsOf(iri: string): Set<string> {
  const byIri = new Map(concepts.map((concept) => [concept.iri, concept]));
  const found = new Set<string>();
  const open = [iri];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const wider of byIri.get(next)?.broader ?? []) {
      if (!found.has(wider)) open.push(wider);
      found.add(wider);
    }
  }
  return found;
}

function labelled(label: string): string {
  const iri = concepts.find((concept) => concept.label === label)?.iri;
  expect(iri, label).toBeDefined();
  return iri ?? '';
}

describe('concept vocabulary', () => {
  it('gives each IRI to one concept, whether as its own or as an exact match', () => {
    expect(repeated(concepts.flatMap((concept) => [concept.iri, ...concept.exactMatch]))).toEqual([]);
  });

  it('uses the usual IRI form of each scheme, with the code in it', () => {
    for (const concept of concepts) {
      expect(concept.iri).toBe(iriOfCode[concept.scheme]?.(concept.code));
      for (const iri of [concept.iri, ...concept.exactMatch]) {
        expect(
          knownForms.some((form) => form.test(iri)),
          iri,
        ).toBe(true);
      }
    }
  });

  it('has SNOMED CT codes with a valid check digit', () => {
    const codes = concepts
      .flatMap((concept) => concept.exactMatch)
      .filter((iri) => iri.startsWith('http://snomed.info/id/'))
      .map((iri) => iri.slice('http://snomed.info/id/'.length));
    expect(codes.length).toBeGreaterThan(100);
    expect(codes.filter((code) => !hasValidCheckDigit(code))).toEqual([]);
    expect(hasValidCheckDigit('12738005'), 'a slip in the code of the brain').toBe(false);
  });

  it('lets each label or synonym name one concept only', () => {
    expect(repeated(concepts.flatMap((concept) => [concept.label, ...concept.synonyms]))).toEqual([]);
  });

  it('names only concepts of its own as broader, without cycles', () => {
    const known = new Set(concepts.map((concept) => concept.iri));
    for (const concept of concepts) {
      expect(
        concept.broader.filter((wider) => !known.has(wider)),
        concept.label,
      ).toEqual([]);
    }
    expect(keysOnCycles(new Map(concepts.map((concept) => [concept.iri, concept.broader])))).toEqual([]);
  });

  it.each([
    ['Glioblastoma', 'Brain Neoplasms'],
    ['Glioblastoma', 'Glioma'],
    ['Clear cell renal cell carcinoma', 'Kidney Neoplasms'],
    ['Adenocarcinoma of Lung', 'Lung Neoplasms'],
    ['Carcinoma, Pancreatic Ductal', 'Pancreatic Neoplasms'],
    ['Carcinoma, Pancreatic Ductal', 'Neoplasms'],
    ['Alzheimer Disease', 'Brain Diseases'],
    ['COVID-19', 'Respiratory Tract Diseases'],
    ['COVID-19', 'Coronavirus Infections'],
    ['Autism Spectrum Disorder', 'Mental Disorders'],
    ['Brain', 'Head'],
    ['Pancreas', 'Abdomen'],
  ])('finds %s below %s', (narrow, wide) => {
    expect(ancestorsOf(labelled(narrow))).toContain(labelled(wide));
  });

  it.each([
    ['autism', 'Autism Spectrum Disorder'],
    ['ASD', 'Autism Spectrum Disorder'],
    ['GBM', 'Glioblastoma'],
    ['ccRCC', 'Clear cell renal cell carcinoma'],
    ['PDAC', 'Carcinoma, Pancreatic Ductal'],
    ["Alzheimer's", 'Alzheimer Disease'],
    ['MCI', 'Cognitive Dysfunction'],
    ['COVID', 'COVID-19'],
    ['lung cancer', 'Lung Neoplasms'],
    ['healthy controls', 'Healthy Volunteers'],
  ])('knows %s as %s', (word, label) => {
    const concept = concepts.find((each) =>
      each.synonyms.some((synonym) => synonym.toLowerCase() === word.toLowerCase()),
    );
    expect(concept?.label).toBe(label);
  });
});

describe('modality vocabulary', () => {
  it('lets each code, label or synonym name one modality only', () => {
    const names = modalities.flatMap((modality) => [
      ...new Set([modality.code, modality.label, ...modality.synonyms].map((name) => name.toLowerCase())),
    ]);
    expect(repeated(names)).toEqual([]);
    expect(repeated(modalities.flatMap((modality) => modality.iri ?? []))).toEqual([]);
  });

  it('names only codes of its own as broader, without cycles', () => {
    const known = new Set(modalities.map((modality) => modality.code));
    const wider = modalities.flatMap((modality) => modality.broader ?? []);
    expect(wider.filter((code) => !known.has(code))).toEqual([]);
    const next = new Map(modalities.map((each) => [each.code, each.broader === undefined ? [] : [each.broader]]));
    expect(keysOnCycles(next)).toEqual([]);
  });

  it.each([
    ['FMRI', 'MR'],
    ['SMRI', 'MR'],
    ['AMYLOID_PET', 'PT'],
    ['US_VIDEO', 'US'],
    ['SIM_SINOGRAM', 'CT'],
    ['WSI', 'SM'],
  ])('puts %s under the DICOM code %s', (fine, dicom) => {
    expect(modalities.find((modality) => modality.code === fine)?.broader).toBe(dicom);
    expect(modalities.find((modality) => modality.code === dicom)?.scheme).toBe('DICOM');
  });
});

describe('licence vocabulary', () => {
  it('lets each identifier, label or alias name one licence only', () => {
    expect(repeated(licenses.map((license) => license.iri))).toEqual([]);
    expect(
      repeated(licenses.flatMap((license) => [license.spdxId ?? [], license.label, ...license.aliases].flat())),
    ).toEqual([]);
  });

  it.each([
    ['CC BY 4.0', 'CC-BY-4.0'],
    ['CC BY 3.0', 'CC-BY-3.0'],
    ['CC BY-NC 4.0', 'CC-BY-NC-4.0'],
    ['CC BY-NC-ND 4.0', 'CC-BY-NC-ND-4.0'],
  ])('knows %s as %s', (name, spdxId) => {
    expect(licenses.find((license) => license.aliases.includes(name))?.spdxId).toBe(spdxId);
  });
});
