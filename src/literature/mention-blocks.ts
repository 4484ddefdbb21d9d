import type { MinedArticle, MinedDataset } from './mining/model.ts';
import { nameWords } from './mining/name-forms.ts';
import { plainIdentifier } from './mining/resolve-mention.ts';

/**
 * By what two articles can mean the same dataset: its key, its identifiers, its acronym, the first words of its name. Whether they do is
 * for `clusterMentions` to say.
 */
export function blocksOf({
  key,
  name,
  acronym,
  identifiers,
}: Pick<MinedDataset, 'key' | 'name' | 'acronym' | 'identifiers'>): readonly string[] {
  const words = nameWords(name);
  const letters = acronym?.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase() ?? '';
  const acronyms = [letters, words.length === 1 ? (words[0] ?? '') : '']
    .filter((each) => each.length > 2)
    .map((each) => `acronym:${each}`);
  const begins = key.startsWith('name:') && words.length > 1 ? [`words:${words.slice(0, 2).join(' ')}`] : [];
  return [...new Set([key, ...identifiers.map(plainIdentifier), ...acronyms, ...begins])].map((block) =>
    block.toWellFormed().replaceAll('\0', '').slice(0, 1_000),
  );
}

/** Whether a dataset is known by a repository's identifier, not by a name. */
export function isIdentified(key: string): boolean {
  return !key.startsWith('name:') && !key.startsWith('entry:');
}

/** Keys of the named datasets that stand in one sentence with a dataset: "the X data are deposited under accession Y". */
export function sentenceMates({ mentions }: Pick<MinedArticle, 'mentions'>, key: string): readonly string[] {
  const sentences = new Set(mentions.flatMap(({ dataset, sentence }) => (dataset === key ? [sentence.start] : [])));
  const mates = mentions.flatMap(({ dataset, sentence }) =>
    dataset !== key && !isIdentified(dataset) && sentences.has(sentence.start) ? [dataset] : [],
  );
  return [...new Set(mates)];
}
