import { naturalId } from '../../kernel/ids.ts';
import type { MergedRecord } from './merge-records.ts';
import type { Concept, License, Modality, VocabularyIndex } from './vocabulary.ts';

/** A person or organisation, as stored. */
export interface AgentRow {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly iri: string | null;
  readonly homepage: string | null;
}

/** A merged record laid out for storage: every reference resolved, nothing nested. */
export interface DatasetProjection {
  readonly fields: {
    readonly title: string;
    readonly acronym: string | null;
    readonly alternativeTitles: readonly string[];
    readonly description: string;
    readonly keywords: readonly string[];
    readonly accessClass: string;
    readonly accessNote: string | null;
    readonly accessUrl: string | null;
    readonly dataUseTerms: readonly string[];
    readonly licenseId: string | null;
    readonly publisherId: string | null;
    readonly landingPage: string | null;
    readonly issuedYear: number | null;
    readonly species: string | null;
    readonly simulated: boolean;
    readonly unconfirmed: readonly { readonly field: string; readonly statement: string }[];
    /** The statement marked as headline, else null. */
    readonly headlineSubjects: number | null;
    /** The first SUBJECTS statement that is not marked, else null. */
    readonly statedSubjects: number | null;
  };
  readonly agents: readonly AgentRow[];
  readonly creators: readonly { readonly agentId: string }[];
  readonly concepts: readonly { readonly role: 'CONDITION' | 'BODY_PART'; readonly concept: Concept }[];
  readonly modalities: readonly Modality[];
  readonly licenses: readonly License[];
  readonly identifiers: readonly { readonly scheme: string; readonly value: string; readonly iri: string | null }[];
  readonly distributions: readonly DistributionRow[];
  readonly publications: readonly (PublicationRow & { readonly role: string })[];
  readonly relations: readonly {
    readonly type: string;
    readonly targetSlug: string | null;
    readonly targetIri: string | null;
    readonly label: string | null;
  }[];
  readonly counts: readonly CountRow[];
}

/** A distribution, as stored. */
export interface DistributionRow {
  readonly title: string;
  readonly description: string | null;
  readonly accessUrl: string;
  readonly downloadUrl: string | null;
  readonly mediaType: string | null;
  readonly format: string | null;
  readonly byteSize: number | null;
  readonly licenseId: string | null;
  readonly accessNote: string | null;
}

/** A publication, as stored: one row however many datasets list it. */
export interface PublicationRow {
  readonly id: string;
  readonly doi: string | null;
  readonly pmid: string | null;
  readonly title: string | null;
  readonly citation: string | null;
  readonly url: string | null;
  readonly year: number | null;
}

/** A stated number, as stored. */
export interface CountRow {
  readonly measure: string;
  readonly value: number;
  readonly qualifier: string;
  readonly unit: string | null;
  readonly asOf: string | null;
  readonly source: string;
  readonly note: string | null;
  readonly confirmed: boolean;
  readonly headline: boolean;
}

/**
 * Lays a merged record out for storage. Names are looked up in the vocabulary; unknown ones become local terms.
 * A record without an access class is RESTRICTED: nothing is opened by an omission.
 */
