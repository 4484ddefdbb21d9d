import { createHash } from 'node:crypto';
import type { EncoderProfile } from './model.ts';

/**
 * Hash of all that decides which vector a text gets. Names, titles and licences do not.
 * @param weightHashes - SHA-256 of each weights file, document network first
 * @returns 16 hexadecimal digits
 */
export function hashProfile(profile: EncoderProfile, weightHashes: readonly string[]): string {
  const decisive = {
    pooling: profile.pooling,
    normalize: profile.normalize,
    queryPrefix: profile.queryPrefix,
    documentPrefix: profile.documentPrefix,
    dimension: profile.dimension,
    similarity: profile.similarity,
    maxTokens: [profile.document.maxTokens, profile.query?.maxTokens],
    weightHashes,
  };
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex').slice(0, 16);
}

/** Hash of a text together with the side it was encoded for: the two may differ by prefix or network. */
export function hashText(text: string, role: 'query' | 'document'): string {
  return createHash('sha256').update(role).update('\0').update(text).digest('hex').slice(0, 32);
}
