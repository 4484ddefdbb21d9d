import type { EncoderIdentity } from './model.ts';
import type { Embedder } from './ports.ts';

/** Sentences in pairs that say the same in other words; the neighbour of each should be its partner. */
export const sentencePairs: readonly (readonly [string, string])[] = [
  ['Resting-state functional MRI in children with autism.', 'Autistic children were scanned at rest with fMRI.'],
  ['Glioblastoma is an aggressive brain tumour.', 'Malignant gliomas of the brain grow fast.'],
  ['CT scans show lung nodules in smokers.', 'Nodules in the lung are seen on computed tomography.'],
  [
    'Amyloid PET predicts conversion to dementia.',
    "Positron emission tomography of amyloid foretells Alzheimer's disease.",
  ],
  ['The kidney tumour was removed by surgery.', 'Surgeons resected the renal mass.'],
  ['Ultrasound of the lungs in COVID-19.', 'Lung sonography of patients with coronavirus infection.'],
];

/** What an encoder did with known sentences. */
export interface EncoderCheck {
  readonly identity: EncoderIdentity;
  /** Seconds until the first vector, loading included. */
  readonly loadS: number;
  /** Short sentences per second, one batch. */
  readonly sentencesPerS: number;
  /** Sentences whose nearest neighbour is their partner, of `sentences`. */
  readonly partnersFound: number;
  readonly sentences: number;
  /** Each first sentence with its nearest neighbour. */
  readonly neighbours: readonly { readonly sentence: string; readonly nearest: string; readonly similarity: number }[];
  /** False for vectors with NaN or all zero, or fewer than half of the partners found. */
  readonly sound: boolean;
}

/**
 * Runs an encoder on known sentences.
 * @param now - milliseconds that only rise
 */
export async function checkEncoder(embedder: Embedder, now: () => number): Promise<EncoderCheck> {
  const sentences = sentencePairs.flat();
  const started = now();
  const identity = await embedder.identity();
  const loaded = now();
  const vectors = await embedder.embed(sentences, 'document');
  const rounds = 5;
  const timed = now();
  for (let round = 0; round < rounds; round++) await embedder.embed(sentences, 'document');
  const seconds = (now() - timed) / 1000;
  const nearest = vectors.map((vector, index) => nearestOther(vectors, vector, index));
  const partnersFound = nearest.filter(({ index }, position) => index === (position ^ 1)).length;
  const finite = vectors.every((vector) => vector.every(Number.isFinite) && vector.some((number) => number !== 0));
  return {
    identity,
    loadS: (loaded - started) / 1000,
    sentencesPerS: (rounds * sentences.length) / seconds,
    partnersFound,
    sentences: sentences.length,
    neighbours: nearest.flatMap(({ index, similarity }, position) =>
      position % 2 === 0 ? [{ sentence: sentences[position] ?? '', nearest: sentences[index] ?? '', similarity }] : [],
    ),
    sound: finite && partnersFound * 2 >= sentences.length,
  };
}

function nearestOther(
  vectors: readonly Float32Array[],
  vector: Float32Array,
  self: number,
): { readonly index: number; readonly similarity: number } {
  let best = { index: -1, similarity: Number.NEGATIVE_INFINITY };
  vectors.forEach((other, index) => {
    const similarity = cosine(vector, other);
    if (index !== self && similarity > best.similarity) best = { index, similarity };
  });
  return best;
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, left, right] = [0, 0, 0];
  a.forEach((value, index) => {
    const other = b[index] ?? 0;
    dot += value * other;
    left += value * value;
    right += other * other;
  });
  return dot / Math.sqrt(left * right || 1);
}
