import { type Dataset, draftProposal } from '../catalog/index.ts';
import { canonicalJson } from '../kernel/canonical-json.ts';
import { InvalidInputError } from '../kernel/errors.ts';
import type { DatasetId } from '../kernel/ids.ts';
import { proposedRecord, recordValue } from './candidate-record.ts';
import { type DecidedOn, type Deciding, decideCandidate } from './decide-candidate.ts';
import { type Candidate, type ProposedField, type ProposedFieldName, proposedFieldNames } from './discovery-model.ts';
import type { ArticleReader } from './ports.ts';
import type { Article } from './stored-article.ts';

/** A field as a steward takes it: as proposed where no value is given. */
export interface AcceptedField {
  readonly name: string;
  readonly value?: unknown;
}

/** What taking a candidate needs. */
export interface Accepting extends Deciding {
  readonly articles: ArticleReader;
  /** The dataset as the steward may see it. */
  readonly readBack: (id: DatasetId) => Promise<Dataset>;
}

/** The source under which the words of papers stand; the name of each record in it is its candidate. */
const papers = { name: 'papers', kind: 'PAPER' } as const;
/** Papers that the record lists: those that introduce or deposit the dataset, else the one that tells most. */
const mostPublications = 5;

/**
 * Makes a draft of a candidate, field by field: what is taken as proposed is the papers' word, with its spans kept; what is said
 * otherwise is the steward's. Without `fields` all is taken.
 * @throws ConflictError when it was decided already, or its slug is taken
 * @throws InvalidInputError with what is at fault
 */
export async function acceptCandidate(
  input: DecidedOn & { readonly slug?: string | undefined; readonly fields?: readonly AcceptedField[] | undefined },
  accepting: Accepting,
): Promise<{ readonly dataset: Dataset }> {
  const { principal, requestId, articles } = accepting;
  const id = await decideCandidate(input, accepting, async ({ candidate, records, decide, audit }, decidedBy) => {
    const { taken, corrected } = chooseFields(candidate, input.fields);
    const sources = await articles.byIds([
      ...new Set(taken.flatMap(({ evidence }) => evidence.map(({ articleId }) => articleId))),
    ]);
    const said = { ...proposedRecord(taken, sources), publications: publicationsOf(taken, sources) };
    const corrections = Object.fromEntries(corrected.flatMap(({ name, value }) => recordValue(name, value)));
    const draft = await draftProposal(
      { source: papers, sourceId: candidate.id, slug: input.slug, said, corrections },
      { principal, requestId, records },
    );
    const detail = { accepted: taken.map(({ name }) => name), corrected, left: leftOut(candidate, input.fields) };
    await decide({ state: 'ACCEPTED', datasetId: draft.id, reason: undefined, decidedBy, detail });
    await audit({
      actor: decidedBy,
      action: 'candidate.accept',
      object: { kind: 'DatasetCandidate', id: candidate.id },
      outcome: 'DONE',
      requestId,
      facts: {
        dataset: draft.id,
        slug: draft.slug,
        accepted: detail.accepted,
        corrected: corrected.map(({ name }) => name),
      },
    });
    return draft.id;
  });
  return { dataset: await accepting.readBack(id) };
}

interface Correction {
  readonly name: ProposedFieldName;
  readonly value: unknown;
}

function chooseFields(
  { fields }: Candidate,
  chosen: readonly AcceptedField[] | undefined,
): { readonly taken: readonly ProposedField[]; readonly corrected: readonly Correction[] } {
  if (chosen === undefined) return { taken: fields, corrected: [] };
  const proposed = new Map(fields.map((field) => [field.name, field]));
  const taken: ProposedField[] = [];
  const corrected: Correction[] = [];
  const names = new Set<string>();
  for (const [index, { name: given, value }] of chosen.entries()) {
    const name = proposedFieldNames.find((each) => each === given);
    if (name === undefined || names.has(given))
      throw new InvalidInputError(
        name === undefined
          ? `fields.${index}.name: is none of ${proposedFieldNames.join(', ')}.`
          : `fields.${index}.name: "${given}" is given twice.`,
        { fields: [`fields.${index}.name`] },
      );
    names.add(name);
    const field = proposed.get(name);
    const asProposed = value === undefined || value === null || isSame(value, field?.value);
    if (asProposed && field === undefined)
      throw new InvalidInputError(`fields.${index}: no paper says a ${name}: give its \`value\`.`, {
        fields: [`fields.${index}.value`],
      });
    if (asProposed && field !== undefined) taken.push(field);
    else corrected.push({ name, value });
  }
  // A record is nothing without these: what the papers say stands unless the steward says otherwise.
  for (const name of ['title', 'description'] as const) {
    const field = proposed.get(name);
    if (!names.has(name) && field !== undefined) taken.push(field);
  }
  return { taken, corrected };
}

function isSame(value: unknown, proposed: unknown): boolean {
  return proposed !== undefined && canonicalJson(value) === canonicalJson(proposed);
}

function leftOut({ fields }: Candidate, chosen: readonly AcceptedField[] | undefined): readonly string[] {
  if (chosen === undefined) return [];
  const names = new Set(['title', 'description', ...chosen.map(({ name }) => name)]);
  return fields.map(({ name }) => name).filter((name) => !names.has(name));
}

/** The papers that say it, for the record's list of publications. */
function publicationsOf(
  fields: readonly ProposedField[],
  articles: ReadonlyMap<string, Article>,
): readonly Readonly<Record<string, unknown>>[] {
  const describing = fields.find(({ name }) => name === 'description') ?? fields[0];
  const ids = new Set(
    [...(describing?.evidence ?? []), ...fields.flatMap(({ evidence }) => evidence)].map(({ articleId }) => articleId),
  );
  return [...ids].slice(0, mostPublications).flatMap((id) => {
    const article = articles.get(id);
    return article === undefined ? [] : [publicationOf(article, 'DESCRIBES')];
  });
}

/** An article as a record lists it. */
export function publicationOf(
  { title, doi, pmid, pmcid, year }: Article,
  role: 'DESCRIBES' | 'USES',
): Readonly<Record<string, unknown>> {
  return {
    role,
    title: title.slice(0, 500),
    ...(doi !== undefined && /^10\.\d{4,9}\/\S+$/.test(doi) && { doi }),
    ...(pmid !== undefined && { pmid }),
    ...(doi === undefined && pmcid !== undefined && { url: `https://www.ncbi.nlm.nih.gov/pmc/articles/${pmcid}/` }),
    ...(year !== undefined && { year }),
  };
}
