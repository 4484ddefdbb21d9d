import type { ArticleId, DatasetId } from '../kernel/ids.ts';
import { analyzeText } from '../retrieval/index.ts';
import type { NamingSentence, PaperEvidence, PaperQuestion } from './discovery-model.ts';
import type { MentionReader } from './discovery-ports.ts';
import { textHashOf } from './mine-articles.ts';
import type { MentionRole } from './mining/model.ts';
import type { ArticleReader } from './ports.ts';
import { QuotableArticle } from './quote-article.ts';

/** Papers of a dataset that are looked into, and papers that one answer reads in all: a full text can take a megabyte. */
const papersOfDataset = 12;
const papersOfAnswer = 40;
/** A sentence that only names the dataset says little; one that introduces it says what it is. */
const roleWeight: Readonly<Record<MentionRole, number>> = { INTRODUCES: 0.3, DEPOSITS: 0.2, USES: 0.1, BACKGROUND: 0 };
const leastScore = 0.3;

/**
 * Sentences of papers that name some datasets and speak of what is asked, best first. A sentence is only given where it stands in the
 * paper as it is now: a paper that changed since it was read gives none.
 */
export async function findPaperEvidence(
  question: PaperQuestion,
  { mentions, articles }: { readonly mentions: MentionReader; readonly articles: ArticleReader },
): Promise<ReadonlyMap<DatasetId, readonly PaperEvidence[]>> {
  const asked = new Set(analyzeText(question.words).flatMap(({ terms }) => terms));
  if (asked.size === 0 || question.datasetIds.length === 0) return new Map();
  const sentences = await mentions.namingSentences(question.datasetIds, papersOfDataset);
  const texts = await quotable(sentences, { mentions, articles });
  const found = new Map<DatasetId, PaperEvidence[]>();
  for (const sentence of sentences) {
    const evidence = texts.get(sentence.articleId)?.quote(sentence, 0, sentence.sentence);
    if (evidence === undefined) continue;
    const score = scoreOf(evidence.text, sentence, asked);
    const own = found.get(sentence.datasetId) ?? [];
    // A sentence that names it twice is one sentence.
    const isKnown = own.some((other) => other.articleId === evidence.articleId && other.start === evidence.start);
    if (score < leastScore || isKnown) continue;
    found.set(sentence.datasetId, [...own, { ...evidence, score }]);
  }
  return new Map(
    [...found].map(([id, list]) => [
      id,
      list.sort((a, b) => b.score - a.score || a.start - b.start).slice(0, question.most),
    ]),
  );
}

/** Texts of the articles that are still what was read. */
async function quotable(
  sentences: readonly NamingSentence[],
  { mentions, articles }: { readonly mentions: MentionReader; readonly articles: ArticleReader },
): Promise<ReadonlyMap<ArticleId, QuotableArticle>> {
  const ids = [...new Set(sentences.map(({ articleId }) => articleId))].slice(0, papersOfAnswer);
  const [records, hashes] = await Promise.all([articles.records(ids), mentions.textHashes(ids)]);
  return new Map(
    [...records].flatMap(([id, record]) =>
      hashes.get(id) === textHashOf(record) ? [[id, new QuotableArticle(id, record)] as const] : [],
    ),
  );
}

/** Share of the words asked for that the sentence holds, and what the paper does with the dataset. */
function scoreOf(text: string, { role }: NamingSentence, asked: ReadonlySet<string>): number {
  const held = new Set(analyzeText(text).flatMap(({ terms }) => terms));
  const share = [...asked].filter((term) => held.has(term)).length / Math.min(asked.size, 6);
  return Number(Math.min(1, 0.7 * Math.min(1, share) + (share > 0 ? roleWeight[role] : 0)).toFixed(3));
}
