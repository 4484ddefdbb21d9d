import { describe, expect, it } from 'vitest';
import { readMiningResources, readShippedGazetteer } from '../../../src/literature/adapters/mining-files.ts';
import {
  articleText,
  clusterMentions,
  createMiner,
  type MinableArticle,
  resolveMention,
} from '../../../src/literature/index.ts';

const folder = new URL('../../../data/', import.meta.url);
const resources = readMiningResources(folder);
const gazetteer = readShippedGazetteer(folder);
const miner = createMiner(resources, gazetteer);
const article = (abstract: string, methods = '', title = 'A study'): MinableArticle => ({
  title,
  abstract,
  sections: methods === '' ? [] : [{ name: 'Methods', role: 'METHODS', text: methods }],
  dataBanks: [],
  mesh: [],
  year: undefined,
});
const mentionsOf = (one: MinableArticle): string[] =>
  miner.mine(one).mentions.map(({ kind, text }) => `${kind} ${text}`);

describe('mentions', () => {
  it('stand verbatim at their offsets in code points, after characters outside the basic plane too', () => {
    const one = article(
      '😀 We used data of the Autism Brain Imaging Data Exchange (ABIDE).',
      '𝛼 Reads are in GEO (GSE12345).',
    );
    const points = Array.from(articleText(one));
    const { mentions } = miner.mine(one);
    expect(mentions.map(({ text }) => text)).toEqual(['Autism Brain Imaging Data Exchange', 'ABIDE', 'GSE12345']);
    for (const { start, end, text } of mentions) expect(points.slice(start, end).join('')).toBe(text);
  });

  it('take an acronym only where the text binds it', () => {
    expect(mentionsOf(article('The OASIS trial randomised 30 patients; the ABCD score and COCO were noted.'))).toEqual(
      [],
    );
    expect(mentionsOf(article('Optimal Autism Service In Schools (OASIS) data were collected.'))).toEqual([]);
    expect(mentionsOf(article('Scans were taken from the OASIS database.'))).toEqual(['NAME OASIS database']);
  });

  it('find accessions with their cues and leave what only looks like one', () => {
    expect(mentionsOf(article('Deposited in GenBank under accession numbers AY533142 and DQ677879.'))).toHaveLength(2);
    expect(mentionsOf(article('The MR750 scanner, OD600, rs4675690 and CD45678 were used in 2011.'))).toEqual([]);
  });

  it('find data by DOI and address without the punctuation around, across a broken line', () => {
    const text =
      'Data: https://neurovault.org/collections/2396/). See doi:10.5281/\nzenodo.1234. The article is 10.1038/srep10499.';
    expect(mentionsOf(article(text))).toEqual([
      'URL https://neurovault.org/collections/2396/',
      'DOI 10.5281/\nzenodo.1234',
    ]);
  });

  it('pass over registrations of plans and homes of software', () => {
    const text =
      'It was pre-registered at https://osf.io/ynpqr/. We used the SPM software (http://www.fil.ion.ucl.ac.uk/spm).';
    expect(mentionsOf(article(text))).toEqual([]);
  });

  it('find names that nobody knows yet, in apposition and in lists', () => {
    const text =
      'We release the Northern Lights Imaging Cohort (NLIC) dataset. Large studies such as the Oslo Ageing Study and the UK Biobank exist.';
    const found = mentionsOf(article(text));
    expect(found.some((mention) => mention.includes('Northern Lights Imaging Cohort'))).toBe(true);
    expect(found.some((mention) => mention.includes('Oslo Ageing Study'))).toBe(true);
  });

  it('hold what MEDLINE’s indexers found although the text does not print it', () => {
    const one = { ...article('Expression was profiled.'), dataBanks: [{ name: 'GEO', accessions: ['GSE777'] }] };
    expect(miner.mine(one).datasets).toMatchObject([{ key: 'geo:GSE777', role: 'DEPOSITS', mentions: [] }]);
  });
});

describe('what an article says of its data', () => {
  it('is the number of people, in digits and in words', () => {
    expect(miner.mine(article('', 'Sixty-three healthy participants (30 female) were recruited.')).cohort?.value).toBe(
      63,
    );
    expect(
      miner.mine(article('', '#### Participants\nWe recruited 63 patients with depression (mean age 30 years).')).cohort
        ?.value,
    ).toBe(63);
  });

  it('is the modality, the condition and the terms of access, each with its place', () => {
    const one = article(
      'Resting-state fMRI in autism. The data are publicly available under CC BY 4.0 from ABIDE database.',
    );
    const fields = miner.mine(one).attributes.map(({ field, value }) => `${field} ${value}`);
    expect(fields).toContain('modality RSFMRI');
    expect(fields).toContain('accessClass OPEN');
    expect(fields).toContain('license CC-BY-4.0');
    expect(fields.some((field) => field.startsWith('condition '))).toBe(true);
  });

  it('tells use from passing mention', () => {
    const used = miner.mine(
      article(
        'We analysed 500 subjects of the Human Connectome Project (HCP).',
        'Data were obtained from the HCP. HCP subjects were scanned at rest. We used HCP data of 500 subjects.',
      ),
    );
    const passing = miner.mine({
      ...article(''),
      sections: [
        {
          name: 'Discussion',
          role: 'DISCUSSION',
          text: 'Future work could use projects such as the Human Connectome Project.',
        },
      ],
    });
    expect(used.datasets[0]?.role).toBe('USES');
    expect(passing.datasets[0]?.role).toBe('BACKGROUND');
  });
});

