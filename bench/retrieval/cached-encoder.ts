import { join } from 'node:path';
import { SqliteVectorCache } from '../../src/embedding/adapters/sqlite-vector-cache.ts';
import { TransformersEmbedder } from '../../src/embedding/adapters/transformers-embedder.ts';
import { cacheVectors, type Embedder, encoderProfile } from '../../src/embedding/index.ts';
import { messageOf } from '../../src/kernel/errors.ts';
import { silentLogger } from '../../src/kernel/logger.ts';

/** This checkout. */
export const root = new URL('../..', import.meta.url).pathname;

/** The encoder that is measured, and the threads it gets. */
export const profile = encoderProfile('minilm');
export const threads = 2;

/** The encoder itself. */
export function openEncoder(): Embedder {
  return new TransformersEmbedder({ profile, modelRoots: [join(root, 'models')], threads, logger: silentLogger });
}

/** The encoder with its vectors kept in the build cache: about 65,000 passages take 15 minutes the first time. */
export function openCachedEncoder(): Embedder {
  const cache = new SqliteVectorCache(join(root, 'node_modules/.cache/bench/vectors.sqlite'));
  return cacheVectors(openEncoder(), cache, (error) => void process.stderr.write(`${messageOf(error)}\n`));
}
