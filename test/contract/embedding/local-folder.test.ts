import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profileOfFolder } from '../../../src/embedding/adapters/model-folder.ts';
import { TransformersEmbedder } from '../../../src/embedding/adapters/transformers-embedder.ts';
import type { EncoderProfile } from '../../../src/embedding/index.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { writeRandomBert } from '../../kit/random-bert.ts';

describe('a local folder with a cased BERT of 12 layers and 768 dimensions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mia-bert-'));
  let profile: EncoderProfile;
  let embedder: TransformersEmbedder;

  beforeAll(async () => {
    writeRandomBert(folder);
    const described = await profileOfFolder(folder);
    if (described.kind !== 'encoder') throw new Error('It was taken for a cross-encoder');
    profile = described;
    embedder = new TransformersEmbedder({ profile, modelRoots: [], threads: 1, tokenBudget: 64, logger: silentLogger });
    await embedder.identity();
  }, 120_000);
  afterAll(async () => {
    await embedder.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('becomes a profile without being described', () => {
    expect(profile).toMatchObject({ dimension: 768, weights: 'fp32', pooling: 'mean', similarity: 'cosine' });
    expect(profile.document.maxTokens).toBe(64);
  });

  it('gives one unit vector of 768 numbers per text, equal for equal texts', async () => {
    const vectors = await embedder.embed(['mri of the brain', 'lung', 'mri of the brain'], 'document');
    expect(vectors.map((vector) => vector.length)).toEqual([768, 768, 768]);
    for (const vector of vectors) expect(cosine(vector, vector)).toBeCloseTo(1, 5);
    expect(cosine(at(vectors, 0), at(vectors, 2))).toBeCloseTo(1, 5);
    expect(cosine(at(vectors, 0), at(vectors, 1))).toBeLessThan(0.999);
  }, 60_000);

  it('tells capitals from small letters', async () => {
    const [small, capital] = await embedder.embed(['ms', 'MS'], 'document');
    expect(cosine(small, capital)).toBeLessThan(0.999);
  }, 60_000);

  it('gives a text the same vector alone and padded among longer ones', async () => {
    const [alone] = await embedder.embed(['pet'], 'document');
    const [padded] = await embedder.embed(['pet', 'positron emission tomography'], 'document');
    expect(cosine(alone, padded)).toBeCloseTo(1, 4);
  }, 60_000);

  it('cuts a text at its limit of word pieces', async () => {
    const [long, longer] = await embedder.embed(['a '.repeat(62), 'a '.repeat(500)], 'document');
    expect(cosine(long, longer)).toBeCloseTo(1, 4);
  }, 60_000);
});

function at(vectors: readonly Float32Array[], index: number): Float32Array {
  return vectors[index] ?? new Float32Array();
}

function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  return (a ?? new Float32Array()).reduce((sum, value, index) => sum + value * (b?.[index] ?? 0), 0);
}
