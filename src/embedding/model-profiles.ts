import { InvalidInputError } from '../kernel/errors.ts';
import type { EncoderProfile, ModelProfile, RerankerProfile } from './model.ts';
import { encoderProfiles, pytorchWeights, quantized, tokenizerFiles } from './profiles.ts';

/** The cross-encoders that can be named in configuration; none is shipped. */
export const rerankerProfiles: readonly RerankerProfile[] = [
  {
    kind: 'reranker',
    name: 'ms-marco-minilm',
    title: 'MS MARCO MiniLM cross-encoder (general English)',
    network: {
      hubId: 'Xenova/ms-marco-MiniLM-L-6-v2',
      revision: 'a09144355adeed5f58c8ed011d209bf8ee5a1fec',
      folder: 'ms-marco-MiniLM-L-6-v2',
      files: [...tokenizerFiles, quantized],
      maxTokens: 512,
    },
    weights: 'q8',
    licence: 'Apache-2.0',
    note: 'Trained on web questions; on SciFact its authors report less than a good first stage, so measure before use.',
  },
  {
    kind: 'reranker',
    name: 'medcpt-rerank',
    title: 'MedCPT cross-encoder (biomedical)',
    network: {
      hubId: 'ncbi/MedCPT-Cross-Encoder',
      revision: '71caf65d4927987813984f54c284405a13fcca49',
      folder: 'MedCPT-Cross-Encoder',
      files: [...tokenizerFiles, quantized],
      convertFrom: pytorchWeights,
      maxTokens: 512,
    },
    weights: 'q8',
    licence: 'public domain',
    note: 'Trained on PubMed search logs (Jin et al. 2023, doi:10.1093/bioinformatics/btad651); 12 layers, slow on a CPU.',
  },
];

/**
 * @param name - an encoder's or a cross-encoder's
 * @throws InvalidInputError listing the known names
 */
export function modelProfile(name: string): ModelProfile {
  const all: readonly ModelProfile[] = [...encoderProfiles, ...rerankerProfiles];
  const profile = all.find((candidate) => candidate.name === name);
  if (profile !== undefined) return profile;
  const known = all.map((candidate) => candidate.name).join(', ');
  throw new InvalidInputError(`No model is called ${name}. Known: ${known}; or give a model folder.`, {
    fields: ['profile'],
  });
}

/** @throws InvalidInputError when the name is no encoder's */
export function encoderProfile(name: string): EncoderProfile {
  const profile = modelProfile(name);
  if (profile.kind === 'encoder') return profile;
  throw new InvalidInputError(`${name} is a cross-encoder, no encoder.`, { fields: ['profile'] });
}
