import { setTimeout as delay } from 'node:timers/promises';
import type { Vocabulary } from '../catalog/index.ts';
import { InvalidInputError, messageOf } from '../kernel/errors.ts';
import type { ArticleId } from '../kernel/ids.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Filter } from '../retrieval/index.ts';
import { readWhere } from './article-where.ts';
import type { ArticleScores, Literature } from './ports.ts';
import type { Question, ScoredArticle } from './question.ts';
import {
  calibration,
  type JudgedArticle,
  likelihood,
  modelQuestion,
  type QuestionModel,
  wordsPerWord,
} from './question-model.ts';
import { articleId } from './rank-articles.ts';

/** What linking works with. */
export interface LinkParts {
  readonly literature: Pick<Literature, 'index' | 'articles' | 'mesh' | 'vectors' | 'questions'>;
  readonly vocabulary: () => Promise<Vocabulary>;
  readonly logger: Logger;
}

/** Nearest articles of each list that are compared when a question is new. */
const candidateDepth = 300;
/** Articles that came, compared together. */
const changesAtATime = 1_000;
const questionsAtATime = 50;
/** An article with less of a question's words than this has never answered one (docs/literature.md). */
const worthEncoding = 0.1;
/** Of those without vectors, so many are encoded for a question at a time. */
const demandDepth = 100;
/** Judged articles that a question learns from, the newest. */
const mostJudged = 50;
const idleMs = 1_000;
const restMs = 10_000;

/**
 * Links articles to questions, as far as the index has them: all articles to a question that is new, edited or judged, else those that
 * came or changed since.
 * @returns how many questions were brought up to date
 */
export async function linkQuestions(parts: LinkParts, signal: AbortSignal): Promise<number> {
  const { index, questions } = parts.literature;
  const position = await index.position();
  if (position === undefined) return 0;
  const behind = await questions.behind(Number(position), questionsAtATime);
  for (const { question, changeCount } of behind) {
    signal.throwIfAborted();
    const { linkedRevision } = question;
    const news = linkedRevision === undefined ? undefined : await newsSince(parts, linkedRevision, Number(position));
    const compared = news?.ids;
    const matching = compared?.length === 0 ? [] : await compareOrSkip(parts, question, compared, signal);
    const revision = news?.revision ?? Number(position);
    const added = await questions.link({ question, changeCount, compared, matching, revision });
    if (added > 0) parts.logger.info('question.matched', { question: question.id, articles: added });
  }
  return behind.length;
}

/** Links for as long as the process lives: part of the role worker. */
export async function followQuestions(parts: LinkParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      if ((await linkQuestions(parts, signal)) > 0) continue;
      await sleep(idleMs, signal);
    } catch (error) {
      if (isAborted(signal)) return;
      parts.logger.warn('question.linkingFailed', { reason: messageOf(error), retryAfterMs: restMs });
      await sleep(restMs, signal);
    }
  }
}

/** Articles that came or changed after a revision, and how far they go; what the index does not have yet waits. */
async function newsSince(
  { literature: { index } }: LinkParts,
  since: number,
  upTo: number,
): Promise<{ readonly ids: readonly ArticleId[]; readonly revision: number }> {
  const { changes } = await index.changesSince(String(since), changesAtATime);
  const seen = changes.filter(({ version }) => version <= upTo);
  const whole = changes.length < changesAtATime || seen.length < changes.length;
  return {
    ids: [...new Set(seen.filter(({ deleted }) => !deleted).map(({ id }) => articleId(id)))],
    revision: whole ? upTo : (seen.at(-1)?.version ?? upTo),
  };
}

/** A question kept under rules that were wider then cannot be compared; the others must not wait for it. */
async function compareOrSkip(
  parts: LinkParts,
  question: Question,
  compared: readonly ArticleId[] | undefined,
  signal: AbortSignal,
): Promise<readonly ScoredArticle[]> {
  try {
    return await compare(parts, question, compared, signal);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    parts.logger.warn('question.notComparable', { question: question.id, reason: messageOf(error) });
    return [];
  }
}

