import type { MirrorProject } from '../../src/harvest/index.ts';
import type { ProjectDetail } from './project-detail.ts';

/** A project that feeds a dataset. */
export interface RecordPart {
  readonly project: Pick<MirrorProject, 'id' | 'accessibility' | 'readable'>;
  readonly detail: ProjectDetail;
}

/** A server as records name it. */
export interface RecordSource {
  readonly name: string;
  readonly url: string;
}

/**
 * What a server says of a dataset: its projects' texts, people, keywords, publications and files, and the strictest of their access
 * levels. Of a project that is private, or that can be read no more, nothing is said but that: what it said before is taken back.
 * @param slug - the dataset it feeds by the mapping; absent for a dataset of its own
 */
export function mapRecord(
  source: RecordSource,
  sourceId: string,
  parts: readonly RecordPart[],
  slug: string | undefined,
): Readonly<Record<string, unknown>> {
  const open = parts.filter(({ project }) => project.accessibility !== 'private');
  const said = open.length > 0 ? open : parts.slice(0, 1);
  const [first] = said;
  const restricted = parts.some(({ project }) => project.accessibility !== 'public' || !project.readable);
  const base = {
    sourceId,
    ...(slug !== undefined && { slug }),
    title: plain(first?.detail.name) ?? first?.project.id ?? sourceId,
    description:
      said.flatMap(({ detail }) => plain(detail.description) ?? []).join('\n\n') ||
      `Project ${said.map(({ project }) => project.id).join(', ')} of the XNAT server ${source.name}; it has no description there.`,
    accessClass: restricted ? 'RESTRICTED' : 'OPEN',
  };
  if (open.length === 0) return base;
  return { ...base, ...furtherFields(source, open) };
}

function furtherFields(source: RecordSource, parts: readonly RecordPart[]): Readonly<Record<string, unknown>> {
  const details = parts.map(({ detail }) => detail);
  const keywords = unique(
    details.flatMap((detail) => detail.keywords.flatMap((word) => plain(word)?.slice(0, 500) ?? [])),
  );
  const creators = unique(
    details.flatMap((detail) =>
      detail.people.flatMap(({ firstname, lastname }) => plain([firstname, lastname].filter(Boolean).join(' ')) ?? []),
    ),
  ).map((name) => ({ name: name.slice(0, 500), kind: 'PERSON' }));
  const publications = details.flatMap((detail) => detail.publications.flatMap(publicationOf));
  const distributions = parts.flatMap((part) =>
    part.detail.resources.map((resource) => distributionOf(source, part.project.id, resource)),
  );
  const [first] = parts;
  return {
    ...(keywords.length > 0 && { keywords: keywords.slice(0, 200) }),
    ...(creators.length > 0 && { creators: creators.slice(0, 500) }),
    ...(publications.length > 0 && { publications: publications.slice(0, 500) }),
    ...(distributions.length > 0 && { distributions: distributions.slice(0, 200) }),
    identifiers: parts.slice(0, 100).map(({ project }) => ({
      scheme: 'XNAT',
      value: `${source.name}/${project.id}`,
      iri: addressOf(source, project.id),
    })),
    ...(first !== undefined && { url: addressOf(source, first.project.id) }),
  };
}

function publicationOf({ title, doi, url, citation }: ProjectDetail['publications'][number]): object[] {
  const bare = doi?.trim().replace(/^(?:https?:\/\/(?:dx\.)?doi\.org\/|doi:\s*)/i, '');
  const publication = {
    role: 'DESCRIBES',
    ...(plain(title) !== undefined && { title: plain(title)?.slice(0, 500) }),
    ...(plain(citation) !== undefined && { citation: plain(citation)?.slice(0, 2_000) }),
    ...(bare !== undefined && /^10\.\d{4,9}\/\S+$/.test(bare) && { doi: bare }),
    ...(url !== undefined && /^https?:\/\/\S+$/.test(url) && { url }),
  };
  return Object.keys(publication).length > 1 ? [publication] : [];
}

function distributionOf(source: RecordSource, project: string, resource: ProjectDetail['resources'][number]): object {
  const { label, format, byteSize } = resource;
  return {
    title: label.slice(0, 500),
    accessUrl: `${addressOf(source, project)}/resources/${encodeURIComponent(label)}/files`,
    ...(plain(format) !== undefined && { format: plain(format)?.slice(0, 500) }),
    ...(byteSize !== undefined && { byteSize }),
  };
}

function addressOf(source: RecordSource, project: string): string {
  return `${source.url}/data/projects/${encodeURIComponent(project)}`;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Text as people read it: XNAT stores descriptions with HTML escapes. Nothing when it is empty. */
function plain(text: string | undefined): string | undefined {
  const read = (text ?? '')
    .replaceAll('\0', '')
    .replaceAll(/&(?:#\d{1,7}|#x[0-9a-f]{1,6}|\w{2,6});/gi, unescaped)
    .trim()
    .slice(0, 20_000);
  return read === '' ? undefined : read;
}

/** The character an HTML escape stands for; what is none stays as it is. */
function unescaped(escape: string): string {
  const body = escape.slice(1, -1).toLowerCase();
  if (!body.startsWith('#')) return entities[body] ?? escape;
  const code = body.startsWith('#x') ? Number.parseInt(body.slice(2), 16) : Number(body.slice(1));
  const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : escape;
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)];
}
