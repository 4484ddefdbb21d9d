import type { DatasetId } from '../kernel/ids.ts';
import { type DatasetGrant, includesRole, type Principal } from './model.ts';

/**
 * What a principal may read, as data: each store turns it into its WHERE clause or index filter. There is no other way to read,
 * and no argument of a caller becomes part of it.
 */
export interface ReadScope {
  /** Records: every one, or the public ones and those granted. */
  readonly records:
    | { readonly kind: 'all' }
    | { readonly kind: 'public'; readonly alsoDatasetIds: readonly DatasetId[] };
  /** Rows of readable records: all, or those of some access classes and of the datasets granted. */
  readonly rows:
    | { readonly kind: 'all' }
    | {
        readonly kind: 'byAccessClass';
        readonly accessClasses: readonly string[];
        readonly alsoDatasetIds: readonly DatasetId[];
      };
}

/** Sees everything: for maintenance that answers no caller. */
export const everything: ReadScope = { records: { kind: 'all' }, rows: { kind: 'all' } };

/**
 * The rule of who sees what. Guests: published records of every class, rows of OPEN. Researchers: also rows of
 * OPEN_NON_COMMERCIAL. Stewards: also drafts. Rows of RESTRICTED need a grant for the dataset, or the role admin. A grant for a
 * dataset opens its record, drafts included, and its rows.
 */
export function readScopeOf(principal: Principal): ReadScope {
  if (principal.role === 'ADMIN') return everything;
  const granted = principal.grants.filter((grant) => includesRole(grant.role, 'RESEARCHER'));
  const withRecord = datasetsOf(granted.filter((grant) => grant.opens?.record ?? true));
  return {
    records: includesRole(principal.role, 'STEWARD') ? { kind: 'all' } : { kind: 'public', alsoDatasetIds: withRecord },
    rows: {
      kind: 'byAccessClass',
      accessClasses: includesRole(principal.role, 'RESEARCHER') ? ['OPEN', 'OPEN_NON_COMMERCIAL'] : ['OPEN'],
      alsoDatasetIds: datasetsOf(granted.filter((grant) => grant.opens?.rows ?? true)),
    },
  };
}

function datasetsOf(grants: readonly DatasetGrant[]): readonly DatasetId[] {
  return [...new Set(grants.map((grant) => grant.datasetId))].sort();
}
