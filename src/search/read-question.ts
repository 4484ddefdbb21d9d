import type { DatasetFacet, DatasetWhere, NumberField } from '../catalog/index.ts';

/** Code units of a question that are read. */
const longestText = 1_000;
/** Words that are looked for in the database while there is no index. */
const mostWords = 12;

/** A text as both engines can take it: well-formed, without control characters, of bounded length. */
export function readText(given: string): { readonly text: string; readonly warnings: readonly string[] } {
  const text = given
    .slice(0, longestText)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  const warnings =
    given.length > longestText ? [`Only the first ${longestText} characters of the text were searched for.`] : [];
  return { text, warnings };
}

/** An identifier without the address of its resolver or the name of its scheme: "doi:10.1/x" and "https://doi.org/10.1/x" are 10.1/x. */
export function bareIdentifier(text: string): string {
  return text
    .trim()
    .replace(/^https?:\/\/(?:dx\.)?doi\.org\//i, '')
    .replace(/^doi:\s*/i, '');
}

/** The filter that the records pass which hold every word somewhere. */
export function wordsFilter(text: string): DatasetWhere {
  const words = text.split(/[^\p{L}\p{N}-]+/u).filter((word) => word !== '');
  if (words.length === 0) return { or: [] };
  return {
    and: words.slice(0, mostWords).map((word) => ({
      or: [
        { slug: { eq: word.toLowerCase() } },
        { title: { contains: word } },
        { description: { contains: word } },
        { keyword: { contains: word } },
        { condition: { anyOf: [word] } },
      ],
    })),
  };
}

/** A filter without the tests of one field that narrow all of it; those within `or` and `not` stay, as they say something else. */
export function withoutField(where: DatasetWhere, field: DatasetFacet | NumberField): DatasetWhere {
  const { [field]: _, and, ...rest } = where;
  return { ...rest, ...(and && { and: and.map((part) => withoutField(part, field)) }) };
}
