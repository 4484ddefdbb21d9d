import { InvalidInputError } from '../kernel/errors.ts';

/** Where something lives in XNAT's tree: from project to resource, each by id or label. */
export interface ItemAddress {
  readonly project?: string | undefined;
  readonly subject?: string | undefined;
  readonly experiment?: string | undefined;
  readonly assessor?: string | undefined;
  readonly scan?: string | undefined;
}

/** Percent-encodes one path segment; a slash inside a label never becomes a path separator. */
export function encodeSegment(segment: string): string {
  if (segment === '' || segment === '.' || segment === '..') {
    throw new InvalidInputError(`"${segment}" cannot be part of an XNAT address`, { fields: ['address'] });
  }
  return encodeURIComponent(segment);
}

/** Joins segments below a root: `dataPath('projects', 'A B')` is `/data/projects/A%20B`. */
export function dataPath(...segments: readonly string[]): string {
  return `/data/${segments.map(encodeSegment).join('/')}`;
}

/** The same for XNAT's newer API. */
export function xapiPath(...segments: readonly string[]): string {
  return `/xapi/${segments.map(encodeSegment).join('/')}`;
}

/** A relative file path keeps its slashes, each part is encoded. */
export function encodeFilePath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '')
    .map(encodeSegment)
    .join('/');
}

/** Segments of an item's address, outermost first. */
export function itemSegments(address: ItemAddress): string[] {
  const segments: string[] = [];
  if (address.project !== undefined) segments.push('projects', address.project);
  if (address.subject !== undefined) segments.push('subjects', address.subject);
  if (address.experiment !== undefined) segments.push('experiments', address.experiment);
  if (address.assessor !== undefined) segments.push('assessors', address.assessor);
  if (address.scan !== undefined) segments.push('scans', address.scan);
  if (segments.length === 0)
    throw new InvalidInputError('an XNAT address needs at least one level', { fields: ['address'] });
  return segments;
}

/**
 * XNAT writes the same address as `/data/archive/…`, `/data/…`, `/archive/…` and `/REST/…`, sometimes with the server in
 * front. One form inside: `/data/…`.
 */
export function normaliseUri(uri: string): string {
  const path = uri.trim().replace(/^https?:\/\/[^/]+/i, '');
  const tail = path.replace(/^\/(?:data\/archive|REST\/archive|data|REST|archive)(?=\/)/, '');
  return `/data${tail.startsWith('/') ? tail : `/${tail}`}`;
}

/** Builds a query string: RFC 3986 escapes, `%20` for a space, absent values left out. */
export function encodeQuery(query: Readonly<Record<string, string | number | boolean | undefined>> = {}): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
