import { InvalidInputError } from '../kernel/errors.ts';
import { hashToken, newToken } from './authenticate.ts';
import type { PrincipalStore } from './ports.ts';

/** Fewest characters of an admin token that the operator chooses. */
const minimumLength = 32;

/**
 * Makes sure that somebody can administer this catalog: stores the operator's token, or at the first start a new one.
 * @param chosen - `MIA_ADMIN_TOKEN`, when set
 * @returns the new token, to be shown once; undefined when nothing new was made
 * @throws InvalidInputError when the chosen token is too short
 */
export async function ensureAdminToken(store: PrincipalStore, chosen: string | undefined): Promise<string | undefined> {
  if (chosen !== undefined) {
    if (chosen.length < minimumLength || !/^[\w.~+/=-]+$/.test(chosen)) {
      throw new InvalidInputError(
        `MIA_ADMIN_TOKEN must have at least ${minimumLength} characters, all of them letters, digits or one of . _ ~ + / = - .`,
      );
    }
    await store.addToken({
      principalName: 'admin',
      role: 'ADMIN',
      tokenName: 'from the environment',
      hash: hashToken(chosen),
    });
    return undefined;
  }
  if (await store.hasAdminToken()) return undefined;
  const token = newToken();
  await store.addToken({ principalName: 'admin', role: 'ADMIN', tokenName: 'first start', hash: hashToken(token) });
  return token;
}
