import { z } from 'zod';
import type { ArticleId, CandidateId, DatasetId, PrincipalId } from '../../kernel/ids.ts';
import { type Candidate, candidateStates, proposedFieldNames } from '../discovery-model.ts';

const absent = <T>(value: T | null): T | undefined => value ?? undefined;

const evidence = z.object({
  articleId: z.string().transform((id) => id as ArticleId),
  section: z.string(),
  start: z.number(),
  end: z.number(),
  text: z.string(),
  matchStart: z.number(),
  matchEnd: z.number(),
  score: z.number(),
});

const field = z.object({
  name: z.enum(proposedFieldNames),
  value: z.union([z.string(), z.number(), z.array(z.string())]),
  evidence: z.array(evidence),
  confidence: z.number(),
  method: z.string(),
});

const candidateRow = z.object({
  id: z.string().transform((id) => id as CandidateId),
  state: z.enum(candidateStates),
  title: z.string(),
  acronym: z.string().nullable().transform(absent),
  fields: z.array(field),
  aliases: z.array(z.string()),
  articleCount: z.number(),
  mentionCount: z.number(),
  score: z.number(),
  similar: z.array(z.string()),
  datasetId: z
    .string()
    .nullable()
    .transform((id) => absent(id) as DatasetId | undefined),
  reason: z.string().nullable().transform(absent),
  decidedBy: z
    .string()
    .nullable()
    .transform((id) => absent(id) as PrincipalId | undefined),
  decidedAt: z.date().nullable().transform(absent),
  version: z.number(),
  createdAt: z.date(),
  updatedAt: z.date(),
});

/** Columns of a candidate `c`, with its aliases. */
export const candidateColumns = `c.id, c.state, c.title, c.acronym, c.fields, c.article_count AS "articleCount",
  c.mention_count AS "mentionCount", c.score, c.similar, c.dataset_id AS "datasetId", c.reason, c.decided_by AS "decidedBy",
  c.decided_at AS "decidedAt", c.version, c.created_at AS "createdAt", c.updated_at AS "updatedAt",
  ARRAY(SELECT a.alias COLLATE "C" FROM candidate_alias a WHERE a.candidate_id = c.id ORDER BY 1) AS aliases`;

/** A row of {@link candidateColumns} as a candidate. */
export function toCandidate(row: unknown): Candidate {
  return { __typename: 'DatasetCandidate', ...candidateRow.parse(row) };
}
