import { requireRole } from '../access/index.ts';
import { canonicalSha256 } from '../kernel/canonical-json.ts';
import { ConflictError, InvalidInputError } from '../kernel/errors.ts';
import { type DatasetId, datasetIdOf } from '../kernel/ids.ts';
import { auditOf, type Curator } from './curation.ts';
import { type DatasetStatement, datasetRecordSchema } from './model/dataset-record.ts';
import { statementOf } from './model/merge-records.ts';
import { sentenceOf } from './model/sentence-of.ts';
import { checkEdit, newSlugSchema, parseEdit, patchName, refuse, stewardSource } from './model/steward-edit.ts';
import type { SourceKind } from './model/terms.ts';
import { slugify, VocabularyIndex } from './model/vocabulary.ts';
import { rebuildRecords } from './rebuild-records.ts';

/** A record that a source proposes, as a steward takes it. */
export interface RecordProposal {
  readonly source: { readonly name: string; readonly kind: SourceKind };
  /** The source's own name of what it proposes. */
  readonly sourceId: string;
  /** Made of acronym or title when absent. */
  readonly slug?: string | undefined;
  /** What the source says: the fields of `mia ingest records`. */
  readonly said: Readonly<Record<string, unknown>>;
  /** What the steward says instead, as in `createDataset`. */
  readonly corrections: Readonly<Record<string, unknown>>;
}

/**
 * Makes a draft of what a source proposes. What was taken as it is stands as that source's word, what was corrected as the steward's:
 * the origin of each field tells which.
 * @throws ConflictError when the slug is taken
 * @throws InvalidInputError with what is at fault
 */
export async function draftProposal(
  proposal: RecordProposal,
  curator: Pick<Curator, 'principal' | 'requestId' | 'records'>,
): Promise<{ readonly id: DatasetId; readonly slug: string }> {
  requireRole(curator.principal, 'STEWARD');
  const { source, sourceId, said, corrections } = proposal;
  const edit = parseEdit(corrections, 'fields');
  const parsed = datasetRecordSchema.safeParse({
    ...withoutCorrected(said, edit.set),
    ...required(said, edit.set),
    sourceId,
  });
  if (!parsed.success)
    throw new InvalidInputError(
      `What the papers say is no record yet: ${sentenceOf(parsed.error)}. Correct these fields.`,
      {
        fields: parsed.error.issues.map(({ path }) => path.join('.')),
      },
    );
  const slug = newSlug(
    proposal.slug ?? slugify(edit.set.acronym ?? edit.set.title ?? parsed.data.acronym ?? parsed.data.title),
  );
  const id = datasetIdOf(slug);
  const words = Object.entries(statementOf(parsed.data, source.name)).filter(([field]) => !(field in edit.set));
  const statement: DatasetStatement = Object.fromEntries(words);
  await curator.records.transaction(async (tx) => {
    checkEdit(edit, 'fields', { slug, vocabulary: new VocabularyIndex(await tx.vocabulary()) });
    const taken = await tx.heads({ ids: [id], slugs: [slug] });
    if (taken.length > 0)
      throw new ConflictError(
        `The slug "${slug}" is taken: give another \`slug\`, or merge with the dataset that has it.`,
        { fields: ['slug'] },
      );
    await tx.createDatasets([{ id, slug }]);
    const origin = await tx.source(source.name, source.kind);
    await tx.saveStatements(origin.id, [
      { sourceRecordId: sourceId, datasetId: id, statement, hash: canonicalSha256(statement) },
    ]);
    if (Object.keys(edit.set).length > 0) {
      const steward = await tx.source(stewardSource.name, stewardSource.kind);
      await tx.saveStatements(steward.id, [
        { sourceRecordId: slug, datasetId: id, statement: edit.set, hash: canonicalSha256(edit.set) },
      ]);
    }
    await rebuildRecords(tx, [id], { publish: false, actor: curator.principal.id ?? '', rebuild: new Set([id]) });
    const facts = {
      source: source.name,
      proposed: words.map(([field]) => field),
      corrected: Object.keys(edit.set).map(patchName),
    };
    await tx.audit(auditOf(curator, 'dataset.draft', id, facts));
  });
  return { id, slug };
}

function newSlug(given: string): string {
  const slug = newSlugSchema.safeParse(given);
  if (slug.success) return slug.data;
  return refuse(
    '',
    slug.error.issues.map(({ message }) => ({ path: 'slug', message })),
  );
}

/** A field that the steward says otherwise is not the source's word. */
function withoutCorrected(said: RecordProposal['said'], set: DatasetStatement): Readonly<Record<string, unknown>> {
  const fields = (name: string): boolean => !(name in set) && !(name === 'subjectCount' && 'counts' in set);
  return Object.fromEntries(Object.entries(said).filter(([name]) => fields(name)));
}

/** What every record needs, whoever says it: the schema looks at all of them. */
function required(said: RecordProposal['said'], set: DatasetStatement): Readonly<Record<string, unknown>> {
  return { title: set.title ?? said['title'], description: set.description ?? said['description'] };
}