async function compare(
  parts: LinkParts,
  question: Question,
  compared: readonly ArticleId[] | undefined,
  signal: AbortSignal,
): Promise<readonly ScoredArticle[]> {
  const { literature } = parts;
  const judged = await literature.questions.judged(question.id);
  const model = await modelOf(parts, question, judged, signal);
  const names = { tree: await literature.mesh.tree(), vocabulary: await parts.vocabulary() };
  const narrow = readWhere(question.where, names).filter;
  const among = new Set(compared ?? (await candidates(parts, model, narrow, signal)));
  if (compared === undefined) for (const { articleId: id } of judged) among.add(id);
  const scores = await scoreAll(parts, model, { among: [...among], narrow }, signal);
  const verdicts = new Set(judged.map(({ articleId: id }) => id));
  return [...scores.values()].filter(({ articleId: id, score }) => score >= calibration.threshold || verdicts.has(id));
}

/** The nearest by words and by meaning. */
async function candidates(
  { literature: { index } }: LinkParts,
  { text, vector }: QuestionModel,
  narrow: Filter,
  signal: AbortSignal,
): Promise<readonly ArticleId[]> {
  const found = await index.score({ among: undefined, text, vector, narrow, depth: candidateDepth }, signal);
  return [...found.keys()];
}

/** An article whose words could answer, but which has no vectors, is encoded, and comes again when it is. */
async function askForVectors(
  { literature: { vectors } }: LinkParts,
  model: QuestionModel,
  scores: ReadonlyMap<ArticleId, ArticleScores>,
): Promise<void> {
  const likely = [...scores]
    .filter(([, { words, meaning }]) => meaning === undefined && wordsPerWord(words, model) >= worthEncoding)
    .sort(([, a], [, b]) => (b.words ?? 0) - (a.words ?? 0))
    .slice(0, demandDepth)
    .map(([id]) => id);
  if (likely.length > 0) await vectors.ask(await vectors.withoutVectors(likely), 'QUESTION');
}

async function scoreAll(
  parts: LinkParts,
  model: QuestionModel,
  { among, narrow }: { readonly among: readonly ArticleId[]; readonly narrow: Filter },
  signal: AbortSignal,
): Promise<ReadonlyMap<ArticleId, ScoredArticle>> {
  if (among.length === 0) return new Map();
  const { index } = parts.literature;
  const request = { among, narrow, depth: among.length };
  const none = new Map<ArticleId, ArticleScores>();
  const ofTerms = async (text: string) =>
    text === '' ? none : await index.score({ ...request, text, vector: undefined }, signal);
  const [own, towards, away] = await Promise.all([
    index.score({ ...request, text: model.text, vector: model.vector }, signal),
    ofTerms(model.towards),
    ofTerms(model.away),
  ]);
  if (model.vector !== undefined) await askForVectors(parts, model, own);
  return new Map(
    [...own].flatMap(([id, scores]) => {
      const terms = { towards: towards.get(id)?.words ?? 0, away: away.get(id)?.words ?? 0 };
      const score = likelihood(model, { own: scores, ...terms });
      return score === undefined ? [] : [[id, { articleId: id, score, ...scores }] as const];
    }),
  );
}

async function modelOf(
  { literature: { index, articles } }: LinkParts,
  question: Question,
  judged: readonly { readonly articleId: ArticleId; readonly verdict: string }[],
  signal: AbortSignal,
): Promise<QuestionModel> {
  const newest = judged.slice(-mostJudged);
  const heads = await articles.byIds(newest.map(({ articleId: id }) => id));
  const texts = newest.flatMap(({ articleId: id, verdict }) => {
    const head = heads.get(id);
    return head === undefined ? [] : [{ verdict, text: `${head.title} ${head.abstract ?? ''}`.trim() }];
  });
  const [vector] = (await index.encode([question.text], 'query', signal)) ?? [];
  const vectors =
    texts.length === 0
      ? []
      : await index.encode(
          texts.map(({ text }) => text),
          'document',
          signal,
        );
  const articlesOf = (wanted: string): readonly JudgedArticle[] =>
    texts.flatMap(({ verdict, text }, at) => (verdict === wanted ? [{ text, vector: vectors?.[at] }] : []));
  return modelQuestion(question.text, vector, {
    accepted: articlesOf('YES'),
    refused: articlesOf('NO'),
    corpusSize: await index.size(signal),
  });
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

// A function, because the compiler takes `aborted` for a constant within one loop.
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
