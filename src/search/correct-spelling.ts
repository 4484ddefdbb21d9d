import { foldText, type Narrowing, type TextIndex } from '../retrieval/index.ts';

/** Shorter words have too many neighbours to be sure of one. */
const shortestWord = 5;
/** From this length on two letters may be wrong. */
const longWord = 8;
/** Corrections that are looked up in the index, the nearest first. */
const mostTried = 4;
/** Words of one question that are looked at. */
const mostWords = 12;

/**
 * Replaces words that no document in sight holds by the nearest word that one does. Candidates come from what anybody may read, and
 * only one that the reader's own documents hold is taken: nothing hidden corrects a spelling.
 */
export async function correctSpelling(
  text: string,
  parts: { readonly index: TextIndex; readonly narrowing: Narrowing; readonly words: ReadonlySet<string> },
  signal?: AbortSignal,
): Promise<string> {
  const { index, narrowing, words } = parts;
  const isHeld = async (word: string): Promise<boolean> =>
    (await index.lexical({ ...narrowing, text: word, synonyms: [], depth: 1 }, signal)).length > 0;
  const doubtful = [...text.matchAll(/(?<![\p{L}\p{N}./-])\p{L}+(?![\p{L}\p{N}/-]|\.\p{L})/gu)]
    .filter(([word]) => word.length >= shortestWord && !words.has(foldText(word)))
    .slice(0, mostWords);
  const replaced = await Promise.all(
    doubtful.map(async (match) => {
      const [word] = match;
      const near = nearestWords(foldText(word), words);
      if (near.length === 0 || (await isHeld(word))) return { match, by: undefined };
      for (const candidate of near.slice(0, mostTried)) if (await isHeld(candidate)) return { match, by: candidate };
      return { match, by: undefined };
    }),
  );
  let corrected = '';
  let at = 0;
  for (const { match, by } of replaced) {
    if (by === undefined) continue;
    corrected += text.slice(at, match.index) + by;
    at = match.index + match[0].length;
  }
  return corrected + text.slice(at);
}

/** Words that differ by one letter, by two where the word is long; the nearest first. */
export function nearestWords(word: string, words: ReadonlySet<string>): readonly string[] {
  const limit = word.length >= longWord ? 2 : 1;
  const near: { readonly word: string; readonly distance: number }[] = [];
  for (const other of words) {
    if (Math.abs(other.length - word.length) > limit || other.length < shortestWord - 1) continue;
    // Spelling errors rarely begin a word, and not looking at other initials is most of the time saved.
    if (other[0] !== word[0]) continue;
    const distance = editDistance(word, other, limit);
    if (distance <= limit) near.push({ word: other, distance });
  }
  return near.sort((a, b) => a.distance - b.distance || (a.word < b.word ? -1 : 1)).map(({ word: found }) => found);
}

/** Letters to add, drop, change or swap with their neighbour (Damerau 1964, doi:10.1145/363958.363994); more than `limit` is cut short. */
function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(change, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    if (Math.min(...row) > limit) return limit + 1;
    before = last;
    last = row;
  }
  return last[b.length] ?? limit + 1;
}
