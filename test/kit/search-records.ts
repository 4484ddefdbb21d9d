import { record } from './intake.ts';

/** Records that everybody sees; all hold the word numbat. */
export const published = [
  record('glio-open', {
    slug: 'glio-open',
    title: 'Numbat glioma study',
    acronym: 'NUMGLI',
    description: 'Numbat brain scans of adults aged 45 to 80 years with glioblastoma, laid out in BIDS.',
    conditions: ['Glioblastoma'],
    modalities: ['MR', 'GENOMICS'],
    subjectCount: 120,
    identifiers: [{ scheme: 'DOI', value: '10.9999/Numbat.1' }],
    year: 2021,
    creators: [{ name: 'Vondrackova, Ludmila', kind: 'PERSON' }],
  }),
  record('tau-restricted', {
    slug: 'tau-restricted',
    title: 'Numbat tau study',
    description: 'Numbat older adults with dementia. There are no genetic data and no CT.',
    accessClass: 'RESTRICTED',
    conditions: ['Alzheimer Disease'],
    modalities: ['FMRI', 'PT'],
    subjectCount: 900,
    year: 2015,
  }),
  record('kids-ct', {
    slug: 'kids-ct',
    title: 'Numbat lungs of children',
    description:
      'Numbat chest scans of children aged 6 to 12 years with pneumonia; resting-state functional MRI of some.',
    accessClass: 'OPEN_NON_COMMERCIAL',
    conditions: ['Pneumonia'],
    modalities: ['CT'],
    subjectCount: 300,
  }),
  // Has rows that guests may not see, and says nowhere how many.
  record('rows-restricted', {
    slug: 'rows-restricted',
    title: 'Numbat closed rows',
    description: 'Numbat people.',
    accessClass: 'RESTRICTED',
  }),
];

/** A draft that would answer almost everything, with words of its own. */
export const draft = record('secret', {
  slug: 'secret',
  title: 'Numbat quokkology',
  acronym: 'QUOKKS',
  description: 'Numbat wallabology of adults aged 20 to 99 years with glioblastoma, in BIDS.',
  conditions: ['Glioblastoma', 'Quollish fever'],
  keywords: ['marsupialism'],
  modalities: ['MR', 'GENOMICS', 'CT'],
  subjectCount: 5000,
  identifiers: [{ scheme: 'DOI', value: '10.9999/Quokka.7' }],
});
