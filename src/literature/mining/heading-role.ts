import type { SectionRole } from '../model.ts';

/** Tried in order: a heading of two meanings ("Results and discussion") is what it names first here. */
const headings: readonly (readonly [SectionRole, RegExp])[] = [
  ['REFERENCES', /^(references|bibliography|literature cited|works cited)\b/],
  [
    'DATA_AVAILABILITY',
    /\b(data|code|materials?|resources?|software)( and (code|data|materials?))? (availability|accessibility|access|sharing|deposition)\b|availability of (supporting )?(data|materials?)|accession (numbers?|codes?)|\bopen practices/,
  ],
  ['CAPTIONS', /^(figures?|tables?|captions?|legends?|fig\b)/],
  [
    'METHODS',
    /\bmethods?\b|methodology|materials|\bprocedures?\b|participants|subjects|patients|\bsamples?\b|\bcohorts?\b|data ?sets?|databases?|\bdata\b|acquisition|pre-?processing|experimental|study (design|population)|statistical analys/,
  ],
  ['RESULTS', /\bresults?\b|findings/],
  ['DISCUSSION', /discussion|conclusions?|limitations|future (work|directions)|summary/],
  ['INTRODUCTION', /introduction|background|related work|motivation/],
  [
    'OTHER',
    /acknowledg|funding|author contributions?|conflicts? of interest|competing interests|ethic|supplement|appendix|abbreviations/,
  ],
];

/** What a section is for, by its heading; undefined where the heading does not tell. */
export function roleOfHeading(heading: string): SectionRole | undefined {
  const plain = heading
    .toLowerCase()
    .replace(/^[\d.\s]+/, '')
    .trim();
  return headings.find(([, pattern]) => pattern.test(plain))?.[0];
}
