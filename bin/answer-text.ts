/** A dataset of an answer as it is told. */
export interface ToldDataset {
  readonly slug: string;
  readonly title: string;
  readonly score: number;
  readonly evidence: readonly {
    readonly text: string;
    readonly source: string;
    readonly section: string | undefined;
    readonly start: number | undefined;
    readonly end: number | undefined;
    /** How the paper is cited; undefined for a sentence of the record. */
    readonly article: string | undefined;
  }[];
}

const narrowest = 60;
const widest = 110;

/** An answer as a person reads it: each dataset with its sentences, and where each stands. */
export function renderAnswer(
  {
    reason,
    notKnown,
    datasets,
  }: {
    readonly reason: string | undefined;
    readonly notKnown: readonly string[];
    readonly datasets: readonly ToldDataset[];
  },
  columns: number | undefined,
): string {
  const width = Math.min(widest, Math.max(narrowest, columns ?? widest));
  const unknown = notKnown.length === 0 ? [] : ['', 'Not known:', ...notKnown.map((line) => `  ${line}`)];
  if (datasets.length === 0) return [`No answer. ${reason ?? ''}`.trim(), ...unknown].join('\n');
  const blocks = datasets.map(({ slug, title, evidence }, at) =>
    [
      `${at + 1}. ${title} (${slug})`,
      ...evidence.flatMap(({ text, article, section, source }) => [
        ...wrapped(`“${text.replaceAll(/\s+/g, ' ')}”`, width - 3).map((line) => `   ${line}`),
        `      ${article === undefined ? `record, ${source.toLowerCase()}` : [article, section].filter(Boolean).join('; ')}`,
      ]),
    ].join('\n'),
  );
  return [blocks.join('\n\n'), ...unknown].join('\n');
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
