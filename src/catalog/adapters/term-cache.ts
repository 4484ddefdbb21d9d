import { isDeepStrictEqual } from 'node:util';
import type { Reads } from '../../db/read-pool.ts';
import type { Clock } from '../../kernel/clock.ts';
import { TermExpansion } from '../model/term-expansion.ts';
import type { Vocabulary } from '../model/vocabulary.ts';
import { readVocabulary } from './vocabulary-rows.ts';

/** How long a read of the vocabulary may be used again. */
const vocabularyTtlMs = 1_000;

/**
 * Changes with every change of the vocabulary or of who sees it: each insert and update leaves its transaction's number in `xmin`, each delete lowers
 * a count. Asking costs a hundredth of reading and indexing thousands of terms again.
 */
const vocabularyState = ['concept', 'concept_broader', 'modality', 'license']
  .map((table) => `(SELECT count(*) || '/' || coalesce(max(xmin::text::bigint), 0) FROM ${table})`)
  // A term of a record is hidden unless a public record has it: records are published, changed and withdrawn with an event.
  .concat('(SELECT coalesce(max(id), 0)::text FROM catalog_event)')
  .join(` || ' ' || `);

interface CachedTerms {
  readonly state: string;
  readonly vocabulary: Vocabulary;
  readonly expansion: TermExpansion;
}

/** The vocabulary as it was read a moment ago. */
export class TermCache {
  readonly #db: Reads;
  readonly #clock: Clock;
  #current: Promise<CachedTerms> | undefined;
  #until = 0;

  constructor(db: Reads, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async current(): Promise<CachedTerms> {
    const now = this.#clock().getTime();
    if (this.#current === undefined || now >= this.#until) {
      this.#current = this.#refresh(this.#current);
      this.#until = now + vocabularyTtlMs;
    }
    const asked = this.#current;
    try {
      return await asked;
    } catch (error) {
      if (this.#current === asked) this.#current = undefined;
      throw error;
    }
  }

  /** The next to ask looks whether there is something new. */
  forget(): void {
    this.#until = 0;
  }

  async #refresh(known: Promise<CachedTerms> | undefined): Promise<CachedTerms> {
    const before = await known?.catch(() => undefined);
    const [row] = await this.#db.query(`SELECT ${vocabularyState} AS state`);
    const state = String(row?.['state']);
    if (before?.state === state) return before;
    const vocabulary = await readVocabulary(this.#db);
    // What hangs on the object is made anew with it, and most events leave every term as it is.
    if (before !== undefined && isDeepStrictEqual(before.vocabulary, vocabulary)) return { ...before, state };
    return { state, vocabulary, expansion: new TermExpansion(vocabulary) };
  }
}
