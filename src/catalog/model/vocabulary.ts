import { naturalId } from '../../kernel/ids.ts';

/** A term of a vocabulary. */
export interface Concept {
  readonly id: string;
  readonly iri: string;
  readonly scheme: string;
  readonly code?: string;
  readonly label: string;
  readonly synonyms: readonly string[];
  readonly exactMatches: readonly string[];
  /** IRIs of the next broader concepts. */
  readonly broader: readonly string[];
  /** Rises with every change by a steward; 1 when absent. */
  readonly version?: number;
  /** Whether a steward made or changed it. */
  readonly edited?: boolean;
  /** Whether only records that not everybody sees have brought it. */
  readonly hidden?: boolean;
}

/** A kind of acquisition or data. */
export interface Modality {
  readonly code: string;
  readonly label: string;
  readonly scheme: string;
  readonly iri?: string;
  readonly synonyms: readonly string[];
  readonly broader?: string;
  /** Whether only records that not everybody sees have brought it. */
  readonly hidden?: boolean;
}

/** A licence; `aliases` are the ways sources write its name. */
export interface License {
  readonly id: string;
  readonly spdxId?: string;
  readonly iri?: string;
  readonly label: string;
  readonly aliases: readonly string[];
}

/** Everything a name in a record can resolve to. */
export interface Vocabulary {
  readonly concepts: readonly Concept[];
  readonly modalities: readonly Modality[];
  readonly licenses: readonly License[];
}

const publicParts = new WeakMap<Vocabulary, Vocabulary>();

/** A vocabulary without what only hidden records have brought: the same object as long as the vocabulary is the same. */
export function publicVocabulary(vocabulary: Vocabulary): Vocabulary {
  const known = publicParts.get(vocabulary);
  if (known !== undefined) return known;
  const isPublic = ({ hidden }: { readonly hidden?: boolean }): boolean => hidden !== true;
  const { concepts, modalities, licenses } = vocabulary;
  const made = { concepts: concepts.filter(isPublic), modalities: modalities.filter(isPublic), licenses };
  publicParts.set(vocabulary, made);
  return made;
}

type Reference =
  | string
  | {
      readonly iri?: string | undefined;
      readonly scheme?: string | undefined;
      readonly code?: string | undefined;
      readonly label?: string | undefined;
    };

/** Looks names up in a vocabulary, whatever their case, and mints local terms for what it lacks. */
export class VocabularyIndex {
  readonly #concepts = new Map<string, Concept>();
  readonly #modalities = new Map<string, Modality>();
  readonly #licenses = new Map<string, License>();

