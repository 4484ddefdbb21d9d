export { batchByTokens, type TokenBatch } from './batch-by-tokens.ts';
export { cacheVectors } from './cache-vectors.ts';
export { checkEncoder, type EncoderCheck } from './check-encoder.ts';
export { checkReranker, type RerankerCheck } from './check-reranker.ts';
export { hashProfile, hashText } from './hash-profile.ts';
export type {
  EncodeRole,
  EncoderIdentity,
  EncoderProfile,
  EncoderSource,
  ModelFile,
  ModelProfile,
  Pooling,
  RerankerProfile,
  Similarity,
  WeightsType,
} from './model.ts';
export { networksOf } from './model.ts';
export { encoderProfile, modelProfile, rerankerProfiles } from './model-profiles.ts';
export { type HiddenStates, poolTokens, toUnitLength } from './pool-tokens.ts';
export type {
  CachedVector,
  Embedder,
  InstallProgress,
  InstallReport,
  ModelStatus,
  ModelStore,
  Reranker,
  VectorCache,
  VerifiedFile,
} from './ports.ts';
export { encoderProfiles } from './profiles.ts';
export { shareEmbedders } from './share-embedders.ts';
