export { type AnalyzedWord, analyzeText, indexedTerms } from './analyze-text.ts';
export { filterField, indexValue, isNumeric } from './check-fields.ts';
export { type EncoderParts, encodersByGeneration, type GenerationEncoders } from './encoders-by-generation.ts';
export { type ExpandedQuestion, expandQuestion } from './expand-question.ts';
export { foldText, suggestionInputs } from './fold-text.ts';
export { type FusedDocument, type FusionSettings, fuseRanks, type ListEvidence } from './fuse-ranks.ts';
export { hashContent, hashSchema } from './hash-content.ts';
export { type HighlightLimits, highlightText } from './highlight-text.ts';
export { type IndexKeeper, type KeeperParts, keepIndex } from './keep-index.ts';
export type {
  FacetBucket,
  FacetCounts,
  FacetRequest,
  FieldValue,
  Filter,
  FilterField,
  FilterKind,
  Generation,
  GenerationSpec,
  Highlight,
  IndexDocument,
  IndexSchema,
  IndexScope,
  Passage,
  RangeBounds,
  RankedDocument,
  Selection,
  SuggestionText,
  TextField,
} from './model.ts';
export type {
  ApplyReport,
  CountQuery,
  DocumentSource,
  IndexChange,
  LexicalQuery,
  ListPage,
  ListQuery,
  Narrowing,
  NearestQuery,
  ProjectionProgress,
  ScannedDocument,
  SourceChange,
  SourceChanges,
  SourceDocument,
  StoredDocument,
  Synonyms,
  TextIndex,
} from './ports.ts';
export {
  defaultBatchSize,
  followSource,
  type ProjectionParts,
  type ProjectionStep,
  projectChanges,
  toUpserts,
} from './project-source.ts';
export {
  type IndexState,
  inspectIndex,
  type RebuildOptions,
  type RebuildReport,
  rebuildIndex,
  wantedSpec,
} from './rebuild-index.ts';
export { type Reranked, type RerankInput, rerankHits } from './rerank-hits.ts';
export {
  createRetriever,
  type RetrievalAnswer,
  type RetrievalHit,
  type RetrievalQuery,
  type RetrievalSettings,
  type Retrieve,
  type RetrieverParts,
} from './retrieve.ts';
export { splitSentences } from './split-sentences.ts';
export { type IndexDrift, isClean, verifyIndex } from './verify-index.ts';
