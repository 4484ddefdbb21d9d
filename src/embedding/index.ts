export { batchByTokens, type TokenBatch } from './batch-by-tokens.ts';
export { cacheVectors } from './cache-vectors.ts';
export { checkEncoder, type EncoderCheck } from './check-encoder.ts';
export { hashProfile, hashText } from './hash-profile.ts';
export type {
  EncodeRole,
  EncoderIdentity,
  EncoderProfile,
  EncoderSource,
  ModelFile,
  Pooling,
  Similarity,
  WeightsType,
} from './model.ts';
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
} from './ports.ts';
export { encoderProfile, encoderProfiles } from './profiles.ts';
