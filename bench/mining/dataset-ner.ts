import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';

/** A sentence of dataset-ner with the places of its datasets' names. */
export interface NamedSentence {
  readonly text: string;
  readonly names: readonly (readonly [start: number, end: number])[];
}

const row = z.object({ text: z.string(), labels: z.string() });

/**
 * Sentences of the collection dataset-ner (Heddes et al. 2021, CC BY 4.0). Of several annotations that overlap the longest counts;
 * those that are marked as no dataset are left out.
 */
export function readNamedSentences(folder: string, part: 'Train' | 'Test'): NamedSentence[] {
  const csv = gunzipSync(readFileSync(`${folder}/${part}_set_sentences.csv.gz`)).toString('utf8');
  return z
    .array(row)
    .parse(parse(csv, { columns: true }))
    .map(({ text, labels }) => ({ text, names: spansOf(labels, text.length) }));
}

function spansOf(labels: string, length: number): [number, number][] {
  const spans = [...labels.matchAll(/\[(\d+), (\d+), '([^']*)'\]/g)]
    .filter(([, , , label]) => label === 'Dataset')
    .map(([, start, end]): [number, number] => [Number(start), Math.min(Number(end), length)])
    .sort(([a, b], [c, d]) => d - c - (b - a));
  const kept: [number, number][] = [];
  for (const span of spans) if (!kept.some(([start, end]) => start < span[1] && span[0] < end)) kept.push(span);
  return kept.sort(([a], [b]) => a - b);
}
