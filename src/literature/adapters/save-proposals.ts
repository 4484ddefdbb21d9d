import type { EntityManager } from 'typeorm';
import { insertRows } from '../../db/insert-rows.ts';
import { type CandidateId, candidateIdOf } from '../../kernel/ids.ts';
import type { CandidateState, Proposal } from '../discovery-model.ts';

interface Prior {
  readonly id: CandidateId;
  readonly state: CandidateState;
  readonly alias: string;
}

/** A decision stands before what is open; of two open ones the older goes on. */
const rank: Readonly<Record<CandidateState, number>> = { ACCEPTED: 0, MERGED: 1, REJECTED: 2, OPEN: 3 };

/**
 * Holds what is proposed against the candidates that are there, by their aliases. What was decided stays decided, and takes the new
 * names: a rejected one does not come back under another. Open ones are brought up to date, or go where nothing supports them now.
 * @param keys - all keys that were looked at
 */
export async function saveProposals(
  tx: EntityManager,
  keys: readonly string[],
  proposals: readonly Proposal[],
): Promise<void> {
  const priors = await priorsOf(tx, [...new Set([...keys, ...proposals.flatMap(({ aliases }) => aliases)])]);
  const kept = new Set<CandidateId>();
  for (const proposal of proposals) {
    const aliases = new Set(proposal.aliases);
    const [held] = priors
      .filter(({ id, state, alias }) => aliases.has(alias) && (state !== 'OPEN' || !kept.has(id)))
      .sort((a, b) => rank[a.state] - rank[b.state]);
    const id = held?.id ?? (await freeId(tx, proposal.key));
    kept.add(id);
    if (held === undefined) await insertRows(tx, 'dataset_candidate', [{ id, ...rowOf(proposal) }]);
    else if (held.state === 'OPEN') await refresh(tx, id, proposal);
    await insertRows(
      tx,
      'candidate_alias',
      proposal.aliases.map((alias) => ({ alias, candidateId: id })),
      {
        key: '(alias)',
        // An alias of a decision is that decision's for good.
        update: `candidate_id = CASE WHEN (SELECT c.state FROM dataset_candidate c WHERE c.id = candidate_alias.candidate_id) = 'OPEN'
        THEN excluded.candidate_id ELSE candidate_alias.candidate_id END`,
      },
    );
    if (held !== undefined && held.state !== 'OPEN') await linkDecided(tx, id);
  }
  const gone = priors.filter(({ id, state }) => state === 'OPEN' && !kept.has(id)).map(({ id }) => id);
  await tx.query('DELETE FROM dataset_candidate WHERE id = ANY($1::uuid[])', [[...new Set(gone)]]);
}

/** Candidates with an alias among some keys, the oldest first, held until the transaction ends. */
async function priorsOf(tx: EntityManager, keys: readonly string[]): Promise<readonly Prior[]> {
  return await tx.query(
    `SELECT c.id, c.state, a.alias FROM candidate_alias a JOIN dataset_candidate c ON c.id = a.candidate_id
     WHERE a.alias = ANY($1::text[]) ORDER BY c.created_at, c.id FOR UPDATE OF c`,
    [keys],
  );
}

/** The id of a key, unless a candidate that has lost this key to another has it. */
async function freeId(tx: EntityManager, key: string): Promise<CandidateId> {
  for (let attempt = 0; ; attempt += 1) {
    const id = candidateIdOf(attempt === 0 ? key : `${key}#${attempt}`);
    const taken: unknown[] = await tx.query('SELECT 1 FROM dataset_candidate c WHERE c.id = $1', [id]);
    if (taken.length === 0) return id;
  }
}

function rowOf({ title, acronym, fields, articleCount, mentionCount, score, similar }: Proposal): object {
  return { title, acronym: acronym ?? null, fields, articleCount, mentionCount, score, similar };
}

/** Changes nothing, and no version, where the papers say what they said. */
async function refresh(tx: EntityManager, id: CandidateId, proposal: Proposal): Promise<void> {
  const { title, acronym, fields, articleCount, mentionCount, score, similar } = proposal;
  await tx.query(
    `UPDATE dataset_candidate SET title = $2::text, acronym = $3::text, fields = $4::jsonb, article_count = $5::integer,
       mention_count = $6::integer, score = $7::double precision, "similar" = $8::text[], version = version + 1, updated_at = now()
     WHERE id = $1 AND (title, coalesce(acronym, ''), fields, article_count, mention_count, score, "similar")
       IS DISTINCT FROM ($2::text, coalesce($3::text, ''), $4::jsonb, $5::integer, $6::integer, $7::double precision, $8::text[])`,
    [id, title, acronym ?? null, JSON.stringify(fields), articleCount, mentionCount, score, similar],
  );
}

/** Papers that speak of a decided candidate under a new name speak of its dataset. */
export async function linkDecided(tx: EntityManager, id: CandidateId): Promise<void> {
  await tx.query(
    `UPDATE article_dataset d SET dataset_id = c.dataset_id
     FROM candidate_alias a JOIN dataset_candidate c ON c.id = a.candidate_id
     WHERE c.id = $1 AND c.dataset_id IS NOT NULL AND d.key = a.alias AND d.dataset_id IS NULL`,
    [id],
  );
}
