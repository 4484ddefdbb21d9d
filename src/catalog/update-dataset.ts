import { canonicalSha256 } from '../kernel/canonical-json.ts';
import type { DatasetId } from '../kernel/ids.ts';
import {
  auditOf,
  type Curator,
  checkVersionNumber,
  datasetToEdit,
  type Edited,
  holdHead,
  readBack,
  refuseWithdrawn,
  requireVersion,
} from './curation.ts';
import type { DatasetStatement } from './model/dataset-record.ts';
import { mergeRecords } from './model/merge-records.ts';
import {
  checkEdit,
  type EditableField,
  membersOf,
  newsOf,
  parseEdit,
  patchName,
  refuse,
  requiredFields,
  type StewardEdit,
  stewardSource,
} from './model/steward-edit.ts';
import { VocabularyIndex } from './model/vocabulary.ts';
import type { RecordTransaction } from './ports.ts';
import { rebuildRecords } from './rebuild-records.ts';

/** An edit as a client sends it. */
export interface DatasetUpdate {
  readonly id: string;
  readonly expectedVersion: number;
  readonly patch: object & { readonly reset?: readonly EditableField[] | null };
}

/**
 * Makes a steward's edit a statement of the source `steward`, which no other source overrides: a value, or null for "there is
 * none". A field that is reset is the other sources' again. What the record shows already changes nothing. The edit is seen at
 * once, in a published record, too; the published versions stay as they are.
 * @throws ConflictError when the record is no longer at the expected version, with both sides
 * @throws InvalidInputError with the fields at fault
 */
export async function updateDataset(input: DatasetUpdate, curator: Curator): Promise<Edited> {
  const { id, slug } = await datasetToEdit(input.id, curator);
  checkVersionNumber(input.expectedVersion);
  const edit = parseEdit(input.patch, 'patch');
  await curator.records.transaction(async (tx) => {
    const head = await holdHead(tx, id);
    const { record, said, sourceId } = await readRecord(tx, id, slug);
    const fields = [...Object.keys(edit.set), ...edit.reset];
    requireVersion(head, input.expectedVersion, () => ({
      fields: fields.map(patchName),
      attempted: membersOf(edit.set, Object.keys(edit.set)),
      current: membersOf(record, fields),
    }));
    refuseWithdrawn(head, 'edited');
    const vocabulary = new VocabularyIndex(await tx.vocabulary());
    checkEdit(edit, 'patch', { slug, vocabulary });
    const news = newsOf(edit.set, record, vocabulary);
    const reset = edit.reset.filter((field) => said[field] !== undefined);
    const changed = [...Object.keys(news), ...reset];
    if (changed.length > 0) {
      const kept = Object.entries(said).filter(([field]) => !(reset as readonly string[]).includes(field));
      const statement: DatasetStatement = { ...Object.fromEntries(kept), ...news };
      const hash = canonicalSha256(statement);
      await tx.saveStatements(sourceId, [{ sourceRecordId: slug, datasetId: id, statement, hash }]);
      await refuseEmptied(tx, id, edit);
      await rebuildRecords(tx, [id], { publish: false, actor: curator.principal.id ?? '', rebuild: new Set([id]) });
    }
    const facts = { changed: changed.map(patchName), reset: reset.map(patchName), editedVersion: head.version };
    await tx.audit(auditOf(curator, 'dataset.update', id, facts));
  });
  return await readBack(id, curator);
}

/** The record as folded now, and what stewards say of it so far. */
async function readRecord(tx: RecordTransaction, id: DatasetId, slug: string) {
  const source = await tx.source(stewardSource.name, stewardSource.kind);
  const statements = (await tx.statementsOf([id])).get(id) ?? [];
  const own = statements.find((item) => item.source.id === source.id && item.sourceRecordId === slug);
  return { record: mergeRecords(statements).record, said: own?.statement ?? {}, sourceId: source.id };
}

/** A required field can only be reset where a source has a word for it. */
async function refuseEmptied(tx: RecordTransaction, id: DatasetId, { reset }: StewardEdit): Promise<void> {
  const { record } = mergeRecords((await tx.statementsOf([id])).get(id) ?? []);
  const emptied = requiredFields.filter((field) => reset.includes(field) && record[field] === undefined);
  if (emptied.length === 0) return;
  refuse(
    'patch',
    emptied.map((field) => ({ path: 'reset', message: `no source says a ${field}, and a record needs one` })),
  );
}
