import type { Candidate } from './discovery-model.ts';
import type { CandidateStore } from './discovery-ports.ts';

/** A decision as an example to learn from: what papers said, and what a steward made of it. */
export interface DecisionExample {
  readonly id: string;
  readonly decision: Candidate['state'];
  readonly decidedAt: string | undefined;
  readonly reason: string | undefined;
  readonly dataset: string | undefined;
  readonly title: string;
  readonly acronym: string | undefined;
  readonly aliases: readonly string[];
  readonly fields: Candidate['fields'];
  readonly articleCount: number;
  readonly score: number;
  /** Fields that were taken, corrected or left. */
  readonly detail: unknown;
}

/** Decisions in their order, one after the other. */
export async function* exportDecisions(store: CandidateStore): AsyncIterable<DecisionExample> {
  for await (const { candidate, detail } of store.decisions()) {
    const { id, state, decidedAt, reason, datasetId, title, acronym, aliases, fields, articleCount, score } = candidate;
    yield {
      id,
      decision: state,
      decidedAt: decidedAt?.toISOString(),
      reason,
      dataset: datasetId,
      title,
      acronym,
      aliases,
      fields,
      articleCount,
      score,
      detail,
    };
  }
}
