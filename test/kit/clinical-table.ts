/** A table whose truth is known: three measures that follow from one another, in two groups, of which some cells are then hidden. */
export interface ClinicalTable {
  /** As staged: tab-separated with a header. */
  readonly tsv: string;
  readonly truth: readonly (readonly number[])[];
  /** Which cells are hidden, by row and column. */
  readonly hidden: readonly (readonly boolean[])[];
  readonly isTraining: readonly boolean[];
}

/** Names of its variables. */
export const clinicalVariables = ['ageYears', 'iq', 'volumeMl'];

/** @param poison - value of every measure outside training, to see whether it reaches the others; undefined leaves the truth there */
export function clinicalTable(rows: number, seed: number, poison?: number): ClinicalTable {
  const random = generator(seed);
  const truth: number[][] = [];
  const hidden: boolean[][] = [];
  const isTraining: boolean[] = [];
  const lines = [['participant_id', 'split', ...clinicalVariables].join('\t')];
  for (let index = 0; index < rows; index += 1) {
    const group = index % 2;
    const age = 10 + 20 * group + 5 * random();
    const values = [age, 80 + 30 * group + 0.5 * age + random(), 900 + 10 * age + 5 * random()];
    const training = index % 4 !== 3;
    const shown = training || poison === undefined ? values : values.map(() => poison);
    const gaps = values.map(() => random() < 0.15);
    truth.push(values);
    hidden.push(gaps);
    isTraining.push(training);
    const cells = shown.map((value, place) =>
      gaps[place] === true ? (index % 2 === 0 ? 'n/a' : '') : value.toFixed(4),
    );
    lines.push([`sub-${index}`, training ? 'train' : 'test', ...cells].join('\t'));
  }
  return { tsv: `${lines.join('\n')}\n`, truth, hidden, isTraining };
}

/** Cells of a table's variables. */
export function cellsOf(tsv: string): number[][] {
  return tsv
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t').slice(2).map(Number));
}

/** Root of the mean squared error over hidden cells, in units of each column's spread. */
export function errorOf(filled: readonly (readonly number[])[], table: ClinicalTable): number {
  const columns = table.truth[0]?.length ?? 0;
  let [sum, count] = [0, 0];
  for (let place = 0; place < columns; place += 1) {
    const values = table.truth.map((row) => row[place] ?? 0);
    const mean = values.reduce((total, one) => total + one, 0) / values.length;
    const spread = Math.sqrt(values.reduce((total, one) => total + (one - mean) ** 2, 0) / values.length);
    for (const [index, row] of filled.entries()) {
      if (table.hidden[index]?.[place] !== true) continue;
      sum += (((row[place] ?? Number.NaN) - (values[index] ?? 0)) / spread) ** 2;
      count += 1;
    }
  }
  return Math.sqrt(sum / count);
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
