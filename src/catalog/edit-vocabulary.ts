import { z } from 'zod';
import { type AuditEntry, requireRole, requireSignedIn } from '../access/index.ts';
import { ConflictError, NotFoundError } from '../kernel/errors.ts';
import { naturalId } from '../kernel/ids.ts';
import { type Curator, checkVersionNumber } from './curation.ts';
import { pathOfCycle } from './model/broader-path.ts';
import { refuse } from './model/steward-edit.ts';
import { isStorable } from './model/storable-text.ts';
import { type Concept, slugify, type Vocabulary, VocabularyIndex } from './model/vocabulary.ts';
import type { RecordTransaction } from './ports.ts';
import { rebuildRecords } from './rebuild-records.ts';

const text = z
  .string()
  .refine(isStorable, 'must be well-formed text without U+0000')
  .trim()
  .min(1, 'must not be empty')
  .max(500);
const iri = text.regex(/^[a-z][a-z0-9+.-]*:\S+$/i, 'must be an absolute IRI');
const many = <T extends z.ZodType>(item: T): z.ZodArray<T> => z.array(item).max(200);
const fields = {
  code: text.nullable(),
  label: text,
  synonyms: many(text),
  exactMatches: many(iri),
  broader: many(iri),
};
const patchSchema = z.strictObject(fields).partial();
const newSchema = patchSchema.extend({ label: text, scheme: text, iri: iri.optional() });

/** What a steward changes of a term; what is absent stays. */
export type ConceptPatch = z.infer<typeof patchSchema>;

/** What came of a change of the vocabulary. */
export interface VocabularyEdit {
  /** The term as it is now; of one that was retired, the term that took over. */
  readonly concept: Concept | null;
  /** How many datasets the search index makes anew because of it. */
  readonly datasetsConcerned: number;
}

/** Datasets that are named in a refusal. */
const mostNamed = 20;

/**
 * Makes a term, or brings one back that was retired.
 * @throws ConflictError for an IRI or label that is taken, InvalidInputError with the fields at fault
 */
export async function addConcept(input: object, curator: Curator): Promise<VocabularyEdit> {
  requireCatalogSteward(curator);
  const given = parse(newSchema, withoutNulls(input), '');
  const address = given.iri ?? `urn:mia:concept:${slugify(given.label)}`;
  return await curator.records.transaction(async (tx) => {
    const vocabulary = await tx.vocabulary();
    if (vocabulary.concepts.some((concept) => concept.iri === address))
      throw new ConflictError(`There is a term ${address}: edit that one, or give another \`iri\`.`, {
        fields: ['iri'],
      });
    const { scheme, code, label, synonyms = [], exactMatches = [], broader = [] } = given;
    const id = naturalId('concept', address);
    const retired = await tx.retiredVersion(id);
    const concept: Concept = {
      id,
      iri: address,
      scheme,
      ...(typeof code === 'string' && { code }),
      label,
      synonyms: namesBeside(label, synonyms),
      exactMatches: [...new Set(exactMatches)],
      broader: [...new Set(broader)],
      version: (retired ?? 0) + 1,
      edited: true,
    };
    return await store({ tx, curator, vocabulary, before: undefined, after: concept, action: 'concept.add' });
  });
}

/**
 * Changes what is given of a term; the shipped vocabulary leaves it alone from then on.
 * @throws NotFoundError for a term that is not there, ConflictError for another version or a label that is taken
 * @throws InvalidInputError with the fields at fault, or the path where a broader term is a narrower one
 */
export async function editConcept(
  input: { readonly iri: string; readonly expectedVersion: number; readonly patch: object },
  curator: Curator,
): Promise<VocabularyEdit> {
  requireCatalogSteward(curator);
  checkVersionNumber(input.expectedVersion);
  const patch = parse(patchSchema, absentNulls(input.patch), 'patch');
  return await curator.records.transaction(async (tx) => {
    const vocabulary = await tx.vocabulary();
    const before = termOf(vocabulary, input.iri);
    requireTermVersion(before, input.expectedVersion);
    const { code, ...rest } = before;
    const newCode = patch.code === undefined ? code : (patch.code ?? undefined);
    const label = patch.label ?? before.label;
    const after: Concept = {
      ...rest,
      ...(newCode !== undefined && { code: newCode }),
      label,
      synonyms: namesBeside(label, patch.synonyms ?? before.synonyms),
      exactMatches: [...new Set(patch.exactMatches ?? before.exactMatches)],
      broader: [...new Set(patch.broader ?? before.broader)],
      version: input.expectedVersion + 1,
      edited: true,
    };
    const facts = { changed: Object.keys(patch) };
    return await store({ tx, curator, vocabulary, before, after, action: 'concept.edit', facts });
  });
}

