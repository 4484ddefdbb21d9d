import type { MentionKind, Span } from './model.ts';

/** What a rule found, in UTF-16 units, before datasets are put together and offsets are turned into code points. */
export interface Finding extends Span {
  readonly kind: MentionKind;
  /** `MinedDataset.key` as far as the rule knows. */
  readonly key: string;
  /** Name without articles and nouns, or the identifier. */
  readonly name: string;
  readonly acronym?: string;
  readonly entry?: string;
  readonly rule: string;
  readonly confidence: number;
}

/** Of findings that overlap the surer one stays, then the longer one, then the earlier one. */
export function withoutOverlaps(findings: readonly Finding[]): Finding[] {
  const order = [...findings].sort(
    (a, b) => b.confidence - a.confidence || b.end - b.start - (a.end - a.start) || a.start - b.start,
  );
  const taken: Finding[] = [];
  const cells = new Map<number, Finding[]>();
  for (const finding of order) {
    const first = finding.start >> 8;
    const last = finding.end >> 8;
    let free = true;
    for (let cell = first; cell <= last && free; cell += 1)
      free = !(cells.get(cell) ?? []).some((other) => other.start < finding.end && finding.start < other.end);
    if (!free) continue;
    taken.push(finding);
    for (let cell = first; cell <= last; cell += 1) cells.set(cell, [...(cells.get(cell) ?? []), finding]);
  }
  return taken.sort((a, b) => a.start - b.start);
}
