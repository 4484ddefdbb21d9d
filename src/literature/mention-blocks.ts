import type { MinedDataset } from './mining/model.ts';

/** By what two articles can mean the same dataset: its key, its identifiers, and the acronym that an article binds to it. */
export function blocksOf({ key, acronym, identifiers }: Pick<MinedDataset, 'key' | 'acronym' | 'identifiers'>): readonly string[] {
  const letters = acronym?.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase() ?? '';
  const named = /^name:(\S{3,})$/.exec(key)?.[1]?.toLowerCase();
  const acronyms = [letters, named ?? ''].filter((each) => each.length > 2).map((each) => `acronym:${each}`);
  return [...new Set([key, ...identifiers.map((identifier) => identifier.toLowerCase()), ...acronyms])]
    .map((block) => block.toWellFormed().replaceAll('\0', '').slice(0, 1_000));
}
