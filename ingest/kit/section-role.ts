import type { SectionRole } from '../../src/literature/index.ts';

/** By JATS `sec-type`, whose values may be joined by `|`. */
const byType: readonly (readonly [RegExp, SectionRole])[] = [
  [/^data[- ]availability$|^data-access/, 'DATA_AVAILABILITY'],
  [/^(?:materials|methods|subjects|cases)$/, 'METHODS'],
  [/^intro(?:duction)?$/, 'INTRODUCTION'],
  [/^results$/, 'RESULTS'],
  [/^(?:discussion|conclusions?)$/, 'DISCUSSION'],
];

/** By heading; the first that fits. Data availability stands first: "Data and code availability" is no "data" of the methods. */
const byHeading: readonly (readonly [RegExp, SectionRole])[] = [
  [
    /\b(?:data(?:set)?s?|code|materials?|resources?)\b.*\b(?:availability|accessibility|access|sharing|deposition|archiving)\b|\bavailability of\b.*\b(?:data|materials?|code)\b|^accession (?:codes?|numbers?)|\bdata records?$|^(?:associated|linked) data$/,
    'DATA_AVAILABILITY',
  ],
  [
    /^supplement|^additional (?:files?|information)|^acknowledge?ments?|^(?:funding|disclosures?|abbreviations?|appendix)\b|\b(?:interests?|contributions?|conflicts?)\b|^pre-publication|^supporting information/,
    'OTHER',
  ],
  [
    /\bmethod(?:s|ology)?\b|\bmaterials?\b|^(?:study )?(?:participants|subjects|patients|population|cohorts?|datasets?|data)\b|\b(?:data|image|mri|mr|fmri|pet|ct) (?:acquisition|collection|preprocessing|processing|sources?|sets?)\b|\bexperimental (?:procedures?|setup|design|section)\b|\bstatistical analys[ei]s\b|\bstudy design\b/,
    'METHODS',
  ],
  [/\bintroduction\b|^background\b/, 'INTRODUCTION'],
  [/^results?\b|\bresults$|^findings$|\bexperiments$/, 'RESULTS'],
  [/\bdiscussion\b|^conclusions?\b|^limitations\b/, 'DISCUSSION'],
  [/^references$|^bibliography$|^literature cited$/, 'REFERENCES'],
];

/**
 * What a section is for, by its JATS type and its heading; undefined where neither tells.
 * @param secType - the attribute `sec-type`
 */
export function sectionRole(secType: string | undefined, heading: string): SectionRole | undefined {
  for (const type of (secType ?? '').toLowerCase().split('|')) {
    const known = byType.find(([pattern]) => pattern.test(type.trim()));
    if (known !== undefined) return known[1];
  }
  // Numbers and letters before a heading count for nothing: "2.1. Participants".
  const bare = heading
    .toLowerCase()
    .replace(/^(?:\d+(?:\.\d+)*|[ivx]+|[a-h])[.):]?\s+/, '')
    .trim();
  return byHeading.find(([pattern]) => pattern.test(bare))?.[1];
}
