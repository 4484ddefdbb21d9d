import type { Concept } from './vocabulary.ts';

/**
 * The way from a term over what it calls broader back to itself, by labels; undefined when there is none.
 * @param others - the vocabulary without the term
 */
export function pathOfCycle(others: readonly Concept[], concept: Concept): readonly string[] | undefined {
  const byIri = new Map(others.map((other) => [other.iri, other]));
  const seen = new Set<string>();
  const ways: { readonly iri: string; readonly path: readonly string[] }[] = concept.broader.map((iri) => ({
    iri,
    path: [concept.label],
  }));
  for (const { iri, path } of ways) {
    if (iri === concept.iri) return [...path, concept.label];
    const wider = byIri.get(iri);
    if (wider === undefined || seen.has(iri)) continue;
    seen.add(iri);
    ways.push(...wider.broader.map((next) => ({ iri: next, path: [...path, wider.label] })));
  }
  return undefined;
}
