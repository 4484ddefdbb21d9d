import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Span } from '../../src/literature/index.ts';
import type { MinableArticle } from '../../src/literature/mining/prepare-text.ts';

/** A text of the collection as an article, with the way from its offsets to the article's. */
export interface NeuroDocument {
  /** PMID, PMCID or the text's digest. */
  readonly id: string;
  readonly article: MinableArticle;
  /** The document's own text, which labels count in (code points). */
  readonly text: string;
  /** An offset of the document's text as one of the article's text; undefined where the article does not hold it. */
  readonly toArticle: (at: number) => number | undefined;
  readonly digests: readonly string[];
}

const span = z.tuple([z.number(), z.number()]);
const document = z.object({
  text: z.string(),
  utf8_text_md5_checksum: z.string().optional(),
  metadata: z.object({
    pmid: z.union([z.number(), z.string()]).nullish(),
    pmcid: z.union([z.number(), z.string()]).nullish(),
    text_md5: z.string().optional(),
    title: z.string().nullish(),
    field_positions: z.object({ title: span, abstract: span, body: span }).optional(),
  }),
});

/** The collection neuro-litmining (labelbuddy-annotations of the Poline lab, MIT): each text once. */
export function readDocuments(folder: string): NeuroDocument[] {
  const lines = gunzipSync(readFileSync(`${folder}/documents.jsonl.gz`))
    .toString('utf8')
    .trim()
    .split('\n');
  const byText = new Map<string, NeuroDocument>();
  for (const line of lines) {
    const parsed = document.parse(JSON.parse(line));
    const seen = byText.get(parsed.text);
    const made = documentOf(parsed);
    byText.set(parsed.text, seen === undefined ? made : { ...seen, digests: [...seen.digests, ...made.digests] });
  }
  return [...byText.values()];
}

function documentOf({ text, metadata, utf8_text_md5_checksum: checksum }: z.infer<typeof document>): NeuroDocument {
  const points = Array.from(text);
  const { title, abstract, body } = metadata.field_positions ?? {
    title: span.parse([0, 0]),
    abstract: span.parse([0, points.length]),
    body: span.parse([0, 0]),
  };
  const slice = ([start, end]: readonly [number, number]): string => points.slice(start, end).join('');
  const heading = slice(title) || (metadata.title ?? '');
  const from = {
    title: 0,
    abstract: Array.from(heading).length + 2,
    body: Array.from(heading).length + 4 + (abstract[1] - abstract[0]),
  };
  const digests = [checksum, metadata.text_md5].filter((digest) => digest !== undefined);
  return {
    id: String(metadata.pmid ?? metadata.pmcid ?? digests[0] ?? ''),
    article: {
      title: heading,
      abstract: slice(abstract),
      sections: body[1] > body[0] ? [{ name: 'Body', role: undefined, text: slice(body) }] : [],
      dataBanks: [],
      mesh: [],
      year: undefined,
    },
    text,
    toArticle: (at) => {
      if (at >= body[0] && at < body[1]) return at - body[0] + from.body;
      if (at >= abstract[0] && at < abstract[1]) return at - abstract[0] + from.abstract;
      return at >= title[0] && at < title[1] ? at - title[0] : undefined;
    },
    digests,
  };
}

/** An annotated stretch of a document. */
export interface Label extends Span {
  readonly name: string;
}

/** A document with the labels of all its annotators. */
export interface LabelledDocument {
  readonly document: NeuroDocument;
  readonly labels: readonly Label[];
  /** The same, annotator by annotator. */
  readonly byAnnotator: readonly (readonly Label[])[];
}

const annotated = z.object({
  utf8_text_md5_checksum: z.string(),
  annotations: z.array(z.object({ label_name: z.string(), start_char: z.number(), end_char: z.number() })),
});

/** Labels of one project of the collection. */
export function readLabels(folder: string, project: string, documents: readonly NeuroDocument[]): LabelledDocument[] {
  const byDigest = new Map(
    documents.flatMap((one) => one.digests.map((digest): [string, NeuroDocument] => [digest, one])),
  );
  const labelled = new Map<NeuroDocument, Label[][]>();
  for (const line of readFileSync(`${folder}/${project}.jsonl`, 'utf8').trim().split('\n')) {
    const { utf8_text_md5_checksum: digest, annotations } = annotated.parse(JSON.parse(line));
    const found = byDigest.get(digest);
    if (found === undefined) continue;
    const labels = annotations.map((own) => ({ name: own.label_name, start: own.start_char, end: own.end_char }));
    labelled.set(found, [...(labelled.get(found) ?? []), labels]);
  }
  return [...labelled].map(([one, byAnnotator]) => ({ document: one, labels: byAnnotator.flat(), byAnnotator }));
}
