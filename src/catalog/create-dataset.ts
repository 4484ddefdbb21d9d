import { requireRole } from '../access/index.ts';
import { canonicalSha256 } from '../kernel/canonical-json.ts';
import { ConflictError } from '../kernel/errors.ts';
import { datasetIdOf } from '../kernel/ids.ts';
import { auditOf, type Curator, type Edited, readBack } from './curation.ts';
import { checkEdit, newSlugSchema, parseEdit, patchName, refuse, stewardSource } from './model/steward-edit.ts';
import { VocabularyIndex } from './model/vocabulary.ts';
import { rebuildRecords } from './rebuild-records.ts';

/**
 * Makes a draft that stands on its steward's word alone. A source that describes the same slug later adds what the steward did not
 * say. Without an access class it is RESTRICTED: nothing is opened by an omission.
 * @throws ConflictError when the slug is taken, be it by a withdrawn dataset
 * @throws InvalidInputError with the fields at fault
 */
export async function createDataset(input: { readonly slug: string }, curator: Curator): Promise<Edited> {
  requireRole(curator.principal, 'STEWARD');
  const { slug: given, ...fields } = input;
  const slug = newSlugSchema.safeParse(given);
  if (!slug.success)
    refuse(
      '',
      slug.error.issues.map(({ message }) => ({ path: 'slug', message })),
    );
  // Nothing is there to be cleared: null is the same as absent.
  const said = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
  const edit = parseEdit(said, '');
  const id = datasetIdOf(slug.data);
  await curator.records.transaction(async (tx) => {
    checkEdit(edit, '', { slug: slug.data, vocabulary: new VocabularyIndex(await tx.vocabulary()) });
    const taken = await tx.heads({ ids: [id], slugs: [slug.data] });
    if (taken.length > 0)
      throw new ConflictError(`The slug "${slug.data}" is taken: a slug is never given twice. Choose another one.`, {
        fields: ['slug'],
      });
    const source = await tx.source(stewardSource.name, stewardSource.kind);
    await tx.createDatasets([{ id, slug: slug.data }]);
    await tx.saveStatements(source.id, [
      { sourceRecordId: slug.data, datasetId: id, statement: edit.set, hash: canonicalSha256(edit.set) },
    ]);
    await rebuildRecords(tx, [id], { publish: false, actor: curator.principal.id ?? '', rebuild: new Set([id]) });
    await tx.audit(auditOf(curator, 'dataset.create', id, { changed: Object.keys(edit.set).map(patchName) }));
  });
  return await readBack(id, curator);
}
