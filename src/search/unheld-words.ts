import { messageOf } from '../kernel/errors.ts';
import type { DatasetId } from '../kernel/ids.ts';
import type { SearchParts } from './find-datasets.ts';
import type { PaperSource, RankedDataset } from './ports.ts';
import type { QuestionReading } from './understand-question.ts';
import { tellingWords } from './weigh-hits.ts';

/** Words of a question that say what it is about, looked up in the records. */
export interface TopicWords {
  /** Words that qualify the data asked for ("zebrafish videos", "videos of zebrafish"), and that no record in sight holds. */
  readonly unheld: readonly string[];
  /** Whether a record in sight holds anything that the question is about, beside the kind of data. */
  readonly anchored: boolean;
}

/** Hits of a question as far as they are about it. */
export interface TopicHits {
  readonly hits: readonly RankedDataset[];
  /** Words that neither a record nor a paper about any of the hits holds. */
  readonly unheld: readonly string[];
}

/** Words of one question that are looked up, each a search of its own. */
const mostWords = 8;
/** Datasets whose papers are looked into for one word. */
const mostRead = 20;

const nouns =
  /^(?:data|data-?sets?|databases?|collections?|cohorts?|registr(?:y|ies)|repositor(?:y|ies)|images?|imaging|videos?|scans?|pictures|photographs?|recordings?|records?|volumes|slides?|slices|series|signals|files|annotations|segmentations|labels|cases|samples|patients?|subjects?|participants?)$/i;
/** Behind these a word says what somebody does or wants to do, not what data are of. */
const beforeVerb =
  /^(?:data|data-?sets?|databases?|collections?|cohorts?|records?|repositor(?:y|ies)|that|which|who|to|can|could|would|should|will|may|might|must|me|us|i|we|you|they|please|not|and|or)$/i;
const beforeTopic = /^(?:of|in|on|from|about|with|for|showing|containing|regarding|concerning)$/i;
const articles = /^(?:the|a|an|any|some|all|these|those|my|our|their|its)$/i;
/** Words that grade, praise or order data: no record says of itself that it is the best. Then words that make a phrase with "in", "of", "for". */
const grading =
  /(?:able|ible|ful|less|ly|ed|ing)$|^(?:good|better|best|great|nice|large|larger|largest|big|bigger|biggest|huge|small|smaller|smallest|recent|new|newer|newest|latest|old|older|oldest|free|raw|clean|rich|real|top|main|major|high|low|quality|resolution|standard|benchmark|typical|common|popular|famous|complete|entire|whole|full|single|multiple|different|similar|various|certain|suitable|relevant|interesting|order|general|total|interest|parallel|advance|particular|detail|addition|research|machine|learning|deep|model|models|algorithm|algorithms|analysis|compare|list|locate|recommend|suggest|describe|explain|search|identify|count)$/i;

interface Word {
  readonly text: string;
  /** Nothing but a space is between it and the word before. */
  readonly joined: boolean;
}

/** Which words of the question qualify its data, and which of all it is about no record in sight holds. */
export async function lookUpTopic(text: string, reading: QuestionReading, parts: SearchParts): Promise<TopicWords> {
  const qualifying = qualifyingWords(text, reading);
  if (qualifying.length === 0) return { unheld: [], anchored: true };
  const isNamed = reading.expansions.some(({ term }) => term.kind !== 'MODALITY');
  const topic = tellingWords(reading.topic).filter((word) => !nouns.test(word) && !isKindOfData(word, reading));
  const looked = [...new Set([...qualifying, ...topic])].slice(0, mostWords);
  const held = new Set<string>();
  await Promise.all(
    looked.map(async (word) => {
      if (await isHeld(word, parts)) held.add(word);
    }),
  );
  return {
    unheld: qualifying.filter((word) => looked.includes(word) && !held.has(word)),
    anchored: isNamed || held.size > 0,
  };
}

/**
 * What is left when words are missing: a dataset of whose topic nothing is known is no answer, and one of which a part is missing
 * stands lower. What papers say of a dataset counts for it.
 */
