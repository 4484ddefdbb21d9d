import { describe, expect, it } from 'vitest';
import { type DatasetRecord, datasetRecordSchema } from '../../../src/catalog/model/dataset-record.ts';
import { concepts, licenses, modalities, recordFiles } from './shipped-files.ts';

const slugs = [
  'abide',
  'adni',
  'aibl',
  'covid-blues',
  'cptac-ccrcc',
  'cptac-pda',
  'ct-mar',
  'lung-pet-ct-dx',
  'mmist-ccrcc',
  'tcga-kirc',
  'upenn-gbm',
];

function recordOf(slug: string): DatasetRecord {
  return datasetRecordSchema.parse(recordFiles.get(slug));
}

function doisOf(record: DatasetRecord): string[] {
  const own = (record.identifiers ?? []).flatMap((each) =>
    typeof each !== 'string' && each.scheme === 'DOI' ? [each.value] : [],
  );
  return [...own, ...(record.publications ?? []).flatMap((each) => each.doi ?? [])];
}

it('ships the nine datasets and the two source cohorts of MMIST-ccRCC', () => {
  expect([...recordFiles.keys()].sort()).toEqual(slugs);
});

describe.each(slugs)('record %s', (slug) => {
  it('passes the schema under the name of its file', () => {
    const parsed = datasetRecordSchema.safeParse(recordFiles.get(slug));
    expect(parsed.error?.issues ?? []).toEqual([]);
    expect([parsed.data?.sourceId, parsed.data?.slug]).toEqual([slug, slug]);
  });

  it('uses concepts of the vocabulary, spelt as there', () => {
    const record = recordOf(slug);
    const used = [...(record.conditions ?? []), ...(record.bodyParts ?? [])];
    expect(record.conditions?.length).toBeGreaterThan(0);
    expect(record.bodyParts?.length).toBeGreaterThan(0);
    for (const ref of used) {
      if (typeof ref === 'string') throw new Error(`${ref}: shipped records name concepts by IRI`);
      const known = concepts.find((concept) => concept.iri === ref.iri);
      expect(known, ref.iri).toBeDefined();
      expect(ref).toEqual({ iri: known?.iri, scheme: known?.scheme, code: known?.code, label: known?.label });
    }
  });

  it('uses modalities of the vocabulary, and lists the DICOM code of each finer one', () => {
    const used = recordOf(slug).modalities ?? [];
    const byCode = new Map(modalities.map((modality) => [modality.code, modality]));
    expect(used.length).toBeGreaterThan(0);
    for (const code of used) {
      expect(byCode.has(code), code).toBe(true);
      const wider = byCode.get(code)?.broader;
      if (wider !== undefined) expect(used, `${code} without ${wider}`).toContain(wider);
    }
  });

  it('uses licences of the vocabulary, spelt as there', () => {
    const record = recordOf(slug);
    const used = [record.license, ...(record.distributions ?? []).map((distribution) => distribution.license)];
    for (const ref of used) {
      if (ref === undefined) continue;
      if (typeof ref === 'string') throw new Error(`${ref}: shipped records spell their licence out`);
      const known = licenses.find((license) => license.iri === ref.iri);
      expect(known, ref.iri).toBeDefined();
      expect([ref.spdxId, ref.label]).toEqual([known?.spdxId, known?.label]);
    }
  });

  it('says how to get at the data, and leaves no missing licence unexplained', () => {
    const record = recordOf(slug);
    expect(record.accessClass).toBeDefined();
    expect(record.accessNote).toBeDefined();
    expect(record.accessUrl).toBeDefined();
    expect(record.distributions?.length).toBeGreaterThan(0);
    if (record.license === undefined) {
      expect(record.unconfirmed?.map((each) => each.field)).toContain('license');
    }
  });

  it('links each DOI to its resolver', () => {
    const record = recordOf(slug);
    for (const each of record.identifiers ?? []) {
      if (typeof each === 'string' || each.scheme !== 'DOI') continue;
      expect(each.iri).toBe(`https://doi.org/${each.value}`);
    }
    for (const doi of doisOf(record)) expect(doi).toMatch(/^10\.\d{4,9}\/\S+$/);
  });

  it('has one headline count of subjects, or none where there are no people', () => {
    const headlines = (recordOf(slug).counts ?? []).filter((count) => count.headline);
    expect(headlines.map((count) => count.measure)).toEqual(slug === 'ct-mar' ? [] : ['SUBJECTS']);
  });

  it('points only at datasets that are shipped too', () => {
    for (const relation of recordOf(slug).relations ?? []) {
      if (relation.dataset !== undefined) expect(slugs).toContain(relation.dataset);
    }
  });
});