describe('what an article does with a dataset', () => {
  it.each([
    ['We present the Northern Lights Imaging Cohort (NLIC), a new open dataset of brain MRI.', 'INTRODUCES'],
    ['Here we introduce the Oslo Ageing Study dataset, a novel resource of PET scans.', 'INTRODUCES'],
    ['We release the Northern Lights Imaging Cohort (NLIC) dataset.', 'INTRODUCES'],
    ['We used the Northern Lights Imaging Cohort (NLIC), a new open dataset.', 'USES'],
    ['We present a novel method evaluated on the Autism Brain Imaging Data Exchange (ABIDE) dataset.', 'USES'],
  ])('is told by what the authors show: "%s"', (text, role) => {
    expect(miner.mine(article(text)).datasets.map((dataset) => dataset.role)).toEqual([role]);
  });
});

describe('several articles', () => {
  const papers = [
    { article: '1', mined: miner.mine(article('We used the Northern Lights Imaging Cohort (NLIC) dataset.')) },
    { article: '2', mined: miner.mine(article('Scans come from the Northern Lights Imaging Cohort dataset.')) },
  ];

  it('become one cluster of what they name alike, in the same order every time', () => {
    const clusters = clusterMentions(papers);
    expect(clusters).toHaveLength(1);
    expect(clusters[0]).toMatchObject({ entry: undefined, acronym: 'NLIC' });
    expect(clusters[0]?.members.map(({ article: id }) => id).sort()).toEqual(['1', '2']);
    expect(clusterMentions([...papers].reverse())).toEqual(clusters);
  });

  it('speak together for what their data are: finer kinds of MR count as MR, and sentences that name the data most', () => {
    const told = ['clinical data', 'clinical data', 'resting-state fMRI', 'diffusion-weighted MRI', 'T1-weighted MRI']
      .map((kind) => `We used the Northern Lights Imaging Cohort, with ${kind}. Proteomics is another matter.`)
      .map((text, at) => ({ article: String(at), mined: miner.mine(article(text)) }));
    const [cluster] = clusterMentions(told);
    const modalities = cluster?.attributes.filter(({ field }) => field === 'modality').map(({ value }) => value) ?? [];
    const rank = (value: string): number => modalities.indexOf(value);
    expect(rank('CLINICAL_TABLE')).toBeGreaterThan(Math.max(rank('RSFMRI'), rank('DWI'), rank('T1W')));
    expect(rank('PROTEOMICS')).toBe(modalities.length - 1);
  });

  it('are resolved to an entry with a margin, and left to a person without', () => {
    const known = {
      key: 'x',
      name: 'Adolescent Brain and Cognitive Development',
      acronym: 'ABCD',
      entry: undefined,
      identifiers: [],
    };
    expect(resolveMention(known, gazetteer)).toMatchObject({ kind: 'ENTRY', entry: { key: 'abcd' } });
    const fresh = { ...known, name: 'Appetite and Body Composition Database' };
    expect(resolveMention(fresh, gazetteer).kind).toBe('NEW');
    const identified = { ...known, name: 'ds000224', acronym: undefined, identifiers: ['openneuro:ds000224'] };
    expect(resolveMention(identified, gazetteer)).toMatchObject({ entry: { key: 'msc' }, by: 'identifier' });
  });
});

describe('hostile texts', () => {
  const long = 300_000;
  const texts = {
    'one letter': 'a'.repeat(long),
    'one capital': 'A'.repeat(long),
    'capitals with spaces': 'Data A '.repeat(long / 7),
    'open brackets': '(A'.repeat(long / 2),
    digits: '1 '.repeat(long / 2),
    'number words': 'twenty one '.repeat(long / 11),
    'half an address': `http://${'a.'.repeat(long / 2)}`,
    'commas of names': 'UK Biobank, '.repeat(long / 12),
    dots: '. '.repeat(long / 2),
    'DOI prefixes': '10.5281/ '.repeat(long / 9),
  };
  it.each(Object.entries(texts))('cost time in proportion to their length: %s', (_, text) => {
    const costOf = (words: string): number => {
      const before = process.cpuUsage().user;
      miner.mine(article(words));
      return process.cpuUsage().user - before;
    };
    costOf(text.slice(0, long / 8));
    const part = Math.max(20_000, costOf(text.slice(0, long / 4)));
    // Four times the text: quadratic time would be sixteen times as long.
    expect(costOf(text)).toBeLessThan(part * 11);
  });
});