  constructor(vocabulary: Vocabulary) {
    // Later names never take a key from earlier ones: a preferred label beats another concept's synonym.
    const concepts = vocabulary.concepts;
    for (const concept of concepts) addAll(this.#concepts, [concept.iri, ...codeKeys(concept), concept.label], concept);
    for (const concept of concepts) addAll(this.#concepts, concept.exactMatches.flatMap(matchKeys), concept);
    for (const concept of concepts) addAll(this.#concepts, concept.synonyms, concept);
    for (const modality of vocabulary.modalities)
      addAll(this.#modalities, [modality.code, modality.iri, modality.label], modality);
    for (const modality of vocabulary.modalities) addAll(this.#modalities, modality.synonyms, modality);
    for (const license of vocabulary.licenses)
      addAll(this.#licenses, [license.spdxId, license.iri, license.label, ...license.aliases], license);
  }

  /** The concept of this name, if known. */
  findConcept(name: string): Concept | undefined {
    return this.#concepts.get(keyOf(name));
  }

  /** The modality of this code, label or synonym, if known. */
  findModality(name: string): Modality | undefined {
    return this.#modalities.get(keyOf(name));
  }

  /** The licence of this name, identifier or address, if known. */
  findLicense(name: string): License | undefined {
    return this.#licenses.get(keyOf(name));
  }

  /** The concept that a record means; an unknown one becomes a term of scheme LOCAL (or of the scheme the record gives). */
  concept(reference: Reference): Concept {
    const given = typeof reference === 'string' ? { label: reference } : reference;
    const qualified =
      given.scheme !== undefined && given.code !== undefined ? curie(given.scheme, given.code) : undefined;
    const known = [given.iri, qualified, given.label]
      .flatMap((name) => (name === undefined ? [] : [this.findConcept(name)]))
      .find((concept) => concept !== undefined);
    if (known !== undefined) return known;
    const label = given.label ?? given.code ?? given.iri ?? '';
    const iri = given.iri ?? (isIri(label) ? label : `urn:mia:concept:${slugify(qualified ?? label)}`);
    const minted: Concept = {
      id: naturalId('concept', iri),
      iri,
      scheme: given.scheme ?? 'LOCAL',
      ...(given.code !== undefined && { code: given.code }),
      label,
      synonyms: [],
      exactMatches: [],
      broader: [],
    };
    addAll(this.#concepts, [iri, qualified, label], minted);
    return minted;
  }

  /** The modality that a record means; an unknown one gets a code of scheme LOCAL. */
  modality(name: string): Modality {
    const known = this.findModality(name);
    if (known !== undefined) return known;
    const minted: Modality = {
      code: slugify(name).replaceAll('-', '_').toUpperCase(),
      label: name,
      scheme: 'LOCAL',
      synonyms: [],
    };
    const sameCode = this.findModality(minted.code);
    if (sameCode !== undefined) return sameCode;
    addAll(this.#modalities, [minted.code, name], minted);
    return minted;
  }

  /** The licence that a record means; an unknown one is kept by the name the source gives. */
  license(
    reference:
      | string
      | { readonly spdxId?: string | undefined; readonly iri?: string | undefined; readonly label: string },
  ): License {
    const given = typeof reference === 'string' ? { label: reference } : reference;
    const names = [given.spdxId, given.iri, given.label].filter((name) => name !== undefined);
    const known = names.map((name) => this.#licenses.get(keyOf(name))).find((license) => license !== undefined);
    if (known !== undefined) return known;
    const iri = given.iri ?? (isIri(given.label) ? given.label : undefined);
    const minted: License = {
      id: naturalId('license', given.spdxId ?? iri ?? given.label),
      ...(given.spdxId !== undefined && { spdxId: given.spdxId }),
      ...(iri !== undefined && { iri }),
      label: given.label,
      aliases: [],
    };
    addAll(this.#licenses, names, minted);
    return minted;
  }
}

/** Lower-case words joined by hyphens, ASCII only, at most 80 characters; `x` when nothing is left. */
export function slugify(text: string): string {
  const words = text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 80)
    .replaceAll(/^-+|-+$/g, '');
  return words === '' ? 'x' : words;
}

/** `SCHEME:code`; codes of OBO vocabularies hold their scheme already (`DOID:3068`). */
function curie(scheme: string, code: string): string {
  return code.toUpperCase().startsWith(`${scheme.toUpperCase()}:`) ? code : `${scheme}:${code}`;
}

function isIri(text: string): boolean {
  return /^(?:https?|urn):\S+$/i.test(text);
}

function keyOf(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
    .replace(/^https?:\/\//, '')
    .replace(/\/$/, '')
    .trim();
}

function codeKeys(concept: Concept): (string | undefined)[] {
  return concept.code === undefined ? [] : [`${concept.scheme}:${concept.code}`, concept.code];
}

/** `http://purl.obolibrary.org/obo/DOID_3068` is also written `DOID:3068`, a SNOMED CT IRI also `SCT:…`. */
function matchKeys(iri: string): string[] {
  const obo = /\/obo\/([A-Za-z]+)_(\w+)$/.exec(iri);
  const snomed = /snomed\.info\/id\/(\d+)$/.exec(iri)?.[1];
  const mesh = /mesh\/([A-Z]\d+)$/.exec(iri)?.[1];
  return [
    iri,
    ...(obo?.[1] !== undefined && obo[2] !== undefined ? [`${obo[1]}:${obo[2]}`] : []),
    ...(snomed === undefined ? [] : [`SCT:${snomed}`, `SNOMEDCT:${snomed}`]),
    ...(mesh === undefined ? [] : [mesh, `MESH:${mesh}`]),
  ];
}

function addAll<T>(index: Map<string, T>, names: readonly (string | undefined)[], entry: T): void {
  for (const name of names) {
    if (name === undefined) continue;
    const key = keyOf(name);
    if (key !== '' && !index.has(key)) index.set(key, entry);
  }
}
