import { type Principal, requireRole } from '../access/index.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../kernel/errors.ts';
import { type CandidateId, decodeNodeId, type PrincipalId } from '../kernel/ids.ts';
import type { Candidate } from './discovery-model.ts';
import type { CandidateStore, HeldCandidate } from './discovery-ports.ts';

/** Who decides, and on what. */
export interface Deciding {
  readonly principal: Principal;
  readonly requestId: string;
  readonly candidates: CandidateStore;
}

/** Which candidate, and as whom the caller saw it. */
export interface DecidedOn {
  readonly id: string;
  /** `version` of the candidate that was looked at; not compared when absent. */
  readonly expectedVersion?: number | undefined;
}

/**
 * Holds a candidate that is still to be decided, for a steward.
 * @throws UnauthenticatedError, ForbiddenError for who is no steward of the whole catalog
 * @throws NotFoundError when there is none of this id
 * @throws ConflictError when it was decided, or changed since it was looked at
 */
export async function decideCandidate<T>(
  input: DecidedOn,
  { principal, candidates }: Deciding,
  work: (held: HeldCandidate, by: PrincipalId) => Promise<T>,
): Promise<T> {
  const by = requireRole(principal, 'STEWARD');
  return await candidates.hold(candidateIdIn(input.id), async (held) => {
    const { state, version } = held.candidate;
    if (state !== 'OPEN')
      throw new ConflictError(`This candidate was decided meanwhile: it is ${state}. Read it again.`, { state });
    if (input.expectedVersion !== undefined && input.expectedVersion !== version)
      throw new ConflictError(
        `The candidate was changed meanwhile: you looked at version ${input.expectedVersion}, it is at version ${version}. Read it again.`,
        { expectedVersion: input.expectedVersion, currentVersion: version },
      );
    return await work(held, by);
  });
}

/** @throws NotFoundError for an id of anything else */
export function candidateIdIn(id: string): CandidateId {
  const decoded = decodeNodeId(id);
  if (decoded?.type !== 'DatasetCandidate')
    throw new NotFoundError('There is no candidate of this id: give the `id` of one of `candidates`.');
  return decoded.uuid as CandidateId;
}

/** The candidate as it is after a decision. */
export async function readCandidate(id: string, candidates: CandidateStore): Promise<Candidate> {
  const [candidate] = await candidates.byIds([candidateIdIn(id)]);
  if (candidate === undefined) throw new NotFoundError('This candidate is gone.');
  return candidate;
}

/**
 * Refuses a candidate: it and everything that papers call the same stay refused, however often they are read again.
 * @throws InvalidInputError without a reason
 */
export async function rejectCandidate(
  input: DecidedOn & { readonly reason: string },
  deciding: Deciding,
): Promise<{ readonly candidate: Candidate }> {
  const reason = input.reason.trim();
  if (reason === '' || reason.length > 2_000)
    throw new InvalidInputError('reason: say in up to 2,000 characters why this is no dataset for the catalog.', {
      fields: ['reason'],
    });
  await decideCandidate(input, deciding, async (held, decidedBy) => {
    const { id, title } = held.candidate;
    await held.decide({ state: 'REJECTED', datasetId: undefined, reason, decidedBy, detail: { title } });
    await held.audit({
      actor: decidedBy,
      action: 'candidate.reject',
      object: { kind: 'DatasetCandidate', id },
      outcome: 'DONE',
      requestId: deciding.requestId,
      facts: { title, reason },
    });
  });
  return { candidate: await readCandidate(input.id, deciding.candidates) };
}