export async function keepTopical(
  hits: readonly RankedDataset[],
  { unheld, anchored }: TopicWords,
  { reader, scope, logger, papers }: SearchParts & { readonly papers: PaperSource },
): Promise<TopicHits> {
  if (unheld.length === 0) return { hits, unheld };
  const ids = hits.slice(0, mostRead).map(({ id }) => id);
  const datasetIds = (await reader.datasetsByIds(ids, scope)).map(({ id }) => id);
  const told = new Map<string, ReadonlySet<string>>();
  for (const word of unheld) {
    const evidence = await papers.evidence({ words: word, datasetIds, most: 1 }).catch((error: unknown) => {
      logger.warn('ask.papersAway', { reason: messageOf(error) });
      return new Map<DatasetId, never>();
    });
    told.set(word, new Set([...evidence.keys()].map(String)));
  }
  const weighed = hits.flatMap((hit): RankedDataset[] => {
    const missing = unheld.filter((word) => told.get(word)?.has(hit.id) !== true);
    if (missing.length === 0) return [hit];
    if (!anchored && missing.length === unheld.length) return [];
    return [{ ...hit, score: hit.score / (1 + missing.length) }];
  });
  return {
    hits: weighed.sort((a, b) => b.score - a.score),
    unheld: unheld.filter((word) => (told.get(word)?.size ?? 0) === 0),
  };
}

/** Whether a record in sight holds a word, in whatever form, or holds what it is a misspelling of. */
async function isHeld(word: string, { index, scope, signal }: SearchParts): Promise<boolean> {
  const text = await index.correct(word, scope, signal);
  const question = { text, topic: text, narrow: { kind: 'all', of: [] }, conditions: [], names: [] } as const;
  return (await index.rank(question, scope, signal)).ranked.length > 0;
}

/** Words right before the data asked for, or behind "of", "in", "about" and the like; what the vocabulary knows is left out. */
export function qualifyingWords(text: string, reading: QuestionReading): readonly string[] {
  const words = wordsOf(text);
  const tells = words.map(({ text: word }) => isTopic(word, reading));
  const isNoun = words.map(({ text: word }) => nouns.test(word) || isKindOfData(word, reading));
  const found = new Set<number>();
  for (let at = words.length - 2; at >= 0; at -= 1) {
    const next = words[at + 1];
    const leads = next?.joined === true && (isNoun[at + 1] === true || found.has(at + 1));
    if (leads && tells[at] === true && !beforeVerb.test(words[at - 1]?.text ?? '')) found.add(at);
  }
  words.forEach(({ joined }, at) => {
    const before = words[at - 1]?.text ?? '';
    const link = articles.test(before) ? (words[at - 2]?.text ?? '') : before;
    if (joined && tells[at] === true && (beforeTopic.test(link) || found.has(at - 1))) found.add(at);
  });
  return [...new Set([...found].sort((a, b) => a - b).map((at) => words[at]?.text ?? ''))];
}

function wordsOf(text: string): readonly Word[] {
  let end = 0;
  return [...text.matchAll(/\p{L}[\p{L}\p{N}]*/gu)].map((match) => {
    const joined = /^[\s-]*$/.test(text.slice(end, match.index));
    end = match.index + match[0].length;
    return { text: match[0], joined };
  });
}

/** A word that says what data are of, and that nothing else of the question's reading has taken. */
function isTopic(word: string, reading: QuestionReading): boolean {
  if (word.length < 3 || grading.test(word) || nouns.test(word)) return false;
  if (tellingWords(word).length === 0) return false;
  const lower = word.toLowerCase();
  const taken = [...reading.filters, ...reading.expansions];
  return !taken.some(({ words }) =>
    words
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .includes(lower),
  );
}

function isKindOfData(word: string, { expansions }: QuestionReading): boolean {
  const lower = word.toLowerCase();
  return expansions.some(
    ({ term, words }) =>
      term.kind === 'MODALITY' &&
      words
        .toLowerCase()
        .split(/[^\p{L}\p{N}]+/u)
        .includes(lower),
  );
}
