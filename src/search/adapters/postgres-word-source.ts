import type { DataSource } from 'typeorm';
import type { Vocabulary } from '../../catalog/index.ts';
import type { Clock } from '../../kernel/clock.ts';
import { foldText } from '../../retrieval/index.ts';
import type { WordSource } from '../ports.ts';

/**
 * How long words that were read may be used again. A new title corrects spellings so much later; one that went out of the reader's sight
 * corrects none, because only a word that a document in sight holds is taken.
 */
const ttlMs = 60_000;

/** Words of published records and of the vocabulary without its local terms, which records bring along. */
export class PostgresWordSource implements WordSource {
  readonly #db: DataSource;
  readonly #vocabulary: () => Promise<Vocabulary>;
  readonly #clock: Clock;
  #known: { readonly of: Vocabulary; readonly words: Promise<ReadonlySet<string>> } | undefined;
  #until = 0;

  constructor(db: DataSource, vocabulary: () => Promise<Vocabulary>, clock: Clock) {
    this.#db = db;
    this.#vocabulary = vocabulary;
    this.#clock = clock;
  }

  async publicWords(): Promise<ReadonlySet<string>> {
    const now = this.#clock().getTime();
    const vocabulary = await this.#vocabulary();
    if (this.#known?.of !== vocabulary || now >= this.#until) {
      this.#until = now + ttlMs;
      this.#known = { of: vocabulary, words: this.#read(vocabulary) };
      this.#known.words.catch(() => {
        this.#known = undefined;
      });
    }
    return await this.#known.words;
  }

  async #read({ concepts, modalities }: Vocabulary): Promise<ReadonlySet<string>> {
    const rows: { word: string }[] = await this.#db.query(
      `SELECT DISTINCT w.word FROM dataset d,
         regexp_split_to_table(lower(concat_ws(' ', d.title, d.acronym, array_to_string(d.alternative_titles, ' '), array_to_string(d.keywords, ' '))), '[^[:alpha:]]+') AS w(word)
       WHERE d.status = 'PUBLISHED' AND length(w.word) >= 4`,
    );
    const names = [...concepts, ...modalities]
      .filter(({ scheme, hidden }) => scheme !== 'LOCAL' && hidden !== true)
      .flatMap(({ label, synonyms }) => [label, ...synonyms]);
    const words = [...rows.map(({ word }) => word), ...names.flatMap((name) => name.match(/\p{L}{4,}/gu) ?? [])];
    return new Set(words.map(foldText));
  }
}
