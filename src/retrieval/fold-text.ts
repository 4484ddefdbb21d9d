/**
 * Lower-case letters without accents and surrounding space, in composed compatibility form: how `folded` fields, suggestions and
 * words are compared.
 */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .trim()
    .replace(/\s+/gu, ' ');
}

/**
 * The texts under which a suggestion is found: itself, and from each later word on, so that "brain" finds "Autism Brain Imaging".
 * @param limit - most starting points
 */
export function suggestionInputs(text: string, limit = 8): readonly string[] {
  const folded = foldText(text);
  const inputs: string[] = [];
  for (const match of folded.matchAll(/[\p{L}\p{N}][^\s]*/gu)) {
    if (inputs.length === limit) break;
    inputs.push(folded.slice(match.index));
  }
  return inputs;
}
