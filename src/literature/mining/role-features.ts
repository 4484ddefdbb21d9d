import type { Finding } from './finding.ts';
import { type PreparedText, spanAt } from './prepare-text.ts';

/** What the sentence of a mention can say of it. */
export const roleCues: Readonly<Record<string, RegExp>> = {
  use: /\b(?:we|were|was|study|analys[ei]s|work)\b[^.;]{0,60}\b(?:us(?:e|ed|ing)|analy[sz]ed|utili[sz]ed|obtained|downloaded|drawn|selected|taken|acquired|retrieved|accessed|included|extracted|sourced)\b/i,
  from: /\b(?:data|dataset|datasets|scans|images|subjects|participants|individuals|adults|sample|subset)\b[^.;]{0,50}\b(?:from|of|in|provided by)\b/i,
  provided: /\bprovided (?:\[?in part\]? )?by\b|\backnowledg|\bfunded by\b/i,
  deposit:
    /\b(?:deposit|submitted|uploaded|archived)\w*|\bavailable (?:at|in|on|from|through|via|under|with)\b|\baccession (?:number|code|no)|can be (?:found|accessed|downloaded)|\bshared (?:on|via|at|through|publicly)|made (?:publicly )?available/i,
  ours: /\b(?:our|we)\b/i,
  introduce:
    /\b(?:we|this (?:paper|article|work|study)|here)\b[^.;]{0,50}\b(?:present|introduce|describe|release|report on|provide|publish|collected|created|built|constructed)\w*/i,
  novel: /\b(?:new|novel|first)\b[^.;]{0,40}\b(?:dataset|data set|database|resource|cohort|corpus|collection)\b/i,
  examples: /\bsuch as\b|\be\.g\.|\bfor (?:example|instance)\b|\bincluding\b|\blike\b|\bother\b/i,
  others: /\bet al\b|\(\d{4}\)|\bprevious(?:ly)?\b|\bprior\b|\bpast\b|\brecent(?:ly)?\b/i,
  future: /\bfuture\b|\bcould\b|\bmight\b|\bmay\b|\bwould\b|\bshould\b|\bneed\w*\b/i,
  size: /\b(?:n|N) ?= ?\d|\d (?:healthy |young |older |unrelated )*(?:participants|subjects|individuals|adults|patients)/,
};
/** Right behind a dataset's name: what it gave others besides its data. */
const byproduct =
  /^['’s)\]\s-]*(?:[\w.]+ )?(?:pipelines?|atlas|parcellation|protocols?|workbench|templates?|scripts?|toolbox|style|like|-?MMP|pre-?processing|stimul|task|acquisition|sequence|standards?|informatics)\b/i;

/** Right before a name: the authors show it to the reader, it is not a thing that they worked with. */
const presenting =
  /\b(?:we|this (?:paper|article|work|report|study)|here)(?: \w+){0,3}? (?:present|introduce|describe|release|announce|publish|share|created?|built|establish|compiled?|assembled?)(?:s|d|ed)?(?: (?:here|an?|the|our|new|novel|first|large|public|open|multimodal|multi-?cent(?:er|re)|longitudinal|data ?set|database|resource|called|named|of)){0,5} $/i;
/** Right behind a name: "…, a new open dataset of". */
const newlyMade =
  /^[\s)\]]*(?:\([^)]{0,40}\))?(?: data ?set| cohort| database)?,? (?:an?|the|our) (?:[\w-]+ ){0,3}?(?:new|novel|first)\b(?: [\w-]+){0,4}? (?:data ?set|database|resource|cohort|corpus|collection|repository)\b/i;

/** One dataset's findings in an article, with how many others the article names. */
export interface RoleEvidence {
  readonly findings: readonly Finding[];
  readonly otherDatasets: number;
  /** The most mentions that any dataset of the article has. */
  readonly mostMentions: number;
}

/** Mentions of one dataset whose sentences are read: more of them say nothing new. */
const mostRead = 60;

/** What tells what an article does with a dataset: places, counts, and words of the sentences that name it. */
export function roleFeatures(
  prepared: PreparedText,
  { findings, otherDatasets, mostMentions }: RoleEvidence,
): string[] {
  const roles = findings.map(({ start }) => prepared.sections[spanAt(prepared.sections, start)]?.role ?? 'none');
  const sentences = findings.slice(0, mostRead).map((finding) => sentenceParts(prepared, finding));
  const features = new Set<string>();
  features.add(`n=${bucket(findings.length)}`);
  features.add(`kinds=${[...new Set(findings.map(({ kind }) => kind))].sort().join('+')}`);
  for (const role of new Set(roles)) {
    const count = roles.filter((other) => other === role).length;
    features.add(`in:${role}`);
    features.add(`in:${role}=${bucket(count)}`);
  }
  const core = roles.some((role) => /TITLE|ABSTRACT|METHODS|RESULTS|DATA_AVAILABILITY/.test(role));
  features.add(`core=${core}`);
  features.add(`methods=${roles.includes('METHODS')}|${bucket(findings.length)}`);
  features.add(`talk=${roles.every((role) => /INTRODUCTION|DISCUSSION|REFERENCES/.test(role))}`);
  features.add(`rank=${findings.length >= mostMentions}|${bucket(findings.length)}`);
  features.add(`others=${bucket(otherDatasets)}`);
  const hits = new Map<string, number>();
  const hit = (name: string): void => void hits.set(name, (hits.get(name) ?? 0) + 1);
  sentences.forEach(({ sentence, before, after }, at) => {
    for (const [name, cue] of Object.entries(roleCues)) {
      if (!cue.test(sentence)) continue;
      hit(`s:${name}`);
      hit(`s:${name}|${roles[at] ?? ''}`);
      if (cue.test(before.slice(-80))) hit(`b:${name}`);
    }
    if (byproduct.test(after)) hit('byproduct');
    if (presenting.test(before.slice(-160))) hit(newlyMade.test(after) ? 'presented:new' : 'presented');
  });
  for (const [name, count] of hits) {
    features.add(name);
    if (count * 2 > findings.length) features.add(`most:${name}`);
    if (count > 2) features.add(`${name}>2`);
  }
  return [...features];
}

function sentenceParts(
  { text, sentences }: PreparedText,
  { start, end }: Finding,
): { sentence: string; before: string; after: string } {
  const span = sentences[spanAt(sentences, start)] ?? { start, end };
  const before = text.slice(Math.max(span.start, start - 300), start);
  const after = text.slice(end, Math.min(span.end, end + 300));
  return { sentence: before + text.slice(start, end) + after, before, after };
}

function bucket(count: number): string {
  return count <= 3 ? String(count) : count <= 5 ? '4-5' : count <= 10 ? '6-10' : '11+';
}