/**
 * Takes a term out of use. Where another takes over, it gets the names, the narrower terms and the datasets.
 * @throws ConflictError for another version, and where datasets have the term and none takes over, with their slugs
 */
export async function retireConcept(
  input: { readonly iri: string; readonly expectedVersion: number; readonly replacedBy?: string | null },
  curator: Curator,
): Promise<VocabularyEdit> {
  requireCatalogSteward(curator);
  checkVersionNumber(input.expectedVersion);
  return await curator.records.transaction(async (tx) => {
    const vocabulary = await tx.vocabulary();
    const before = termOf(vocabulary, input.iri);
    requireTermVersion(before, input.expectedVersion);
    const heir = typeof input.replacedBy === 'string' ? termOf(vocabulary, input.replacedBy, 'replacedBy') : undefined;
    if (heir?.id === before.id) refuse('', [{ path: 'replacedBy', message: 'is the term itself' }]);
    const users = await tx.datasetsOf([before.id]);
    if (heir === undefined && users.length > 0)
      throw new ConflictError(
        `${users.length} datasets have the term "${before.label}": name the term that takes over in \`replacedBy\`, or take it from them first.`,
        { datasets: users.slice(0, mostNamed).map(({ slug }) => slug), count: users.length },
      );
    const concerned = await concernedBy(tx, vocabulary, [before]);
    await tx.retireConcept(before.id, heir?.id);
    const facts = { iri: before.iri, replacedBy: heir?.iri };
    if (heir !== undefined) await inherit(tx, { vocabulary, before, heir });
    const ids = users.map(({ id }) => id);
    await rebuildRecords(tx, ids, { publish: false, actor: curator.principal.id ?? '', rebuild: new Set(ids) });
    const later = await tx.vocabulary();
    const now = later.concepts.find(({ id }) => id === heir?.id);
    // Whoever had the heir is found by more names now.
    const all = [...concerned, ...(now === undefined ? [] : await concernedBy(tx, later, [now]))];
    const used = new Set(ids);
    await announce(
      tx,
      all.filter(({ id }) => !used.has(id)),
    );
    await tx.audit(auditOf(curator, 'concept.retire', before.id, facts));
    return { concept: now ?? null, datasetsConcerned: new Set([...used, ...all.map(({ id }) => id)]).size };
  });
}

async function inherit(
  tx: RecordTransaction,
  { vocabulary, before, heir }: { readonly vocabulary: Vocabulary; readonly before: Concept; readonly heir: Concept },
): Promise<void> {
  const names = namesBeside(heir.label, [...heir.synonyms, before.label, ...before.synonyms]);
  const exactMatches = [...new Set([...heir.exactMatches, before.iri, ...before.exactMatches])];
  // A term that takes over from one that was broader must not become broader than itself.
  const broader = heir.broader.filter((address) => address !== before.iri);
  const { version = 1 } = heir;
  await tx.saveConcept({ ...heir, synonyms: names, exactMatches, broader, version: version + 1, edited: true });
  const narrower = vocabulary.concepts.filter((concept) => concept.broader.includes(before.iri));
  for (const concept of narrower) {
    const wider = [...new Set(concept.broader.map((address) => (address === before.iri ? heir.iri : address)))];
    const moved = { ...concept, broader: wider.filter((address) => address !== concept.iri) };
    const without = vocabulary.concepts.filter(({ id }) => id !== before.id);
    if (concept.id !== heir.id && pathOfCycle(without, moved) === undefined) await tx.saveBroader(moved);
  }
}

