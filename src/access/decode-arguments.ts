import { InvalidInputError } from '../kernel/errors.ts';
import { decodeNodeId, type PrincipalId } from '../kernel/ids.ts';
import { uuidOfNode } from './caller.ts';
import type { AuditWhere } from './ports.ts';

/** Paging arguments without GraphQL's nulls. */
export function pageOf(args: { readonly first?: number | null; readonly after?: string | null }): {
  readonly first: number;
  readonly after?: string;
} {
  return { first: args.first ?? 20, ...(args.after != null && { after: args.after }) };
}

/**
 * The filter on audit entries with node ids decoded.
 * @throws InvalidInputError when one of them is no node id
 */
export function auditWhereOf(where: Omit<AuditWhere, 'actor'> & { readonly actor?: string }): AuditWhere {
  const { actor, objectId, ...rest } = where;
  return {
    ...rest,
    ...(actor !== undefined && { actor: known('actor', uuidOfNode('Principal', actor)) as PrincipalId }),
    ...(objectId !== undefined && { objectId: known('objectId', decodeNodeId(objectId)?.uuid) }),
  };
}

function known(field: string, uuid: string | undefined): string {
  if (uuid !== undefined) return uuid;
  throw new InvalidInputError(`\`${field}\` must be an \`id\` as this API gives it.`, { fields: [field] });
}
