import { allCounts, type Dataset, type DatasetWhere } from '../catalog/index.ts';
import { CatalogError, messageOf } from '../kernel/errors.ts';
import type { DatasetId } from '../kernel/ids.ts';
import { pageSize } from '../kernel/page.ts';
import { analyzeText, foldText } from '../retrieval/index.ts';
import { fromPaper, recordEvidence } from './answer-evidence.ts';
import { bearsOut, type NumberClaim, readNumberClaims } from './check-numbers.ts';
import { passingAll, saysOf, uncounted, unheldNames, whyNothing } from './explain-abstention.ts';
import { matcherOf, namesOf, type SearchParts } from './find-datasets.ts';
import type { Evidence, PaperSource, RankedDataset } from './ports.ts';
import { type Constraint, nameLikeWords, narrowOf, readConstraints, wheresOf } from './read-constraints.ts';
import { readText, wordsFilter } from './read-question.ts';
import { type DatasetHit, toHit } from './search-datasets.ts';
import { plainQuestion, type QuestionReading, toRankQuestion, understandQuestion } from './understand-question.ts';
import { keepTopical, lookUpTopic } from './unheld-words.ts';
import { contentWords } from './weigh-hits.ts';

/** A question in words. */
export interface AskedQuestion {
  readonly question: string;
  readonly where: DatasetWhere;
  /** Datasets at most. */
  readonly first: number;
}

/** Something the question asks of an answer, and that every dataset of the answer passes. */
export interface AnswerCheck {
  readonly words: string;
  readonly field: string;
  readonly test: string;
}

/** Datasets that answer, each with what says so; or none, and why. */
export interface Answer {
  readonly question: string;
  readonly abstained: boolean;
  readonly reason: string | undefined;
  readonly datasets: readonly DatasetHit[];
  readonly checks: readonly AnswerCheck[];
  /** What could be an answer, but for something that its record does not say: one sentence each. */
  readonly notKnown: readonly string[];
}

/** Who asks, what answers, and where papers are. */
export interface AskParts extends SearchParts {
  readonly papers: PaperSource;
}

