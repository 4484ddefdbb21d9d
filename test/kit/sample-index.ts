import type { Embedder } from '../../src/embedding/index.ts';
import {
  type ApplyReport,
  hashContent,
  hashSchema,
  type IndexChange,
  type TextIndex,
} from '../../src/retrieval/index.ts';
import { hashEmbedder } from './hash-embedder.ts';
import { type SampleFacts, sampleDocument, sampleSchema, sampleSource } from './index-documents.ts';

/** The encoder whose vectors the sample index holds. */
export const sampleEmbedder: Embedder = hashEmbedder();

/** Five datasets, one of which only stewards may see. */
export const samples: readonly SampleFacts[] = [
  {
    id: 'abide',
    title: 'ABIDE: autism brain imaging',
    body: 'Resting-state functional MRI of autism spectrum disorder and controls',
    modality: ['fMRI', 'MRI'],
    alias: ['ABIDE I'],
    subjects: 1112,
    issued: '2012-08-30T00:00:00Z',
    open: true,
  },
  {
    id: 'oasis',
    title: 'OASIS: ageing and dementia',
    body: 'Structural images of older adults',
    modality: ['MRI'],
    subjects: 416,
    issued: '2007-09-01T00:00:00Z',
    open: true,
  },
  {
    id: 'upenn-gbm',
    title: 'UPENN-GBM',
    body: 'Glioblastoma patients with IL-6 and IDH1 status, multi-parametric scans',
    modality: ['MRI'],
    subjects: 630,
    open: true,
  },
  {
    id: 'lung',
    title: 'Lung PET',
    body: 'Positron emission tomography of lung cancer',
    modality: ['PT', 'CT'],
    subjects: 355,
  },
  {
    id: 'secret',
    title: 'Hidden autism cohort',
    body: 'autism autism autism',
    modality: ['MRI'],
    subjects: 7,
    groups: ['stewards'],
    open: false,
  },
];

/** An empty generation of the sample schema. */
export async function createSampleGeneration(index: TextIndex, id: string): Promise<void> {
  const encoder = await sampleEmbedder.identity();
  await index.createGeneration(id, { schema: sampleSchema, schemaHash: hashSchema(sampleSchema), encoder });
}

/** Indexes samples and makes them searchable. */
export async function upsertSamples(
  index: TextIndex,
  generation: string,
  facts: readonly SampleFacts[],
): Promise<ApplyReport> {
  const changes: IndexChange[] = [];
  const { hash: encoderHash } = await sampleEmbedder.identity();
  for (const each of facts) {
    const source = sampleSource(each);
    const vectors = await sampleEmbedder.embed(source.passages, 'document');
    changes.push({
      kind: 'upsert',
      document: sampleDocument(each, vectors),
      contentHash: hashContent(source),
      encoderHash,
    });
  }
  const report = await index.apply(generation, changes);
  await index.refresh(generation);
  return report;
}
