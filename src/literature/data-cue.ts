import type { ArticleRecord } from './model.ts';

/**
 * Words that texts about data use. Wide on purpose: it only decides which articles are encoded first, and reading one in vain costs a
 * tenth of a second.
 */
const cue =
  /\b(?:data\s?sets?|data\s?bases?|biobanks?|repositor(?:y|ies)|accession|deposited|publicly available|open data|data (?:are|is|were) available|benchmarks?|cohort study|neuroimaging initiative|imaging archive|openneuro|zenodo|figshare|dryad|physionet|dbgap|gse\d+)\b/i;

/** Whether an article says something of data: it names a data bank, has a data-availability section, or uses such words. */
export function hasDataCue({ title, abstract, sections, dataBanks }: ArticleRecord): boolean {
  return (
    dataBanks.length > 0 ||
    cue.test(title) ||
    (abstract !== undefined && cue.test(abstract)) ||
    sections.some(({ role, text }) => role === 'DATA_AVAILABILITY' || (role === 'METHODS' && cue.test(text)))
  );
}

/** Notices and publication types by which an article says that it was retracted. */
export function isRetracted({ publicationTypes, notices }: ArticleRecord): boolean {
  return publicationTypes.includes('Retracted Publication') || notices.some(({ kind }) => kind === 'RetractionIn');
}
