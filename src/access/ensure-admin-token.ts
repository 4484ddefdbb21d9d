import { StartupError } from '../kernel/errors.ts';
import type { PrincipalStore } from './ports.ts';
import { hashToken, newToken } from './tokens.ts';

/** Name of the one token that `MIA_ADMIN_TOKEN` stands for. */
const environmentTokenName = 'from the environment';

/**
 * Makes sure that somebody can administer this catalog: stores the operator's token, or at the first start a new one. A changed
 * `MIA_ADMIN_TOKEN` ends the one before, with the tokens made with it.
 * @param chosen - `MIA_ADMIN_TOKEN`, when set
 * @returns the new token, to be shown once; undefined when nothing new was made
 * @throws StartupError when `MIA_ADMIN_TOKEN` is an access token of another name or principal
 */
export async function ensureAdminToken(store: PrincipalStore, chosen: string | undefined): Promise<string | undefined> {
  const admin = { principalName: 'admin', role: 'ADMIN' } as const;
  if (chosen !== undefined) {
    const token = { ...admin, tokenName: environmentTokenName, hash: hashToken(chosen) };
    if (await store.replaceToken(token)) return undefined;
    throw new StartupError('MIA_ADMIN_TOKEN is an access token that was made for something else: choose another one.');
  }
  if (await store.hasAdminToken()) return undefined;
  const token = newToken();
  await store.addToken({ ...admin, tokenName: 'first start', hash: hashToken(token) });
  return token;
}
