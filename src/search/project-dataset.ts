import type { ReadScope } from '../access/index.ts';
import { type IndexScope, type SourceDocument, splitSentences } from '../retrieval/index.ts';
import type { NameMatcher } from './match-names.ts';
import type { DatasetFacts } from './model.ts';
import { readAges } from './read-ages.ts';
import { formatsIn } from './read-formats.ts';

/** Passages of one record at most; what a longer description says further on is found by its words. */
const mostPassages = 40;

/** The document that the index holds of a dataset: a pure function, so that comparing hashes finds every drift. */
export function projectDataset(facts: DatasetFacts, matcher: NameMatcher): SourceDocument {
  const own = `dataset:${facts.id}`;
  const prose = [facts.title, ...facts.alternativeTitles, ...facts.keywords, facts.description].join('.\n');
  const ages = readAges(prose);
  const topics = [...facts.conditions, ...facts.bodyParts, ...facts.keywords].slice(0, 20).join(', ');
  return {
    id: facts.id,
    version: facts.version,
    readerGroups: facts.isPublic ? ['public', own] : [own],
    text: {
      title: [facts.title],
      acronym: facts.acronym === null ? [facts.slug] : [facts.acronym, facts.slug],
      alternativeTitles: facts.alternativeTitles,
      description: [facts.description],
      keywords: facts.keywords,
      conditions: facts.conditions,
      bodyParts: facts.bodyParts,
      modalities: facts.modalities,
      variables: facts.variables,
      publisher: facts.publishers,
    },
    filters: {
      slug: [facts.slug],
      status: [facts.status],
      accessClass: [facts.accessClass],
      year: facts.year === null ? [] : [facts.year],
      terms: termsOf(facts, prose, matcher),
      formats: [...new Set([...facts.formats, prose].flatMap(formatsIn))].sort(),
      ageFrom: ages === undefined ? [] : [ages.from],
      ageTo: ages === undefined ? [] : [ages.to],
    },
    passages: [`${facts.title}. ${topics}`, ...splitSentences(facts.description)].slice(0, mostPassages),
    suggestions: [],
  };
}

/** Keys of all terms that the record has or that its prose names without denying them, and of all broader ones. */
function termsOf(facts: DatasetFacts, prose: string, matcher: NameMatcher): readonly string[] {
  const named = matcher.inProse(prose).flatMap(({ terms, negated }) => (negated ? [] : terms.map(({ key }) => key)));
  return [...new Set([...facts.termKeys, ...named].flatMap((key) => matcher.withBroader(key)))].sort();
}

/** The groups of a reader, as the documents name them. */
export function indexScopeOf(scope: ReadScope): IndexScope {
  if (scope.records.kind === 'all') return { kind: 'all' };
  return {
    kind: 'readableBy',
    groups: ['public', ...scope.records.alsoDatasetIds.map((id) => `dataset:${id}`)],
  };
}
