/**
 * A test for text with wildcards, whatever its case. In linear time: a regular expression with many wildcards is not.
 * @param wildcards - the signs that stand for any text, `*%` for instance
 */
export function wildcardTest(pattern: string, wildcards: string): (text: string) => boolean {
  let rest = pattern.toLowerCase();
  for (const sign of wildcards) rest = rest.replaceAll(sign, '\0');
  const pieces = rest.split('\0');
  const [first = '', last = ''] = [pieces[0], pieces.at(-1)];
  const middle = pieces.slice(1, -1);
  return (text) => {
    const lower = text.toLowerCase();
    if (pieces.length < 2) return lower === first;
    if (!lower.startsWith(first) || !lower.endsWith(last)) return false;
    let at = first.length;
    for (const piece of middle) {
      const found = lower.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= lower.length - last.length;
  };
}
