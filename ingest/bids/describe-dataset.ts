import { z } from 'zod';

/** A text or a list of texts; anything else in its place is left out. */
const texts = z
  .union([z.array(z.unknown()), z.unknown().transform((value) => [value])])
  .transform((list) => list.filter((item) => typeof item === 'string').map((item) => item.trim()))
  .transform((list) => list.filter((item) => item !== ''));
const text = z
  .unknown()
  .transform((value) => (typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined));

/** `dataset_description.json` (BIDS 1.10, "Dataset description"), as far as a record needs it. */
const descriptionSchema = z.object({
  Name: text.optional(),
  BIDSVersion: text.optional(),
  License: text.optional(),
  Authors: texts.optional(),
  DatasetDOI: text.optional(),
  ReferencesAndLinks: texts.optional(),
});

/** What is known of a folder beside its description. */
export interface FolderFacts {
  readonly slug: string;
  readonly folderName: string;
  /** The README, where it says anything. */
  readonly readme: string | undefined;
  readonly subjects: number;
  readonly modalities: readonly string[];
}

/** Most characters of a README that become the description. */
const longestReadme = 4_000;

/** The name a description gives, if any. */
export function nameOf(description: Readonly<Record<string, unknown>>): string | undefined {
  return descriptionSchema.parse(description).Name;
}

/** A dataset record, as `mia ingest records` takes it, from a BIDS description. */
export function describeDataset(description: Readonly<Record<string, unknown>>, facts: FolderFacts): unknown {
  const {
    Name,
    BIDSVersion,
    License,
    Authors = [],
    DatasetDOI,
    ReferencesAndLinks = [],
  } = descriptionSchema.parse(description);
  const title = Name ?? facts.folderName;
  const doi = doiIn(DatasetDOI ?? '');
  const accessClass = accessClassOf(License ?? '');
  return {
    sourceId: facts.slug,
    slug: facts.slug,
    title: title.slice(0, 500),
    description:
      facts.readme?.trim().slice(0, longestReadme) ??
      `${title}: a dataset in the Brain Imaging Data Structure with ${facts.subjects} participants.`,
    keywords: ['BIDS', ...(BIDSVersion === undefined ? [] : [`BIDS ${BIDSVersion}`])],
    ...(facts.modalities.length > 0 && { modalities: facts.modalities }),
    ...(License !== undefined && { license: License.slice(0, 500) }),
    ...(accessClass !== undefined && { accessClass }),
    creators: Authors.slice(0, 500).map((name) => ({ name: name.slice(0, 500), kind: 'PERSON' })),
    identifiers: doi === undefined ? [] : [{ scheme: 'DOI', value: doi, iri: `https://doi.org/${doi}` }],
    publications: ReferencesAndLinks.map(publicationOf),
  };
}

function publicationOf(reference: string): unknown {
  const doi = doiIn(reference);
  const url = /https?:\/\/[^\s<>"]+/.exec(reference)?.[0];
  return {
    role: 'DESCRIBES',
    citation: reference.slice(0, 2_000),
    ...(doi !== undefined && { doi }),
    ...(doi === undefined && url !== undefined && { url }),
  };
}

/** A bare DOI, whatever is written around it. */
function doiIn(written: string): string | undefined {
  return /10\.\d{4,9}\/[^\s"<>]+/.exec(written)?.[0].replace(/[.,;)\]]+$/, '');
}

/** Only licences that say it themselves open a dataset; any other leaves access to be decided. */
function accessClassOf(license: string): 'OPEN' | 'OPEN_NON_COMMERCIAL' | undefined {
  const name = license.toUpperCase().replaceAll(/[\s_-]+/g, '-');
  if (/^CC-?BY.*-NC/.test(name)) return 'OPEN_NON_COMMERCIAL';
  return /^(?:CC-?0|PDDL|PD$|CC-?BY|PUBLIC-DOMAIN)/.test(name) ? 'OPEN' : undefined;
}
