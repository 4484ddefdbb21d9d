import { hashToken, newToken } from './authenticate.ts';
import type { PrincipalStore } from './ports.ts';

/**
 * Makes sure that somebody can administer this catalog: stores the operator's token, or at the first start a new one.
 * @param chosen - `MIA_ADMIN_TOKEN`, when set
 * @returns the new token, to be shown once; undefined when nothing new was made
 */
export async function ensureAdminToken(store: PrincipalStore, chosen: string | undefined): Promise<string | undefined> {
  if (chosen !== undefined) {
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
