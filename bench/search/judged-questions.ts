import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Judgements } from '../retrieval/ranking-measures.ts';

const ids = z.array(z.string()).default([]);
const questionSchema = z.strictObject({
  shape: z.enum([
    'topic',
    'name',
    'identifier',
    'combined',
    'question',
    'misspelt',
    'synonym',
    'negation',
    'unanswerable',
  ]),
  ask: z.string(),
  best: ids,
  good: ids,
  /** Nothing answers it: an empty answer is the right one. */
  abstain: z.boolean().default(false),
});

/** A question with the datasets that answer it, by slug. */
export interface JudgedQuestion {
  readonly shape: string;
  readonly text: string;
  readonly judgements: Judgements;
  readonly unanswerable: boolean;
  /** Weights and thresholds are chosen on `tuning` alone, and what is reported is measured on `report`. */
  readonly half: 'tuning' | 'report';
}

/** The slug under which a BrainScape record is loaded. */
export function brainscapeSlug(id: string): string {
  return `brainscape-${id.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
}

/** The judged set of `questions.yaml`, in its order: odd places tune, even places report. */
export function readJudgedQuestions(): readonly JudgedQuestion[] {
  const raw: unknown = parse(readFileSync(new URL('questions.yaml', import.meta.url), 'utf8'));
  return z
    .array(questionSchema)
    .parse(raw)
    .map(({ shape, ask, best, good, abstain }, place) => ({
      shape,
      text: ask,
      judgements: new Map([
        ...good.map((id) => [slugOf(id), 1] as const),
        ...best.map((id) => [slugOf(id), 2] as const),
      ]),
      unanswerable: abstain,
      half: place % 2 === 0 ? 'tuning' : 'report',
    }));
}

function slugOf(id: string): string {
  return id.startsWith('bs:') ? brainscapeSlug(id.slice(3)) : id;
}