describe('where sources disagree', () => {
  it.each([
    ['adni', 'SUBJECTS', ['AIM_MIA proposal', 3000, 'MORE_THAN'], ['ADNI', 2500, 'MORE_THAN']],
    ['aibl', 'SUBJECTS', ['AIM_MIA proposal', 3000, 'MORE_THAN'], ['AIBL (10 Apr 2019)', 2359, 'EXACT']],
    ['cptac-pda', 'SUBJECTS', ['AIM_MIA proposal', 168, 'EXACT'], ['Imaging Data Commons v25', 195, 'EXACT']],
    ['ct-mar', 'CASES', ['AIM_MIA proposal', 1000, 'EXACT'], ['CT-MAR organisers (final scoring)', 29, 'EXACT']],
    ['ct-mar', 'CASES', ['AIM_MIA proposal', 1000, 'EXACT'], ['CT-MAR organisers (training)', 14000, 'EXACT']],
  ])('%s keeps both figures with their source (%s)', (slug, measure, proposal, publisher) => {
    const stated = (recordOf(slug).counts ?? [])
      .filter((count) => count.measure === measure)
      .map((count) => [count.source, count.value, count.qualifier]);
    expect(stated).toContainEqual(proposal);
    expect(stated).toContainEqual(publisher);
  });

  it('shows the unconfirmed total of ADNI as unconfirmed', () => {
    const headline = recordOf('adni').counts?.find((count) => count.headline);
    expect([headline?.value, headline?.confirmed]).toEqual([2500, false]);
  });

  it('adds ABIDE up from its two releases and keeps the cross-sectional figure', () => {
    const counts = recordOf('abide').counts ?? [];
    expect(counts.find((count) => count.headline)?.value).toBe(1112 + 1114);
    expect(counts.map((count) => count.value)).toEqual(expect.arrayContaining([1112, 1114, 1044]));
  });
});

describe('terms of access', () => {
  it('restricts ADNI and AIBL and says how to apply', () => {
    for (const slug of ['adni', 'aibl']) {
      const record = recordOf(slug);
      expect(record.accessClass).toBe('RESTRICTED');
      expect(record.accessNote).toMatch(/1\. .*2\. .*3\. /s);
    }
  });

  it('keeps ABIDE and COVID-BLUES to non-commercial use', () => {
    for (const slug of ['abide', 'covid-blues']) {
      expect(recordOf(slug).accessClass).toBe('OPEN_NON_COMMERCIAL');
      expect(recordOf(slug).dataUseTerms).toContain('DUO:0000046');
    }
  });

  it('states both licences of TCGA-KIRC, each on its parts', () => {
    const parts = recordOf('tcga-kirc').distributions ?? [];
    const spdx = parts.flatMap((part) => (typeof part.license === 'object' ? [part.license.spdxId] : []));
    expect([...new Set(spdx)].sort()).toEqual(['CC-BY-3.0', 'CC-BY-4.0']);
  });
});

it('derives MMIST-ccRCC from both of its source cohorts', () => {
  const sources = (recordOf('mmist-ccrcc').relations ?? []).filter((relation) => relation.type === 'DERIVED_FROM');
  expect(sources.map((relation) => relation.dataset).sort()).toEqual(['cptac-ccrcc', 'tcga-kirc']);
});

it('marks only CT-MAR as simulated', () => {
  expect(slugs.filter((slug) => recordOf(slug).simulated === true)).toEqual(['ct-mar']);
});
