import { type IndexSchema, type SourceDocument, splitSentences } from '../retrieval/index.ts';
import type { ArticleSection } from './model.ts';

/** The index of articles. Raise the version when documents are made otherwise: the index is then rebuilt at the next start. */
export const articleIndexSchema: IndexSchema = {
  name: 'articles',
  version: 1,
  textFields: [
    { name: 'title', weight: 3 },
    { name: 'abstract', weight: 1 },
    { name: 'keywords', weight: 1 },
    { name: 'mesh', weight: 1 },
    { name: 'fullText', weight: 0.3 },
  ],
  filterFields: [
    { name: 'mesh', kind: 'keyword' },
    { name: 'year', kind: 'number' },
    { name: 'journal', kind: 'folded' },
    { name: 'publicationType', kind: 'folded' },
    { name: 'language', kind: 'keyword' },
    { name: 'hasFullText', kind: 'boolean' },
    { name: 'mentionsDataset', kind: 'boolean' },
    { name: 'retracted', kind: 'boolean' },
  ],
};

/** What the index knows of an article. */
export interface ArticleFacts {
  readonly id: string;
  readonly revision: number;
  readonly title: string;
  readonly abstract: string | undefined;
  readonly keywords: readonly string[];
  /** Descriptors and their names. */
  readonly mesh: readonly { readonly ui: string; readonly label: string }[];
  readonly year: number | undefined;
  readonly journal: string | undefined;
  readonly publicationTypes: readonly string[];
  readonly languages: readonly string[];
  readonly sections: readonly ArticleSection[];
  readonly retracted: boolean;
  readonly mentionsDataset: boolean;
  /** Whether its passages are encoded: one that is not is found by its words alone. */
  readonly isEncoded: boolean;
}

/** Everybody reads papers. */
export const articleReaders = ['public'];

/** Code units of a full text that are indexed: about twice a long paper's. */
const longestFullText = 150_000;
/** Passages of one article at most, those of its abstract first. */
const mostPassages = 64;
/** Code units of a passage of full text: about what an encoder reads at once. */
const passageLength = 1_000;

/** The document that the index holds of an article. */
export function projectArticle(facts: ArticleFacts): SourceDocument {
  const { id, revision, title, abstract, keywords, mesh, year, journal, sections } = facts;
  return {
    id,
    version: revision,
    readerGroups: articleReaders,
    text: {
      title: title === '' ? [] : [title],
      abstract: abstract === undefined ? [] : [abstract],
      keywords,
      mesh: mesh.map(({ label }) => label),
      fullText: cut(sections),
    },
    filters: {
      mesh: mesh.map(({ ui }) => ui),
      year: year === undefined ? [] : [year],
      journal: journal === undefined ? [] : [journal],
      publicationType: facts.publicationTypes,
      language: facts.languages,
      hasFullText: [sections.length > 0],
      mentionsDataset: [facts.mentionsDataset],
      retracted: [facts.retracted],
    },
    passages: facts.isEncoded ? articlePassages(facts) : [],
    suggestions: [],
  };
}

/**
 * What is encoded of an article: title and abstract as a whole, the title, each sentence of the abstract (a question is about as long as
 * one), then stretches of its full text.
 */
export function articlePassages({
  title,
  abstract = '',
  sections,
}: Pick<ArticleFacts, 'title' | 'abstract' | 'sections'>): readonly string[] {
  const head = title === '' ? [abstract] : [`${title} ${abstract}`.trim(), title];
  const body = sections
    .filter(({ role }) => role !== 'REFERENCES')
    .toSorted((a, b) => worthOf(b) - worthOf(a))
    .flatMap(({ text }) => stretches(text));
  const all = [...head, ...splitSentences(abstract), ...body].filter((text) => text !== '');
  return [...new Set(all)].slice(0, mostPassages);
}

/** Where papers say what they rest on comes first. */
function worthOf({ role }: ArticleSection): number {
  if (role === 'DATA_AVAILABILITY') return 2;
  return role === 'METHODS' ? 1 : 0;
}

function stretches(text: string): readonly string[] {
  const found: string[] = [];
  for (const sentence of splitSentences(text)) {
    const last = found.at(-1);
    if (last !== undefined && last.length + sentence.length < passageLength)
      found[found.length - 1] = `${last} ${sentence}`;
    else found.push(sentence.slice(0, 2 * passageLength));
  }
  return found;
}

function cut(sections: readonly ArticleSection[]): readonly string[] {
  let left = longestFullText;
  return sections.flatMap(({ name, text }) => {
    const kept = `${name}\n${text}`.slice(0, Math.max(0, left)).toWellFormed();
    left -= kept.length;
    return kept.trim() === '' ? [] : [kept.trim()];
  });
}
