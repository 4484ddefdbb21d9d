import { createHash, randomBytes } from 'node:crypto';

/** Prefix of personal access tokens, so that secret scanners find them. */
const tokenPrefix = 'mia_';

/** SHA-256 of a token, hex: all that is stored of it. The token has 256 bits of chance, so no salt is needed. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** A new random token, 256 bits. */
export function newToken(): string {
  return tokenPrefix + randomBytes(32).toString('base64url');
}
