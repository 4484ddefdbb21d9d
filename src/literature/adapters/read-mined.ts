import { z } from 'zod';
import type { ArticleId } from '../../kernel/ids.ts';
import type { ClusterInput } from '../discovery-model.ts';
import type { AttributeMention, Mention, MinedDataset } from '../mining/model.ts';

const optional = z
  .string()
  .nullable()
  .transform((value) => value ?? undefined);
const articleId = z.string().transform((id) => id as ArticleId);
/** Roles of datasets, as the columns hold them. */
export const roleColumn = z.enum(['INTRODUCES', 'DEPOSITS', 'USES', 'BACKGROUND']);
/** Kinds of mentions, as the columns hold them. */
export const kindColumn = z.enum(['NAME', 'ACCESSION', 'DOI', 'URL']);

const datasetRow = z.object({
  articleId,
  position: z.number(),
  key: z.string(),
  name: z.string(),
  acronym: optional,
  entry: optional,
  identifiers: z.array(z.string()),
  role: roleColumn,
  roleScores: z.object({ INTRODUCES: z.number(), DEPOSITS: z.number(), USES: z.number(), BACKGROUND: z.number() }),
  confidence: z.number(),
});
const mentionRow = z.object({
  articleId,
  dataset: z.number(),
  start: z.number(),
  end: z.number(),
  text: z.string(),
  kind: kindColumn,
  section: z.string(),
  sectionRole: z
    .enum([
      'INTRODUCTION',
      'METHODS',
      'RESULTS',
      'DISCUSSION',
      'DATA_AVAILABILITY',
      'CAPTIONS',
      'REFERENCES',
      'OTHER',
      'TITLE',
      'ABSTRACT',
    ])
    .nullable()
    .transform((value) => value ?? undefined),
  sentenceStart: z.number(),
  sentenceEnd: z.number(),
  rule: z.string(),
  confidence: z.number(),
});
const restRow = z.object({
  articleId,
  attributes: z.array(
    z.object({
      start: z.number(),
      end: z.number(),
      field: z.enum(['modality', 'condition', 'subjectCount', 'accessClass', 'license']),
      value: z.string(),
      label: z.string(),
      text: z.string(),
      rule: z.string(),
      confidence: z.number(),
      datasets: z.array(z.string()),
    }),
  ),
  cohort: z
    .object({ value: z.number(), start: z.number(), end: z.number(), text: z.string() })
    .nullable()
    .transform((value) => value ?? undefined),
});

/** Rows of what was found in some articles, put together as the miner gave it. */
export function assembleMined(rows: {
  readonly datasets: readonly unknown[];
  readonly mentions: readonly unknown[];
  readonly rest: readonly unknown[];
}): readonly ClusterInput[] {
  const datasets = Map.groupBy(
    rows.datasets.map((row) => datasetRow.parse(row)),
    (row) => row.articleId,
  );
  const mentions = Map.groupBy(
    rows.mentions.map((row) => mentionRow.parse(row)),
    (row) => row.articleId,
  );
  const rest = new Map(rows.rest.map((row) => restRow.parse(row)).map((row) => [row.articleId, row]));
  return [...datasets].map(([article, own]) => {
    const keys = new Map(own.map(({ position, key }) => [position, key]));
    const told = (mentions.get(article) ?? []).flatMap(
      ({ dataset, sentenceStart, sentenceEnd, articleId: _, ...mention }): Mention[] => {
        const key = keys.get(dataset);
        return key === undefined
          ? []
          : [{ ...mention, dataset: key, sentence: { start: sentenceStart, end: sentenceEnd } }];
      },
    );
    const attributes: readonly AttributeMention[] = rest.get(article)?.attributes ?? [];
    const found = own.map(
      ({ articleId: _, position: __, ...dataset }): MinedDataset => ({
        ...dataset,
        mentions: told.flatMap((mention, at) => (mention.dataset === dataset.key ? [at] : [])),
      }),
    );
    return { article, mined: { mentions: told, datasets: found, attributes, cohort: rest.get(article)?.cohort } };
  });
}