export function projectRecord(record: MergedRecord, vocabulary: VocabularyIndex): DatasetProjection {
  const license = record.license === undefined ? undefined : vocabulary.license(record.license);
  const distributions = (record.distributions ?? []).map((part) => ({
    part,
    license: part.license === undefined ? undefined : vocabulary.license(part.license),
  }));
  const publisher = record.publisher === undefined ? undefined : agentRow(record.publisher);
  const creators = uniqueBy((record.creators ?? []).map(agentRow), (agent) => agent.id);
  const counts = (record.counts ?? []).map(countRow);
  const subjects = counts.filter((count) => count.measure === 'SUBJECTS');
  return {
    fields: {
      title: record.title ?? '',
      acronym: record.acronym ?? null,
      alternativeTitles: record.alternativeTitles ?? [],
      description: record.description ?? '',
      keywords: [...new Set(record.keywords ?? [])],
      accessClass: record.accessClass ?? 'RESTRICTED',
      accessNote: record.accessNote ?? null,
      accessUrl: record.accessUrl ?? null,
      dataUseTerms: [...new Set(record.dataUseTerms ?? [])],
      licenseId: license?.id ?? null,
      publisherId: publisher?.id ?? null,
      landingPage: record.url ?? null,
      issuedYear: record.year ?? null,
      species: record.species ?? null,
      simulated: record.simulated ?? false,
      unconfirmed: record.unconfirmed ?? [],
      headlineSubjects: subjects.find((count) => count.headline)?.value ?? null,
      statedSubjects: subjects[0]?.value ?? null,
    },
    agents: uniqueBy([...(publisher === undefined ? [] : [publisher]), ...creators], (agent) => agent.id),
    creators: creators.map((agent) => ({ agentId: agent.id })),
    concepts: [
      ...conceptsOf('CONDITION', record.conditions, vocabulary),
      ...conceptsOf('BODY_PART', record.bodyParts, vocabulary),
    ],
    modalities: uniqueBy(
      (record.modalities ?? []).map((name) => vocabulary.modality(name)),
      (modality) => modality.code,
    ),
    licenses: uniqueBy(
      [license, ...distributions.map((item) => item.license)].filter((item) => item !== undefined),
      (item) => item.id,
    ),
    identifiers: uniqueBy((record.identifiers ?? []).map(identifierRow), (item) => `${item.scheme} ${item.value}`),
    distributions: distributions.map(({ part, license: own }) => ({
      title: part.title,
      description: part.description ?? null,
      accessUrl: part.accessUrl,
      downloadUrl: part.downloadUrl ?? null,
      mediaType: part.mediaType ?? null,
      format: part.format ?? null,
      byteSize: part.byteSize ?? null,
      licenseId: own?.id ?? null,
      accessNote: part.accessNote ?? null,
    })),
    publications: uniqueBy((record.publications ?? []).map(publicationRow), (item) => item.id),
    relations: (record.relations ?? []).map((relation) => ({
      type: relation.type,
      targetSlug: relation.dataset ?? null,
      targetIri: relation.iri ?? null,
      label: relation.label ?? null,
    })),
    counts,
  };
}

function conceptsOf(
  role: 'CONDITION' | 'BODY_PART',
  references: MergedRecord['conditions'],
  vocabulary: VocabularyIndex,
): DatasetProjection['concepts'] {
  const concepts = (references ?? []).map((reference) => vocabulary.concept(reference));
  return uniqueBy(concepts, (concept) => concept.iri).map((concept) => ({ role, concept }));
}

function agentRow(agent: NonNullable<MergedRecord['publisher']>): AgentRow {
  const id = naturalId('agent', agent.kind, agent.iri ?? agent.name);
  return { id, kind: agent.kind, name: agent.name, iri: agent.iri ?? null, homepage: agent.homepage ?? null };
}

function countRow(count: NonNullable<MergedRecord['counts']>[number]): CountRow {
  const { measure, value, qualifier, source, confirmed, headline } = count;
  return {
    measure,
    value,
    qualifier,
    unit: count.unit ?? null,
    asOf: count.asOf ?? null,
    source,
    note: count.note ?? null,
    confirmed,
    headline,
  };
}

function publicationRow(
  publication: NonNullable<MergedRecord['publications']>[number],
): PublicationRow & { readonly role: string } {
  const { doi, pmid, title, citation, url, year, role } = publication;
  const key = doi?.toLowerCase() ?? (pmid === undefined ? (url ?? citation ?? title ?? '') : `pmid:${pmid}`);
  return {
    id: naturalId('publication', key),
    doi: doi ?? null,
    pmid: pmid ?? null,
    title: title ?? null,
    citation: citation ?? null,
    url: url ?? null,
    year: year ?? null,
    role,
  };
}

/** A bare string is recognised as a DOI, a web address, or kept with scheme OTHER. */
function identifierRow(
  identifier: NonNullable<MergedRecord['identifiers']>[number],
): DatasetProjection['identifiers'][number] {
  if (typeof identifier !== 'string')
    return {
      scheme: identifier.scheme,
      value: identifier.value,
      iri: identifier.iri ?? (identifier.scheme.toUpperCase() === 'DOI' ? `https://doi.org/${identifier.value}` : null),
    };
  const doi = /^(?:https?:\/\/(?:dx\.)?doi\.org\/|doi:\s*)?(10\.\d{4,9}\/\S+)$/i.exec(identifier)?.[1];
  if (doi !== undefined) return { scheme: 'DOI', value: doi, iri: `https://doi.org/${doi}` };
  if (/^https?:\/\/\S+$/i.test(identifier)) return { scheme: 'URL', value: identifier, iri: identifier };
  const curie = /^([A-Za-z][\w.]{1,30}):(\S+)$/.exec(identifier);
  if (curie?.[1] !== undefined && curie[2] !== undefined)
    return { scheme: curie[1].toUpperCase(), value: curie[2], iri: null };
  return { scheme: 'OTHER', value: identifier, iri: null };
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.toReversed().map((item) => [key(item), item])).values()].toReversed();
}
