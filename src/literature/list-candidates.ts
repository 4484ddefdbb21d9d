import { mayActOn, type Principal, requireRole } from '../access/index.ts';
import { type Connection, toConnection } from '../kernel/connection.ts';
import { exactly } from '../kernel/count.ts';
import { type CandidateId, decodeNodeId } from '../kernel/ids.ts';
import { decodeCursor, pageSize } from '../kernel/page.ts';
import type { Candidate } from './discovery-model.ts';
import type { CandidateStore, CandidateWhere } from './discovery-ports.ts';

const order = 'candidate:score';

/**
 * Candidates, those with the best evidence first.
 * @throws UnauthenticatedError for guests, ForbiddenError for who is no steward of the catalog
 */
export async function listCandidates(
  args: { readonly where: CandidateWhere; readonly first: number; readonly after?: string | undefined },
  principal: Principal,
  store: CandidateStore,
): Promise<Connection<Candidate>> {
  requireRole(principal, 'STEWARD');
  const first = pageSize(args.first);
  const { after, where } = args;
  const page = await store.list(
    where,
    after === undefined ? { first } : { first, after: decodeCursor(order, ['number', 'uuid'], after) },
  );
  return toConnection(order, page, async () => exactly(await store.count(where), 'candidates'));
}

/** The candidate of a node id; undefined for any other node, null where there is none that the caller may see. */
export async function readCandidateNode(
  nodeId: string,
  principal: Principal,
  store: CandidateStore,
): Promise<Candidate | null | undefined> {
  const decoded = decodeNodeId(nodeId);
  if (decoded?.type !== 'DatasetCandidate') return undefined;
  if (!mayActOn(principal, 'STEWARD')) return null;
  const [candidate] = await store.byIds([decoded.uuid as CandidateId]);
  return candidate ?? null;
}
