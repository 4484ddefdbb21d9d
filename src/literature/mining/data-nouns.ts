/** Nouns that name a collection of data and nothing else. */
export const hardNouns: ReadonlySet<string> = new Set(
  `dataset datasets data-set data-sets database databases corpus corpora benchmark benchmarks biobank biobanks cohort cohorts
  repository repositories registry registries testset treebank`.split(/\s+/),
);

/** Nouns that name data only as the last word of a proper name: "Rotterdam Study", "Human Connectome Project". */
export const softNouns: ReadonlySet<string> = new Set(
  `study studies project projects initiative consortium survey challenge atlas archive bank collection program programme sample
  samples network series exchange resource club library connectome connectomes registry repository biobank cohort database`.split(
    /\s+/,
  ),
);

/** Whether anything in a sentence can name data: sentences without are not searched for unknown names. */
export const dataTrigger =
  /data ?-?(?:set|base)|\bdata\b|corpus|corpora|benchmark|biobank|cohort|repositor|regist|treebank|collection|\bbank\b|Stud(?:y|ies)\b|Project\b|Initiative|Consortium|Survey|Challenge|Atlas|Archive|Exchange|(?:test|training|validation|dev) ?set/;
