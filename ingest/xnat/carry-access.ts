import type { PrincipalStore } from '../../src/access/index.ts';
import type { MirrorProject } from '../../src/harvest/index.ts';
import type { DatasetId } from '../../src/kernel/ids.ts';
import { projectDetail } from './project-detail.ts';

/** Groups that every project has; a group made by an administrator may be narrower than the project, in ways XNAT's API does not tell. */
const standardGroups = ['owner', 'member', 'collaborator'];

/**
 * Gives the members of a dataset's projects the right to read it, as principals `xnat:{server}:{login}`, and takes it from who is no
 * member any more. These principals cannot sign in: their rights count once an admin links them to somebody. Members of groups that
 * administrators made get nothing.
 * @returns logins that were passed over, with their group
 */
export async function carryAccess(
  {
    datasetId,
    server,
    projects,
  }: { readonly datasetId: DatasetId; readonly server: string; readonly projects: readonly MirrorProject[] },
  store: PrincipalStore,
): Promise<readonly string[]> {
  const passedOver: string[] = [];
  const logins = new Set<string>();
  for (const project of projects) {
    const { members } = projectDetail.parse(project.detail);
    // Who the members are cannot be seen now: nothing is known to have changed.
    if (members === undefined) return [];
    for (const { login, group } of members) {
      if (standardGroups.some((role) => group === `${project.id}_${role}`)) logins.add(login);
      else passedOver.push(`${login} (${group})`);
    }
  }
  await store.transaction(async (tx) => {
    const { id: mirror } = await tx.ensurePrincipal(`mirror:xnat:${server}`);
    const held = new Map(
      (await tx.grantsBy({ grantedBy: mirror, datasetId })).map((grant) => [grant.name, grant.principalId]),
    );
    let added = 0;
    for (const login of logins) {
      const name = `xnat:${server}:${login}`;
      if (held.delete(name)) continue;
      const { id: principalId } = await tx.ensurePrincipal(name);
      if (await tx.addGrant({ principalId, role: 'RESEARCHER', datasetId, grantedBy: mirror })) added += 1;
    }
    for (const principalId of held.values()) await tx.removeGrant({ principalId, role: 'RESEARCHER', datasetId });
    if (added + held.size > 0)
      await tx.audit({
        actor: mirror,
        action: 'access.carry',
        object: { kind: 'Dataset', id: datasetId },
        outcome: 'DONE',
        facts: { added, removed: held.size },
      });
  });
  return passedOver;
}
