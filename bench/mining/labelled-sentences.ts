import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

/** A sentence with the identifiers of data that a reader sees in it. */
export interface IdentifiedSentence {
  readonly text: string;
  readonly identifiers: readonly (readonly [start: number, end: number, kind: string])[];
}

const label = z.object({
  source: z.string(),
  start: z.number(),
  end: z.number(),
  sha256: z.string(),
  identifiers: z.array(z.tuple([z.number(), z.number(), z.string()])),
});

/**
 * The labelled sentences of identifier-labels.jsonl with their texts from the collections, which are not ours to ship.
 * @param folder - of the collections `neuro-litmining` and `jats`
 * @throws Error when a text is not the one that was labelled
 */
export function readIdentifiedSentences(folder: string): IdentifiedSentence[] {
  const documents = gunzipSync(readFileSync(`${folder}/neuro-litmining/documents.jsonl.gz`))
    .toString('utf8')
    .trim()
    .split('\n');
  const texts = new Map<string, string[]>();
  const pointsOf = (source: string): string[] => {
    const [collection = '', name = ''] = source.split(/:(.*)/s);
    const text =
      collection === 'jats'
        ? plainText(readFileSync(`${folder}/jats/${name}`, 'utf8'))
        : textOf(documents[Number(name)]);
    const points = texts.get(source) ?? Array.from(text);
    texts.set(source, points);
    return points;
  };
  const lines = readFileSync(new URL('identifier-labels.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => {
    const { source, start, end, sha256, identifiers } = label.parse(JSON.parse(line));
    const text = pointsOf(source).slice(start, end).join('');
    if (createHash('sha256').update(text).digest('hex').slice(0, 16) !== sha256)
      throw new Error(`${source} from ${start} to ${end} is not the sentence that was labelled.`);
    return { text, identifiers };
  });
}

function textOf(line: string | undefined): string {
  return z.object({ text: z.string() }).parse(JSON.parse(line ?? '{}')).text;
}

/** An article's front, body and back without markup, blocks on lines of their own: the text that the labels' offsets count in. */
function plainText(xml: string): string {
  const parts = [/<article-meta>[\s\S]*?<\/article-meta>/, /<body>[\s\S]*?<\/body>/, /<back>[\s\S]*?<\/back>/].map(
    (part) => part.exec(xml)?.[0],
  );
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return parts
    .filter((part) => part !== undefined)
    .join(' \n')
    .replace(/<\/(p|title|article-id|ref|label|aff|sec)>/g, '\n')
    .replace(/<[^>]+>/g, '')
    .replace(
      /&#x([0-9a-f]+);|&#(\d+);|&(lt|gt|quot|apos|amp);/gi,
      (_, hex: string | undefined, decimal: string | undefined, name: string | undefined) =>
        name === undefined
          ? String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
          : (named[name] ?? ''),
    );
}
