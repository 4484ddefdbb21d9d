import type { SectionRole } from './model.ts';

type RoleRule = readonly [SectionRole, RegExp];

/** Code units of a heading that are looked at: a text whose whole first line is called its heading costs no more than a heading. */
const longestHeading = 300;

/** By JATS `sec-type`, whose values may be joined by `|`. */
const byType: readonly RoleRule[] = [
  ['DATA_AVAILABILITY', /^data[- ]availability$|^data-access/],
  ['METHODS', /^(?:materials|methods|subjects|cases)$/],
  ['INTRODUCTION', /^intro(?:duction)?$/],
  ['RESULTS', /^results$/],
  ['DISCUSSION', /^(?:discussion|conclusions?)$/],
];

/** Headings that tell wherever they stand; the first that fits. "Data and code availability" is no "data" of the methods. */
const plainly: readonly RoleRule[] = [
  ['REFERENCES', /^(?:references|bibliography|literature cited|works cited)\b/],
  [
    'DATA_AVAILABILITY',
    /\b(?:data(?:set)?s?|code|materials?|resources?|software)\b.*\b(?:availability|accessibility|access|sharing|deposition|archiving)\b|\bavailability of\b.*\b(?:data|materials?|code)\b|\baccession (?:codes?|numbers?)|\bopen practices|\bdata records?$|^(?:associated|linked) data$/,
  ],
  [
    'OTHER',
    /^supplement|^(?:electronic|online) supplement|^additional (?:files?|information)|^acknowledge?ments?|^(?:funding|disclosures?|abbreviations?|appendix)\b|\b(?:competing|conflicts?|declarations?)\b.*\binterests?\b|\bcontributions?\b|\bconflicts? of\b|^pre-publication|^supporting information/,
  ],
  [
    'METHODS',
    /\bmethod(?:s|ology)?\b|\bmaterials?\b|^(?:study )?(?:participants|subjects|patients|population|cohorts?|datasets?|data)\b|\b(?:data|image|mri|mr|fmri|pet|ct) (?:acquisition|collection|preprocessing|processing|sources?|sets?)\b|\bexperimental (?:procedures?|setup|design|section)\b|\bstatistical analys[ei]s\b|\bstudy design\b/,
  ],
  ['INTRODUCTION', /\bintroduction\b|^background\b/],
  ['RESULTS', /^results?\b|\bresults$|^findings$|\bexperiments$/],
  ['DISCUSSION', /\bdiscussion\b|^conclusions?\b|^limitations\b/],
];

/** Headings that mean something else below another one: "Behavioural data" of the results. */
const likely: readonly RoleRule[] = [
  ['CAPTIONS', /^(?:figures?|tables?|captions?|legends?|fig\b)/],
  [
    'METHODS',
    /\bprocedures?\b|participants|subjects|patients|\bsamples?\b|\bcohorts?\b|data ?sets?|databases?|\bdata\b|acquisition|pre-?processing|experimental|study population|statistical analys/,
  ],
  ['RESULTS', /\bresults?\b|findings/],
  ['DISCUSSION', /discussion|conclusions?|limitations|future (?:work|directions)|summary/],
  ['INTRODUCTION', /background|related work|motivation/],
  ['OTHER', /acknowledg|funding|ethic|supplement|appendix|abbreviations/],
];

/**
 * What a section is for, by its heading and what it stands in; undefined where neither tells.
 * @param around - role of the section that holds it
 */
export function roleOfHeading(heading: string, around?: SectionRole): SectionRole | undefined {
  // Numbers and letters before a heading count for nothing: "2.1. Participants".
  const bare = heading
    .slice(0, longestHeading)
    .toLowerCase()
    .replace(/^[\d.\s]+/, '')
    .replace(/^(?:[ivx]+|[a-h])[.):]?\s+/, '')
    .trim();
  return firstFitting(plainly, bare) ?? around ?? firstFitting(likely, bare);
}

/** The same of a section of a JATS article; @param secType - its attribute `sec-type` */
export function roleOfSection(
  secType: string | undefined,
  heading: string,
  around?: SectionRole,
): SectionRole | undefined {
  for (const type of (secType ?? '').toLowerCase().split('|')) {
    const role = firstFitting(byType, type.trim());
    if (role !== undefined) return role;
  }
  return roleOfHeading(heading, around);
}

function firstFitting(rules: readonly RoleRule[], text: string): SectionRole | undefined {
  return rules.find(([, pattern]) => pattern.test(text))?.[0];
}
