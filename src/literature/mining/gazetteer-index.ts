import type { Gazetteer, GazetteerEntry } from './model.ts';
import { foldWord, isSmallWord, nameWords, wordOverlap } from './name-forms.ts';

/** A known form of a dataset's name. */
export interface KnownForm {
  readonly entry: GazetteerEntry;
  /** NAME: a full name, whatever its case. ACRONYM: letters exactly as written, and only where the text binds them. */
  readonly kind: 'NAME' | 'ACRONYM';
  readonly written: string;
}

interface Node {
  readonly next: Map<string, Node>;
  readonly forms: KnownForm[];
}

/** Full names of one word are as ambiguous as acronyms: "Sherlock", "Rest". */
const shortNameWords = 2;

/** The gazetteer's forms by their words: built once, used for every article. */
export class GazetteerIndex {
  readonly #root: Node = { next: new Map(), forms: [] };
  readonly #byIdentifier = new Map<string, GazetteerEntry>();
  readonly #byKey = new Map<string, GazetteerEntry>();
  readonly #names = new Map<string, readonly (readonly string[])[]>();

  constructor(gazetteer: Gazetteer) {
    for (const entry of gazetteer.entries) this.#add(entry);
  }

  #add(entry: GazetteerEntry): void {
    this.#byKey.set(entry.key, entry);
    for (const identifier of entry.identifiers) this.#byIdentifier.set(identifierKey(identifier), entry);
    const names = [entry.title, ...entry.aliases].flatMap(namesIn);
    const acronyms = [
      ...entry.acronyms,
      ...names.filter((name) => nameWords(name).length < shortNameWords || isAcronym(name)),
    ];
    const full = names.filter((name) => !acronyms.includes(name));
    for (const written of full) this.#insert(nameWords(written), { entry, kind: 'NAME', written });
    for (const written of acronyms) {
      const words = nameWords(written);
      this.#insert(words, { entry, kind: 'ACRONYM', written });
      if (words.length > 1) this.#insert([foldWord(lettersOf(written))], { entry, kind: 'ACRONYM', written });
    }
    this.#names.set(entry.key, full.map(nameWords));
  }

  #insert(words: readonly string[], form: KnownForm): void {
    if (words.length === 0) return;
    let node = this.#root;
    for (const word of words) {
      const next = node.next.get(word) ?? { next: new Map(), forms: [] };
      node.next.set(word, next);
      node = next;
    }
    if (!node.forms.some(({ entry, written }) => entry === form.entry && written === form.written))
      node.forms.push(form);
  }

  /** The entry with an identifier, in any of its spellings. */
  byIdentifier(identifier: string): GazetteerEntry | undefined {
    return this.#byIdentifier.get(identifierKey(identifier));
  }

  byKey(key: string): GazetteerEntry | undefined {
    return this.#byKey.get(key);
  }

  /**
   * The longest known form that begins at a word.
   * @param words - folded words of the text
   * @returns the forms and the word they end with
   */
  match(
    words: readonly string[],
    first: number,
  ): { readonly forms: readonly KnownForm[]; readonly last: number } | undefined {
    let node: Node | undefined = this.#root.next.get(words[first] ?? '');
    let best: { forms: readonly KnownForm[]; last: number } | undefined;
    for (let at = first; node !== undefined; ) {
      if (node.forms.length > 0) best = { forms: node.forms, last: at };
      at += 1;
      while (isSmallWord(words[at] ?? '')) at += 1;
      node = node.next.get(words[at] ?? '');
    }
    return best;
  }

  /** How near a long form is to an entry's names, 0 to 1. */
  nearness(entry: GazetteerEntry, long: string): number {
    const words = nameWords(long);
    return Math.max(0, ...(this.#names.get(entry.key) ?? []).map((name) => wordOverlap(name, words)));
  }

  get entries(): readonly GazetteerEntry[] {
    return [...this.#byKey.values()];
  }
}

/** `Autism Brain Imaging Data Exchange (ABIDE I and II)` is its name and what its brackets hold, where that is one name. */
function namesIn(title: string): string[] {
  const outside = title.replace(/\s*\([^()]*\)\s*/g, ' ').trim();
  const inside = [...title.matchAll(/\(([A-Z][\w-]{1,14})\)/g)].map(([, name = '']) => name);
  return [outside, ...inside].filter((name) => name.length > 1);
}

/** One word in capitals or of mixed case, perhaps with a number behind it. */
function isAcronym(name: string): boolean {
  return /^[\w-]*[A-Z\d][\w-]*(?: (?:[IVX]+|\d+))?$/.test(name) && name.length < 14;
}

/** Letters and digits alone: `Cam-CAN` and `CamCAN` are one acronym. */
export function lettersOf(written: string): string {
  return written.replace(/[^\p{L}\p{N}]/gu, '');
}

function identifierKey(identifier: string): string {
  return identifier
    .toLowerCase()
    .replace(/^(url:)?(https?:\/\/)?(www\.)?/, '')
    .replace(/^(dx\.)?doi\.org\//, 'doi:')
    .replace(/\/+$/, '');
}
