export { type Answer, type AnswerCheck, type AskedQuestion, type AskParts, askDatasets } from './ask-datasets.ts';
export type { FacetAnswer, HistogramAnswer } from './count-facets.ts';
export type { SearchParts } from './find-datasets.ts';
export { openDatasetIndex } from './open-dataset-index.ts';
export type { DatasetIndex, Evidence, PaperSentence, PaperSource, SavedSearch, SavedSearchStore } from './ports.ts';
export {
  createSavedSearch,
  deleteSavedSearch,
  listSavedSearches,
  markSavedSearch,
  newHits,
  type SearchKeeper,
} from './save-search.ts';
export { type DatasetHit, type DatasetQuery, type DatasetSearch, searchDatasets } from './search-datasets.ts';
export { similarDatasets } from './similar-datasets.ts';
export { writeCsv } from './write-csv.ts';
