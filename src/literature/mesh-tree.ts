import type { Concept, Vocabulary } from '../catalog/index.ts';

/** A heading of MeSH. */
export interface MeshDescriptor {
  /** `D` and digits. */
  readonly ui: string;
  readonly label: string;
  /** Entry terms. */
  readonly synonyms: readonly string[];
  /** Places in the tree; several, as a heading may have several broader ones. */
  readonly treeNumbers: readonly string[];
}

/** What names stand for. */
export interface ExpandedHeadings {
  /** Descriptors of each name, in the order of the names. */
  readonly uis: readonly (readonly string[])[];
  /** Names that neither MeSH nor the catalog's vocabulary has. */
  readonly unknown: readonly string[];
}

/** MeSH as a tree, looked up by name or number. */
export class MeshTree {
  readonly #byName = new Map<string, string>();
  readonly #numbers = new Map<string, readonly string[]>();
  /** All places in order: what is below one follows it. */
  readonly #places: readonly { readonly number: string; readonly ui: string }[];

  constructor(descriptors: readonly MeshDescriptor[]) {
    for (const { ui, label } of descriptors) {
      this.#byName.set(ui.toLowerCase(), ui);
      this.#byName.set(label.toLowerCase(), ui);
    }
    for (const { ui, synonyms, treeNumbers } of descriptors) {
      this.#numbers.set(ui, treeNumbers);
      for (const synonym of synonyms.map((name) => name.toLowerCase()))
        if (!this.#byName.has(synonym)) this.#byName.set(synonym, ui);
    }
    this.#places = descriptors
      .flatMap(({ ui, treeNumbers }) => treeNumbers.map((number) => ({ number: `${number}.`, ui })))
      .sort((a, b) => (a.number < b.number ? -1 : 1));
  }

  /** The descriptor of a UI, `MESH:` and a UI, an IRI of NLM's, a label or an entry term. */
  find(name: string): string | undefined {
    const bare = name.trim().replace(/^(?:mesh:|https?:\/\/id\.nlm\.nih\.gov\/mesh\/)/i, '');
    return this.#byName.get(bare.toLowerCase());
  }

  /** A descriptor with all that are below it in the tree. */
  withNarrower(ui: string): readonly string[] {
    const found = new Set([ui]);
    for (const number of this.#numbers.get(ui) ?? []) {
      const prefix = `${number}.`;
      for (let at = this.#firstFrom(prefix); this.#places[at]?.number.startsWith(prefix) === true; at += 1)
        found.add(this.#places[at]?.ui ?? ui);
    }
    return [...found];
  }

  #firstFrom(prefix: string): number {
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#places[middle]?.number ?? '') < prefix) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * Finds the descriptors that names stand for, by MeSH and by the catalog's vocabulary: that one knows everyday words ("brain tumour") and
 * the relations of what its datasets are about.
 */
export function expandHeadings(
  names: readonly string[],
  includeNarrower: boolean,
  { tree, vocabulary }: { readonly tree: MeshTree; readonly vocabulary: Vocabulary },
): ExpandedHeadings {
  const uis = names.map((name) => {
    const direct = tree.find(name);
    const concept = conceptOf(vocabulary, name);
    const concepts = concept === undefined ? [] : includeNarrower ? narrowerOf(vocabulary, concept) : [concept];
    const own = [...(direct === undefined ? [] : [direct]), ...concepts.flatMap(meshCodes)];
    return [...new Set(includeNarrower ? own.flatMap((ui) => tree.withNarrower(ui)) : own)];
  });
  return { uis, unknown: names.filter((_, index) => uis[index]?.length === 0) };
}

function conceptOf({ concepts }: Vocabulary, name: string): Concept | undefined {
  const wanted = name.trim().toLowerCase();
  const names = (concept: Concept): readonly string[] => [
    concept.iri,
    `${concept.scheme}:${concept.code ?? ''}`,
    concept.code ?? '',
    concept.label,
    ...concept.synonyms,
  ];
  return concepts.find((concept) => names(concept).some((each) => each.toLowerCase() === wanted));
}

function narrowerOf({ concepts }: Vocabulary, concept: Concept): readonly Concept[] {
  const found = new Map([[concept.iri, concept]]);
  for (const each of found.values())
    for (const narrower of concepts.filter(({ broader }) => broader.includes(each.iri)))
      found.set(narrower.iri, narrower);
  return [...found.values()];
}

function meshCodes({ iri, exactMatches }: Concept): readonly string[] {
  return [iri, ...exactMatches].flatMap(
    (match) => /^https?:\/\/id\.nlm\.nih\.gov\/mesh\/(D\d+)$/.exec(match)?.[1] ?? [],
  );
}
