import { mayActOn, type Principal } from '../access/index.ts';
import type { Dataset } from './model/dataset.ts';
import { type FieldConflict, findConflicts } from './model/find-conflicts.ts';
import type { SourcedStatement } from './model/merge-records.ts';
import { type Vocabulary, VocabularyIndex } from './model/vocabulary.ts';

/** What a request offers for reading conflicts. */
export interface ConflictReads {
  readonly principal: Principal;
  readonly loaders: { readonly statements: { load(datasetId: string): Promise<readonly SourcedStatement[]> } };
  readonly reader: { vocabulary(): Promise<Vocabulary> };
}

/** The fields in which a steward's value stands over another source's: for stewards of the dataset, an empty list for anybody else. */
export async function listConflicts(
  { id }: Dataset,
  { principal, loaders, reader }: ConflictReads,
): Promise<readonly FieldConflict[]> {
  if (!mayActOn(principal, 'STEWARD', id)) return [];
  const statements = await loaders.statements.load(id);
  // Most records have no steward's word, and names are looked up for those that do.
  if (!statements.some(({ source }) => source.kind === 'STEWARD')) return [];
  return findConflicts(statements, indexOf(await reader.vocabulary()));
}

/** Indices of vocabularies, made once for as long as the reader hands out the same one. */
const indices = new WeakMap<Vocabulary, VocabularyIndex>();

function indexOf(vocabulary: Vocabulary): VocabularyIndex {
  const found = indices.get(vocabulary) ?? new VocabularyIndex(vocabulary);
  indices.set(vocabulary, found);
  return found;
}
