import type { PrincipalId } from '../kernel/ids.ts';
import { highestRole } from './model.ts';
import type { PrincipalStore } from './ports.ts';
import { type ReadScope, readScopeOf } from './read-scope.ts';

/** What a principal may read by the rights they hold now, for work done in their name; undefined for one that is not known. */
export async function scopeOfPrincipal(
  id: PrincipalId,
  store: Pick<PrincipalStore, 'standingById'>,
): Promise<ReadScope | undefined> {
  const standing = await store.standingById(id);
  if (standing === undefined) return undefined;
  return readScopeOf({ id, role: highestRole(standing.catalogRoles), grants: standing.grants });
}
