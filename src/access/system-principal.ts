import { naturalId, type PrincipalId } from '../kernel/ids.ts';
import type { Principal } from './model.ts';

/** Name of the operator at the command line; no caller of the API can be it. */
const cliName = 'cli';

/**
 * The operator at the command line, who has the database anyway and so every right. Its row is made by a migration. Its id is
 * derived from its name, unlike those of persons, which are random so that nothing leads back from a trail to an erased name.
 */
export const cliPrincipal: Principal & { readonly id: PrincipalId } = {
  id: naturalId('principal', cliName) as PrincipalId,
  name: cliName,
  role: 'ADMIN',
  grants: [],
};