async function store(change: {
  readonly tx: RecordTransaction;
  readonly curator: Curator;
  readonly vocabulary: Vocabulary;
  readonly before: Concept | undefined;
  readonly after: Concept;
  readonly action: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}): Promise<VocabularyEdit> {
  const { tx, curator, vocabulary, before, after, action, facts = {} } = change;
  checkTerm(vocabulary, after);
  await tx.saveConcept(after);
  const later = await tx.vocabulary();
  const concerned = new Map(
    [
      ...(before === undefined ? [] : await concernedBy(tx, vocabulary, [before])),
      ...(await concernedBy(tx, later, [after])),
    ].map((head) => [head.id, head]),
  );
  await announce(tx, [...concerned.values()]);
  await tx.audit(auditOf(curator, action, after.id, { iri: after.iri, ...facts }));
  return { concept: later.concepts.find(({ id }) => id === after.id) ?? null, datasetsConcerned: concerned.size };
}

function checkTerm(vocabulary: Vocabulary, concept: Concept): void {
  const others = vocabulary.concepts.filter(({ id }) => id !== concept.id);
  const same = new VocabularyIndex({ concepts: others, modalities: [], licenses: [] }).findConcept(concept.label);
  if (same?.label.toLowerCase() === concept.label.toLowerCase())
    throw new ConflictError(`The term ${same.iri} is labelled "${same.label}": give another label, or edit that one.`, {
      fields: ['label'],
    });
  const known = new Set(others.map((other) => other.iri));
  const unknown = concept.broader.filter((address) => address !== concept.iri && !known.has(address));
  if (unknown.length > 0)
    refuse(
      '',
      unknown.map((address) => ({ path: 'broader', message: `${address} is no term of this vocabulary` })),
    );
  const path = pathOfCycle(others, concept);
  if (path !== undefined)
    refuse('', [{ path: 'broader', message: `would make the term broader than itself: ${path.join(' → ')}` }]);
}

/** Datasets that have one of some terms or a narrower one, and those whose prose names one of them. */
async function concernedBy(tx: RecordTransaction, { concepts }: Vocabulary, changed: readonly Concept[]) {
  const ids = new Set(changed.map(({ iri: address }) => address));
  for (const address of ids)
    for (const concept of concepts) if (concept.broader.includes(address)) ids.add(concept.iri);
  const terms = concepts.filter((concept) => ids.has(concept.iri));
  const names = changed.flatMap(({ label, synonyms }) => [label, ...synonyms]);
  return [...(await tx.datasetsOf([...changed, ...terms].map(({ id }) => id))), ...(await tx.datasetsNaming(names))];
}

async function announce(
  tx: RecordTransaction,
  heads: Awaited<ReturnType<RecordTransaction['datasetsOf']>>,
): Promise<void> {
  const once = new Map(heads.map((head) => [head.id, head]));
  await tx.appendEvents(
    [...once.values()].map(({ id, slug }) => ({ datasetId: id, type: 'TERMS_CHANGED', payload: { slug } })),
  );
}

function termOf({ concepts }: Vocabulary, address: string, field = 'iri'): Concept {
  const found = concepts.find((concept) => concept.iri === address);
  if (found !== undefined) return found;
  throw new NotFoundError(`No term of the vocabulary has this IRI: \`${field}\` is the \`iri\` of a term.`, {
    fields: [field],
  });
}

function requireTermVersion({ label, version = 1 }: Concept, expectedVersion: number): void {
  if (version === expectedVersion) return;
  throw new ConflictError(
    `The term "${label}" was changed meanwhile: you saw version ${expectedVersion}, it is at version ${version}. Read it again and repeat the edit.`,
    { expectedVersion, currentVersion: version },
  );
}

function requireCatalogSteward({ principal }: Curator): void {
  requireSignedIn(principal, 'STEWARD');
  requireRole(principal, 'STEWARD');
}

/** Other names than the label, each once. */
function namesBeside(label: string, names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => name !== label);
}

function parse<T>(schema: z.ZodType<T>, value: unknown, at: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  return refuse(
    at,
    parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
  );
}

/** Null is the same as absent, but for a code, of which there may be none. */
function absentNulls(patch: object): object {
  return Object.fromEntries(Object.entries(patch).filter(([name, value]) => value !== null || name === 'code'));
}

function withoutNulls(input: object): object {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}

function auditOf(
  { principal, requestId }: Curator,
  action: string,
  id: string,
  facts: Readonly<Record<string, unknown>>,
): AuditEntry {
  return { actor: principal.id, action, object: { kind: 'Concept', id }, outcome: 'DONE', requestId, facts };
}