const paperSentences = 3;
/** Question frames around a name. */
const frame =
  /^(?:what(?:'s| is| are| does| do)|tell me (?:more )?about|describe|show me|who (?:has|holds))\s+(?:the\s+)?(.*?)(?:\s+(?:contain|hold|have|about))?\s*[?.!]*$/i;

/**
 * Answers a question with datasets and the sentences that say so, from their records and from papers that name them; or abstains. What
 * the question asks for must hold: a dataset whose record does not say it is no answer, and is said to be unknown.
 * @throws InvalidInputError for a page size that is none
 */
export async function askDatasets(asked: AskedQuestion, parts: AskParts): Promise<Answer> {
  const first = pageSize(asked.first);
  const { text } = readText(asked.question);
  const empty = { question: asked.question, datasets: [], checks: [], notKnown: [] };
  if (text === '') return { ...empty, abstained: true, reason: 'There is no question to answer.' };
  try {
    return { question: asked.question, ...(await answer(text, { ...asked, first }, parts)) };
  } catch (error) {
    if (parts.signal.aborted || (error instanceof CatalogError && error.httpStatus < 500)) throw error;
    parts.logger.warn('ask.indexAway', { reason: messageOf(error) });
    return { ...empty, abstained: true, reason: 'The index is away or not built yet: ask again in a moment.' };
  }
}

type Told = Omit<Answer, 'question'>;

async function answer(text: string, asked: AskedQuestion, parts: AskParts): Promise<Told> {
  const { reader, scope } = parts;
  const bare = frame.exec(text)?.[1] ?? text;
  const [whole, inner] = [namesOf(text), namesOf(bare)];
  const names = [...new Set([...whole.names, ...inner.names])];
  const inIdentifier = inner.inIdentifier ?? whole.inIdentifier;
  const named = [...(await reader.namedIds({ names, inIdentifier, where: asked.where }, scope))];
  const reading = named.length > 0 ? plainQuestion(bare) : understandQuestion(text, await matcherOf(parts));
  const constraints = readConstraints(reading);
  const checks = constraints.map(({ words, field, test }) => ({ words, field, test }));
  const abstain = (reason: string, notKnown: readonly string[] = []): Told => ({
    abstained: true,
    reason,
    datasets: [],
    checks,
    notKnown,
  });
  if (named.length === 0) {
    const unheld = await unheldNames(nameLikeWords(text, reading), wordsFilter, parts);
    if (unheld.length > 0)
      return abstain(`No record here holds the name ${unheld.map((name) => `"${name}"`).join(', ')}.`);
  }
  const request = { where: asked.where, constraints };
  const unknown = (await uncounted(request, parts)).map((dataset) => `${nameOf(dataset)} ${saysOf(dataset, [])}.`);
  if ((await passingAll(request, parts)).length === 0) return abstain(await whyNothing(request, parts), unknown);
  const ranked = named.length > 0 ? named.map(namedHit) : await rankAnswers(reading, request, parts);
  if (ranked.length === 0) return abstain('Nothing here is near enough to the question to be an answer.', unknown);
  const topic = named.length > 0 ? { unheld: [], anchored: true } : await lookUpTopic(text, reading, parts);
  const { hits, unheld } = await keepTopical(ranked, topic, parts);
  if (hits.length === 0) return abstain(`No record here and no paper about one says ${quoted(unheld, 'or')}.`, unknown);
  const claims = readNumberClaims(text, reading);
  const counted = await checkNumbers(hits, claims, parts);
  const notKnown = [...unknown, ...counted.notKnown, ...unheld.map((word) => `No record here says "${word}".`)];
  if (counted.hits.length === 0)
    return abstain(
      `No record here bears out ${quoted(
        claims.map(({ words }) => words),
        'and',
      )}.`,
      notKnown,
    );
  const datasets = await withEvidence(counted.hits, { text, bare, reading, first: asked.first }, parts);
  if (datasets.length === 0) return abstain('No record and no paper here says anything about it.', notKnown);
  const numbers = claims.map(({ words, measure, test }) => ({ words, field: measure.toLowerCase(), test }));
  return { abstained: false, reason: undefined, datasets, checks: [...checks, ...numbers], notKnown };
}

/** Records that are looked at for their numbers. */
const mostCounted = 50;

/** What of the hits has the numbers that the question gives; a record without any of that kind is not known to. */
async function checkNumbers(
  hits: readonly RankedDataset[],
  claims: readonly NumberClaim[],
  { reader, scope }: AskParts,
): Promise<{ readonly hits: readonly RankedDataset[]; readonly notKnown: readonly string[] }> {
  if (claims.length === 0) return { hits, notKnown: [] };
  const looked = hits.slice(0, mostCounted);
  const ids = looked.map(({ id }) => id);
  const [counts, datasets] = await Promise.all([reader.parts('counts', ids), reader.datasetsByIds(ids, scope)]);
  const byId = new Map(datasets.map((dataset) => [String(dataset.id), dataset]));
  const notKnown: string[] = [];
  const passing = looked.filter(({ id }) => {
    const dataset = byId.get(id);
    if (dataset === undefined) return false;
    const told = allCounts(dataset, counts.get(id) ?? []);
    const verdicts = claims.map((claim) => ({ claim, verdict: bearsOut(claim, told) }));
    for (const { claim, verdict } of verdicts)
      if (verdict === undefined) notKnown.push(`${nameOf(dataset)} says no number for "${claim.words}".`);
    return verdicts.every(({ verdict }) => verdict === true);
  });
  return { hits: passing, notKnown };
}

function quoted(words: readonly string[], join: string): string {
  return words.map((word) => `"${word}"`).join(` ${join} `);
}

function namedHit(id: string): RankedDataset {
  return { id, score: 3, passage: undefined, reasons: undefined, named: true };
}

/** What answers, best first: it passes every constraint, and is about what is asked. */
async function rankAnswers(
  reading: QuestionReading,
  { where, constraints }: { readonly where: DatasetWhere; readonly constraints: readonly Constraint[] },
  { index, reader, scope, signal }: AskParts,
): Promise<readonly RankedDataset[]> {
  const question = { ...toRankQuestion(reading), narrow: narrowOf(constraints) };
  const ids = await reader.matchingIds({ and: [where, ...wheresOf(constraints)] }, scope);
  if (question.text === '' && constraints.every(({ narrow }) => narrow === undefined))
    return ids.map((id) => ({ ...namedHit(id), score: 0, named: false }));
  const { ranked } = await index.rank(question, scope, signal);
  const passing = new Set(ids);
  return ranked.filter(({ id }) => passing.has(id));
}

/** The best hits with their sentences; only those that the question names, where it names any. */
async function withEvidence(
  hits: readonly RankedDataset[],
  asked: { readonly text: string; readonly bare: string; readonly reading: QuestionReading; readonly first: number },
  { reader, scope, papers, logger }: AskParts,
): Promise<readonly DatasetHit[]> {
  const looked = hits.slice(0, Math.max(asked.first, 20));
  const records = await reader.datasetsByIds(
    looked.map(({ id }) => id),
    scope,
  );
  const byId = new Map(records.map((dataset) => [String(dataset.id), dataset]));
  const isCalled = (id: string): boolean => {
    const dataset = byId.get(id);
    return dataset !== undefined && isNamedIn(asked.text, dataset);
  };
  const called = looked.filter(({ id, named }) => named || isCalled(id));
  const chosen = (called.length > 0 ? called : looked).slice(0, asked.first);
  const words = [
    asked.reading.topic,
    asked.reading.text,
    ...asked.reading.expansions.map(({ words: own }) => own),
  ].join(' ');
  const content = contentWords(words).join(' ');
  const terms = new Set(analyzeText(content).flatMap((word) => word.terms));
  const names = asked.reading.expansions.flatMap((expansion) => expansion.names).join(' ');
  const ids = chosen.flatMap(({ id }) => byId.get(id)?.id ?? []);
  const told = await papers
    .evidence({ words: content, datasetIds: ids, most: paperSentences })
    .catch((error: unknown) => {
      logger.warn('ask.papersAway', { reason: messageOf(error) });
      return new Map<DatasetId, never>();
    });
  const wider = new Set([...terms, ...analyzeText(names).flatMap((word) => word.terms)]);
  return chosen.flatMap((hit, place): DatasetHit[] => {
    const dataset = byId.get(hit.id);
    if (dataset === undefined) return [];
    const own = recordEvidence(dataset, terms.size > 0 ? terms : wider, hit);
    const evidence: readonly Evidence[] = [...own, ...(told.get(dataset.id) ?? []).map(fromPaper)];
    return evidence.length === 0 ? [] : [{ ...toHit(hit, place, evidence), evidence }];
  });
}

/** Whether a question calls a dataset by its slug, acronym or a full name. */
function isNamedIn(text: string, { slug, acronym, title, alternativeTitles }: Dataset): boolean {
  const folded = ` ${foldText(text).replaceAll(/[^\p{L}\p{N}]+/gu, ' ')} `;
  return [slug, acronym ?? '', title, ...alternativeTitles]
    .map((name) =>
      foldText(name)
        .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
        .trim(),
    )
    .some((name) => name.length > 3 && folded.includes(` ${name} `));
}

function nameOf({ acronym, title }: Dataset): string {
  return acronym ?? title;
}
