import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { StartupError } from '../../kernel/errors.ts';
import type { Gazetteer, GazetteerEntry, LexiconTerm, MiningResources } from '../index.ts';

const row = z.array(z.number());
const roleModel = z.object({
  labels: z.array(z.enum(['INTRODUCES', 'DEPOSITS', 'USES', 'BACKGROUND'])),
  bias: row,
  weights: z.record(z.string(), row),
});
const cohortModel = z.object({ labels: z.array(z.enum(['YES', 'NO'])), bias: row, weights: z.record(z.string(), row) });
const triple = z.tuple([z.number(), z.number(), z.number()]);
const nameModel = z.object({ weights: z.record(z.string(), triple), steps: z.array(triple) });
const vocabularyTerm = z.object({
  iri: z.string().optional(),
  code: z.string().optional(),
  scheme: z.string(),
  label: z.string(),
  synonyms: z.array(z.string()).default([]),
});
const modalityTerm = vocabularyTerm.extend({ broader: z.string().optional() });
const knownDatasets = z.array(
  z.object({
    key: z.string(),
    title: z.string(),
    aliases: z.array(z.string()),
    acronyms: z.array(z.string()),
    identifiers: z.array(z.string()),
  }),
);
const shippedRecord = z.object({
  slug: z.string(),
  title: z.string(),
  acronym: z.string().optional(),
  alternativeTitles: z.array(z.string()).default([]),
  identifiers: z.array(z.object({ value: z.string() })).default([]),
  landingPage: z.string().optional(),
});

/**
 * The miner's weights and dictionaries as the product ships them.
 * @param folder - `data/`
 * @throws StartupError when a file is missing or not what it should be
 */
export function readMiningResources(folder: URL): MiningResources {
  return {
    role: read(new URL('mining/role-model.json', folder), roleModel),
    cohort: read(new URL('mining/cohort-model.json', folder), cohortModel),
    names: read(new URL('mining/name-model.json', folder), nameModel),
    ...readLexicons(folder),
  };
}

/** DICOM modalities whose names are ordinary words ("other", "registration") or say how images were handled, not what they show. */
const noAcquisition = new Set([
  'OT',
  'REG',
  'ANN',
  'DOC',
  'PR',
  'KO',
  'SR',
  'AU',
  'SEG',
  'PLAN',
  'FID',
  'ASMT',
  'TEXTUREMAP',
  'ANNOTATION_FILE',
]);

/** Modalities and conditions by all their names, from the catalog's vocabulary. */
export function readLexicons(folder: URL): Pick<MiningResources, 'modalities' | 'conditions'> {
  const modalities = read(new URL('vocabulary/modalities.yaml', folder), z.array(modalityTerm));
  const concepts = read(new URL('vocabulary/concepts.yaml', folder), z.array(vocabularyTerm));
  return {
    modalities: modalities
      .filter(({ code }) => code === undefined || !noAcquisition.has(code))
      .flatMap((term) => termsOf(term, term.code ?? term.label, widestOf(term, modalities))),
    conditions: concepts
      .filter(({ scheme }) => scheme === 'MESH' || scheme === 'DOID')
      .flatMap((term) => termsOf(term, term.iri ?? term.label)),
  };
}

function termsOf({ label, synonyms }: z.infer<typeof vocabularyTerm>, value: string, wider?: string): LexiconTerm[] {
  return [label, ...synonyms].map((term) => ({ term, value, label, ...(wider !== undefined && { wider }) }));
}

/** What a modality is a kind of in the end: `MR` of `RSFMRI`, by way of `FMRI`. */
function widestOf(
  term: z.infer<typeof modalityTerm>,
  all: readonly z.infer<typeof modalityTerm>[],
): string | undefined {
  let widest: string | undefined;
  for (let next = term.broader; next !== undefined && next !== widest; ) {
    widest = next;
    next = all.find(({ code }) => code === widest)?.broader;
  }
  return widest;
}

/** Well-known public datasets (`mining/known-datasets.json`), whether a catalog has them or not. */
export function readKnownDatasets(folder: URL): readonly GazetteerEntry[] {
  return read(new URL('mining/known-datasets.json', folder), knownDatasets);
}

/** Well-known public datasets and the catalog's shipped records; a record overrules its namesake. */
export function readShippedGazetteer(folder: URL): Gazetteer {
  const records = shippedEntries(folder);
  const known = readKnownDatasets(folder);
  const own = new Map(records.map((record) => [record.key, record]));
  const merged = known.map((entry) => {
    const record = own.get(entry.key);
    if (record === undefined) return entry;
    own.delete(entry.key);
    return {
      ...record,
      aliases: [entry.title, ...entry.aliases, ...record.aliases],
      acronyms: [...new Set([...entry.acronyms, ...record.acronyms])],
      identifiers: [...new Set([...entry.identifiers, ...record.identifiers])],
    };
  });
  return { entries: [...merged, ...own.values()] };
}

function shippedEntries(folder: URL): GazetteerEntry[] {
  const records = new URL('datasets/', folder);
  const files = readdirSync(records).filter((file) => file.endsWith('.yaml'));
  return files.sort().map((file) => {
    const { slug, title, acronym, alternativeTitles, identifiers, landingPage } = read(
      new URL(file, records),
      shippedRecord,
    );
    return {
      key: slug,
      title,
      aliases: alternativeTitles,
      acronyms: acronym === undefined ? [] : [acronym],
      identifiers: [...identifiers.map(({ value }) => value), ...(landingPage === undefined ? [] : [landingPage])],
    };
  });
}

function read<Schema extends z.ZodType>(file: URL, schema: Schema): z.infer<Schema> {
  if (!existsSync(file))
    throw new StartupError(`${file.pathname} is missing: the miner's data came incomplete; restore the folder data/.`);
  const text = readFileSync(file, 'utf8');
  const parsed = schema.safeParse(file.pathname.endsWith('.json') ? JSON.parse(text) : parse(text));
  if (parsed.success) return parsed.data;
  throw new StartupError(`${file.pathname} is not what the miner reads: ${z.prettifyError(parsed.error)}`);
}
