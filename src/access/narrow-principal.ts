import { type DatasetGrant, highestRole, includesRole, lowerRole, type Principal, type Role } from './model.ts';
import type { StoredToken } from './ports.ts';

/** The principal of a token, with what the token lets through of their rights. */
export function narrowPrincipal(stored: StoredToken): Principal {
  const ceiling = stored.roles.length === 0 ? 'ADMIN' : highestRole(stored.roles);
  const role = lowerRole(highestRole(stored.catalogRoles), ceiling);
  const grants = stored.grants.map((grant) => ({ ...grant, role: lowerRole(grant.role, ceiling) }));
  const { id, principalId, principalName, expiresAt, datasets } = stored;
  const datasetIds = datasets?.map((dataset) => dataset.id);
  return {
    id: principalId,
    name: principalName,
    role: datasets === undefined ? role : 'GUEST',
    grants: datasets === undefined ? grants : datasets.flatMap((dataset) => grantsOn(dataset, role, grants)),
    token: { id, ceiling, ...(datasetIds && { datasetIds }), ...(expiresAt && { expiresAt }) },
  };
}

/** What a role for the whole catalog and the grants come to on one dataset. */
function grantsOn(
  { id: datasetId, accessClass }: NonNullable<StoredToken['datasets']>[number],
  role: Role,
  grants: readonly DatasetGrant[],
): readonly DatasetGrant[] {
  const own = grants.filter((grant) => grant.datasetId === datasetId);
  if (role === 'GUEST') return own;
  const opensRows = role === 'ADMIN' || accessClass !== 'RESTRICTED';
  return [...own, { datasetId, role, opens: { record: includesRole(role, 'STEWARD'), rows: opensRows } }];
}
