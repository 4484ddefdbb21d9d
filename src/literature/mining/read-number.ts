const units =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const values = new Map<string, number>([
  ...units.map((word, value): [string, number] => [word, value]),
  ...tens.map((word, value): [string, number] => [word, (value + 2) * 10]),
  ['fourty', 40],
]);
const one = [...units, ...tens, 'fourty', 'hundred', 'thousand'].sort((a, b) => b.length - a.length).join('|');

/** A number in words or digits, as a pattern without groups: `sixty-three`, `one hundred and three`, `1,112`. */
export const numberPattern = `(?:(?:${one})(?:[ -‐–](?:and )?(?:${one})){0,6}|\\d{1,3}(?:[,  ]\\d{3})+|\\d{1,7})`;

/** The value of a number in digits or English words; undefined for anything else. */
export function readNumber(written: string): number | undefined {
  const digits = written.replace(/(?<=\d)[,  ](?=\d{3})/g, '');
  if (/^\d+$/.test(digits)) return Number(digits);
  let total = 0;
  let group = 0;
  for (const word of written.toLowerCase().split(/[^a-z]+/)) {
    const value = values.get(word);
    if (value !== undefined) group += value;
    else if (word === 'hundred') group = Math.max(1, group) * 100;
    else if (word === 'thousand') {
      total += Math.max(1, group) * 1000;
      group = 0;
    } else if (word !== 'and' && word !== '') return undefined;
  }
  return total + group;
}
