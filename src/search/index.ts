export { openDatasetIndex } from './open-dataset-index.ts';
export type { DatasetIndex, Evidence } from './ports.ts';
export {
  type DatasetHit,
  type DatasetQuery,
  type DatasetSearch,
  type FacetAnswer,
  searchDatasets,
} from './search-datasets.ts';
