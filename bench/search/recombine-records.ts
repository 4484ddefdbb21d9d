import { readShippedRecords } from '../../ingest/shipped/read-shipped.ts';
import { splitSentences } from '../../src/retrieval/index.ts';
import { brainscapePresent, readBrainscape } from './brainscape-records.ts';

/** Most sentences that are mixed anew, so that encoding them takes minutes and not hours. */
const mostSentences = 4_000;

/**
 * Records mixed anew from the shipped ones and BrainScape's: title, keywords, conditions and modalities of one, three sentences of any.
 * Fewer than 5,000 texts are different, whatever the number of records: vectors repeat, and figures say so.
 */
export async function* recombineRecords(count: number): AsyncIterable<readonly Record<string, unknown>[]> {
  const records = [
    ...(await readShippedRecords()).map(({ value }) => value as Record<string, unknown>),
    ...(brainscapePresent() ? readBrainscape() : []),
  ];
  const sentences = records
    .flatMap((record) => splitSentences(String(record['description'])))
    .filter((sentence) => sentence.length < 600)
    .slice(0, mostSentences);
  const next = randomNumbers(20_261_124);
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(next() * list.length)];
  let batch: Record<string, unknown>[] = [];
  for (let at = 0; at < count; at += 1) {
    const { title, keywords, conditions, modalities } = pick(records) ?? {};
    const name = `mix-${String(at).padStart(6, '0')}`;
    batch.push({
      sourceId: name,
      slug: name,
      title,
      acronym: `M${at}X`,
      description: [pick(sentences), pick(sentences), pick(sentences)].join(' '),
      ...(keywords !== undefined && { keywords }),
      ...(conditions !== undefined && { conditions }),
      ...(modalities !== undefined && { modalities }),
      subjectCount: Math.floor(10 ** (1 + next() * 3)),
      accessClass: pick(['OPEN', 'OPEN_NON_COMMERCIAL', 'RESTRICTED']),
      year: 2005 + Math.floor(next() * 20),
    });
    if (batch.length === 500) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** The same numbers from 0 to 1 at every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
