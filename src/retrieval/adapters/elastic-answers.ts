import { z } from 'zod';
import { UpstreamContractError, UpstreamUnavailableError } from '../../kernel/errors.ts';
import { foldText, suggestionInputs } from '../fold-text.ts';
import type { FacetCounts, FacetRequest, GenerationSpec } from '../model.ts';
import type { ApplyReport, ProjectionProgress, ScannedDocument, StoredDocument } from '../ports.ts';

const sortKeys = z.array(z.union([z.string(), z.number(), z.null()]));
const hit = z.looseObject({
  _id: z.string(),
  _score: z.number().nullish(),
  _source: z.unknown().optional(),
  sort: sortKeys.optional(),
  inner_hits: z
    .object({
      passages: z.object({
        hits: z.object({ hits: z.array(z.looseObject({ _source: z.object({ text: z.string() }) })) }),
      }),
    })
    .optional(),
});
const search = z.looseObject({ pit_id: z.string().optional(), hits: z.looseObject({ hits: z.array(hit) }) });
const scanned = z.object({ version: z.number(), hash: z.string(), readers: z.array(z.string()) });
const stored = z.object({
  version: z.number(),
  stored: z.looseObject({
    text: z.record(z.string(), z.array(z.string())),
    filters: z.record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean()]))),
  }),
});

/** Hits of a search. */
export const searchAnswer = {
  parse(answer: unknown) {
    const { pit_id, hits } = parsed(search, answer);
    return { pitId: pit_id, hits: hits.hits };
  },
  pitId: (answer: unknown): string => parsed(z.looseObject({ id: z.string() }), answer).id,
  passageOf: (each: z.infer<typeof hit>): string => each.inner_hits?.passages.hits.hits[0]?._source.text ?? '',
  scanned(id: string, source: unknown): ScannedDocument {
    const { version, hash, readers } = parsed(scanned, source);
    return { id, version, contentHash: hash, readerGroups: readers.sort() };
  },
};

/** A stored document out of its source. */
export function storedAnswer(id: string, source: unknown): StoredDocument {
  const { version, stored: kept } = parsed(stored, source);
  return { id, version, text: kept.text, filters: kept.filters };
}

const indexes = z.record(
  z.string(),
  z.looseObject({
    aliases: z.record(z.string(), z.unknown()),
    mappings: z.looseObject({ _meta: z.looseObject({ spec: z.string() }).optional() }),
  }),
);

/** Generations out of `GET /name-*`; indexes that are not ours are left out. */
export function mappedIndexes(answer: unknown): readonly {
  readonly index: string;
  readonly spec: GenerationSpec;
  readonly aliases: readonly string[];
}[] {
  return Object.entries(parsed(indexes, answer)).flatMap(([index, { aliases, mappings }]) => {
    const spec = mappings._meta?.spec;
    // Written by `indexBody` alone, from the same type.
    return spec === undefined
      ? []
      : [{ index, spec: JSON.parse(spec) as GenerationSpec, aliases: Object.keys(aliases) }];
  });
}

const progress = z.looseObject({
  _source: z.object({ position: z.string(), after: z.string().nullable(), complete: z.boolean() }).optional(),
});

/** Progress out of its document. */
export function progressAnswer(answer: unknown): ProjectionProgress | undefined {
  const source = parsed(progress, answer)._source;
  return source && { position: source.position, backfillAfter: source.after ?? undefined, complete: source.complete };
}

const bulkItem = z.looseObject({
  _id: z.string(),
  status: z.number(),
  error: z.looseObject({ reason: z.string().optional(), type: z.string().optional() }).optional(),
});
const bulk = z.looseObject({ items: z.array(z.record(z.string(), bulkItem)) });

/**
 * What became of each line of a bulk request.
 * @throws UpstreamUnavailableError when the server was too busy for a line: the batch must come again
 */
export function bulkAnswer(answer: unknown): ApplyReport {
  const report = { applied: 0, outdated: 0, rejected: [] as { id: string; reason: string }[] };
  for (const item of parsed(bulk, answer).items.flatMap((each) => Object.values(each))) {
    if (item.error === undefined) report.applied++;
    else if (item.status === 409) report.outdated++;
    else if (item.status === 429 || item.status >= 500) {
      throw new UpstreamUnavailableError(
        `Elasticsearch could not take ${item._id} now: ${item.error.reason ?? item.status}`,
      );
    } else report.rejected.push({ id: item._id, reason: item.error.reason ?? item.error.type ?? String(item.status) });
  }
  return report;
}

const facet = z.looseObject({
  buckets: z.looseObject({
    buckets: z.array(z.looseObject({ key: z.union([z.string(), z.number()]), doc_count: z.number() })),
  }),
  missing: z.looseObject({ doc_count: z.number() }),
});
const total = z.looseObject({ doc_count: z.number() });
const counts = z.looseObject({ aggregations: z.record(z.string(), z.unknown()) });

/** Total and facets out of the aggregations. */
export function countAnswer(
  answer: unknown,
  requests: readonly FacetRequest[],
): { total: number; facets: FacetCounts[] } {
  const { aggregations } = parsed(counts, answer);
  const facets = requests.map(({ field }, index): FacetCounts => {
    const { buckets, missing } = parsed(facet, aggregations[`facet${index}`]);
    return {
      field,
      buckets: buckets.buckets.map(({ key, doc_count }) => ({ key, count: doc_count })),
      missing: missing.doc_count,
    };
  });
  return { total: parsed(total, aggregations['total']).doc_count, facets };
}

const suggestions = z.looseObject({
  suggest: z
    .object({
      texts: z.array(
        z.looseObject({
          options: z.array(
            z.looseObject({ _source: z.object({ stored: z.object({ suggestions: z.array(z.string()) }) }) }),
          ),
        }),
      ),
    })
    .optional(),
});

/** Suggested texts, each once: completion answers with the document, whose texts are matched again here. */
export function suggestAnswer(answer: unknown, prefix: string): readonly string[] {
  const folded = foldText(prefix);
  const options = parsed(suggestions, answer).suggest?.texts.flatMap((entry) => entry.options) ?? [];
  const texts = options.flatMap(({ _source }) =>
    _source.stored.suggestions.filter((text) => suggestionInputs(text).some((input) => input.startsWith(folded))),
  );
  return [...new Set(texts)];
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new UpstreamContractError(
    `Elasticsearch answered what this version does not know: ${z.prettifyError(result.error)}`,
  );
}
