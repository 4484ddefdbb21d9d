import type { EncoderProfile, ModelFile } from './model.ts';

/** What every network brings beside its weights. */
export const tokenizerFiles: readonly ModelFile[] = [
  { path: 'config.json' },
  { path: 'tokenizer.json' },
  { path: 'tokenizer_config.json' },
];
/** Weights in int8. */
export const quantized: ModelFile = { path: 'onnx/model_quantized.onnx' };
/** PyTorch weights, the first that exists being taken. */
export const pytorchWeights = ['model.safetensors', 'pytorch_model.bin'] as const;

const minilm: EncoderProfile = {
  kind: 'encoder',
  name: 'minilm',
  title: 'all-MiniLM-L6-v2 (general English, bundled)',
  document: {
    folder: 'all-MiniLM-L6-v2',
    files: [
      {
        path: 'config.json',
        byteSize: 612,
        sha256: '953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41',
      },
      {
        path: 'tokenizer.json',
        byteSize: 466247,
        sha256: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
      },
      {
        path: 'tokenizer_config.json',
        byteSize: 350,
        sha256: 'acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b',
      },
      {
        path: 'onnx/model_quantized.onnx',
        byteSize: 23403977,
        sha256: '111d45c24df7f68a4d94ff529272dfa741ed53732b303b3f9449d05292249dc5',
      },
    ],
    maxTokens: 256,
  },
  weights: 'q8',
  pooling: 'mean',
  normalize: true,
  queryPrefix: '',
  documentPrefix: '',
  dimension: 384,
  similarity: 'cosine',
  licence: 'Apache-2.0',
  note: 'The default: shipped in models/, needs no network. SciFact nDCG@10 .639 with one vector per abstract, .686 with its sentences too.',
};

const pubmedbert: EncoderProfile = {
  kind: 'encoder',
  name: 'pubmedbert',
  title: 'PubMedBERT embeddings (biomedical)',
  document: {
    hubId: 'NeuML/pubmedbert-base-embeddings',
    revision: 'b79526d6ef3645e0df4530322e266f24c829f5ef',
    folder: 'pubmedbert-base-embeddings',
    files: [...tokenizerFiles, quantized],
    convertFrom: pytorchWeights,
    maxTokens: 512,
  },
  weights: 'q8',
  pooling: 'mean',
  normalize: true,
  queryPrefix: '',
  documentPrefix: '',
  dimension: 768,
  similarity: 'cosine',
  licence: 'Apache-2.0',
  note: 'Trained on PubMed title-abstract pairs; the biomedical choice where the hub can be reached.',
};

const biobert: EncoderProfile = {
  kind: 'encoder',
  name: 'biobert',
  title: 'S-BioBERT (BioBERT fine-tuned on sentence pairs)',
  document: {
    hubId: 'pritamdeka/S-BioBert-snli-multinli-stsb',
    // No commit of it could be found in public sources: the install records the one that it got.
    revision: 'main',
    folder: 'S-BioBert-snli-multinli-stsb',
    files: [...tokenizerFiles, quantized],
    convertFrom: pytorchWeights,
    maxTokens: 128,
  },
  weights: 'q8',
  pooling: 'mean',
  normalize: true,
  queryPrefix: '',
  documentPrefix: '',
  dimension: 768,
  similarity: 'cosine',
  licence: 'see its model card',
  note:
    'A similarity model, weaker than pubmedbert at ranking; only where BioBERT itself is wanted (Lee et al. 2020, ' +
    'doi:10.1093/bioinformatics/btz682). Raw BioBERT without sentence training is of no use for search.',
};

const medcpt: EncoderProfile = {
  kind: 'encoder',
  name: 'medcpt',
  title: 'MedCPT query and article encoders',
  document: {
    hubId: 'ncbi/MedCPT-Article-Encoder',
    revision: 'd05a736da4bb84ee4057b7f7999485be6ed85465',
    folder: 'MedCPT-Article-Encoder',
    files: [...tokenizerFiles, quantized],
    convertFrom: pytorchWeights,
    maxTokens: 512,
  },
  query: {
    hubId: 'ncbi/MedCPT-Query-Encoder',
    revision: 'd83a36cc6b8e3a5c5e9d9d6ba156808c1643dcbc',
    folder: 'MedCPT-Query-Encoder',
    files: [...tokenizerFiles, quantized],
    convertFrom: pytorchWeights,
    maxTokens: 64,
  },
  weights: 'q8',
  pooling: 'cls',
  normalize: false,
  queryPrefix: '',
  documentPrefix: '',
  dimension: 768,
  similarity: 'dot',
  licence: 'public domain',
  note: 'Trained on PubMed search logs (Jin et al. 2023, doi:10.1093/bioinformatics/btad651): questions and articles have their own networks.',
};

const bgeSmall: EncoderProfile = {
  kind: 'encoder',
  name: 'bge-small',
  title: 'BGE small v1.5 (general English)',
  document: {
    hubId: 'Xenova/bge-small-en-v1.5',
    revision: 'ea104dacec62c0de699686887e3f920caeb4f3e3',
    folder: 'bge-small-en-v1.5',
    files: [...tokenizerFiles, quantized],
    maxTokens: 512,
  },
  weights: 'q8',
  pooling: 'cls',
  normalize: true,
  queryPrefix: 'Represent this sentence for searching relevant passages: ',
  documentPrefix: '',
  dimension: 384,
  similarity: 'cosine',
  licence: 'MIT',
  note: 'As small as minilm and stronger at ranking in published tables; ONNX weights are on the hub.',
};

/** The encoders that can be named in configuration, the default first. */
export const encoderProfiles: readonly EncoderProfile[] = [minilm, pubmedbert, biobert, medcpt, bgeSmall];
