import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { type IndexSchema, type SourceDocument, splitSentences } from '../../src/retrieval/index.ts';
import type { Judgements } from './ranking-measures.ts';

const shared = new URL('../../../shared/data/', import.meta.url).pathname;

/** A test collection: documents, questions, and which answer which. */
export interface Collection {
  readonly documents: readonly SourceDocument[];
  readonly questions: readonly { readonly text: string; readonly judgements: Judgements }[];
}

/** Index of articles as the benchmark fills it. */
export const articleSchema: IndexSchema = {
  name: 'bench-articles',
  version: 1,
  textFields: [
    { name: 'title', weight: 3 },
    { name: 'abstract', weight: 1 },
  ],
  filterFields: [{ name: 'collection', kind: 'keyword' }],
};

/** Whether the folder beside the checkout that holds the collections is there. */
export function collectionsPresent(): boolean {
  return existsSync(`${shared}scifact/corpus.jsonl.gz`) && existsSync(`${shared}pubmedqa/ori_pqal.json`);
}

const scifactDocument = z.object({ _id: z.string(), title: z.string(), text: z.string() });

/** SciFact in BEIR form: 5,183 abstracts, 300 claims (Wadden et al. 2020, doi:10.18653/v1/2020.emnlp-main.609). */
export function readScifact(): Collection {
  const lines = gunzipSync(readFileSync(`${shared}scifact/corpus.jsonl.gz`))
    .toString('utf8')
    .trim()
    .split('\n');
  const documents = lines.map((line) => {
    const { _id, title, text } = scifactDocument.parse(JSON.parse(line));
    return article(`scifact-${_id}`, title, text);
  });
  const judgements = new Map<string, Map<string, number>>();
  for (const line of readFileSync(`${shared}scifact/qrels.test.txt`, 'utf8').trim().split('\n')) {
    const [question = '', , document = '', grade = '0'] = line.split(' ');
    const known = judgements.get(question) ?? new Map<string, number>();
    judgements.set(question, known.set(`scifact-${document}`, Number(grade)));
  }
  const questions = readFileSync(`${shared}scifact/queries.test.tsv`, 'utf8').trim().split('\n');
  return {
    documents,
    questions: questions.map((line) => {
      const [id = '', text = ''] = line.split('\t');
      return { text, judgements: judgements.get(id) ?? new Map<string, number>() };
    }),
  };
}

const pubmedqaFile = z.record(z.string(), z.looseObject({ QUESTION: z.string(), CONTEXTS: z.array(z.string()) }));

/** PubMedQA's expert part: 1,000 questions, each from the title of its abstract (Jin et al. 2019, doi:10.18653/v1/D19-1259). */
export function readPubmedqa(): Collection {
  const entries = Object.entries(
    pubmedqaFile.parse(JSON.parse(readFileSync(`${shared}pubmedqa/ori_pqal.json`, 'utf8'))),
  );
  return {
    documents: entries.map(([id, { CONTEXTS }]) => {
      const text = CONTEXTS.join(' ');
      return article(`pubmedqa-${id}`, '', text);
    }),
    questions: entries.map(([id, { QUESTION }]) => ({ text: QUESTION, judgements: new Map([[`pubmedqa-${id}`, 1]]) })),
  };
}

/**
 * Every article is cut in the same way: the whole, its title and each sentence, since a question is about as long as a sentence.
 * Articles cut less finely would lose against the others, whatever they say.
 */
function article(id: string, title: string, abstract: string): SourceDocument {
  const whole = title === '' ? [abstract] : [`${title} ${abstract}`, title];
  return {
    id,
    version: 1,
    readerGroups: ['guest'],
    text: { title: title === '' ? [] : [title], abstract: [abstract] },
    filters: { collection: [id.split('-')[0] ?? ''] },
    passages: [...new Set([...whole, ...splitSentences(abstract)])],
    suggestions: [],
  };
}
