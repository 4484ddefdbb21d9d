import { InvalidInputError } from '../../kernel/errors.ts';
import { type Concept, type Vocabulary, VocabularyIndex } from './vocabulary.ts';

/** Finds what the names in a filter stand for, narrower terms included. */
export class TermExpansion {
  readonly #index: VocabularyIndex;
  readonly #narrowerConcepts: ReadonlyMap<string, readonly Concept[]>;
  readonly #narrowerModalities: ReadonlyMap<string, readonly string[]>;
  readonly #modalityCodes: readonly string[];

  constructor(vocabulary: Vocabulary) {
    this.#index = new VocabularyIndex(vocabulary);
    const edges = vocabulary.concepts.flatMap((concept) => concept.broader.map((broader) => ({ broader, concept })));
    this.#narrowerConcepts = groupBy(
      edges,
      (edge) => edge.broader,
      (edge) => edge.concept,
    );
    const kinds = vocabulary.modalities.flatMap(({ code, broader }) =>
      broader === undefined ? [] : [{ code, broader }],
    );
    this.#narrowerModalities = groupBy(
      kinds,
      (kind) => kind.broader,
      (kind) => kind.code,
    );
    this.#modalityCodes = vocabulary.modalities
      .filter((modality) => modality.scheme !== 'LOCAL')
      .map((modality) => modality.code);
  }

  /** Ids of the concept with this IRI, code, label or synonym, and of its narrower ones; none when the name is not known. */
  conceptIds(name: string, includeNarrower: boolean): readonly string[] {
    const concept = this.#index.findConcept(name);
    if (concept === undefined) return [];
    if (!includeNarrower) return [concept.id];
    return closure(concept, (item) => this.#narrowerConcepts.get(item.iri) ?? []).map((item) => item.id);
  }

  /**
   * Codes of the modality of this code, label or synonym, and of its finer kinds.
   * @throws InvalidInputError when no modality has that name: the list is closed, so a typing error must not look like "none"
   */
  modalityCodes(name: string, includeNarrower: boolean): readonly string[] {
    const modality = this.#index.findModality(name);
    if (modality === undefined) {
      throw new InvalidInputError(
        `No modality is called "${name.slice(0, 80)}". Known codes: ${this.#modalityCodes.join(', ')}.`,
        {
          fields: ['modality'],
          known: this.#modalityCodes,
        },
      );
    }
    return includeNarrower
      ? closure(modality.code, (code) => this.#narrowerModalities.get(code) ?? [])
      : [modality.code];
  }
}

function closure<T>(start: T, next: (item: T) => readonly T[]): readonly T[] {
  const seen = new Set<T>([start]);
  for (const item of seen) for (const other of next(item)) seen.add(other);
  return [...seen];
}

function groupBy<T, V>(
  items: readonly T[],
  key: (item: T) => string,
  value: (item: T) => V,
): ReadonlyMap<string, readonly V[]> {
  const groups = new Map<string, V[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), value(item)]);
  return groups;
}
