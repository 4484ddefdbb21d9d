import { hash } from 'node:crypto';

/** A string that only the functions of its module may call by that name. */
export type Branded<Name extends string> = string & { readonly __brand: Name };

export type DatasetId = Branded<'DatasetId'>;
export type SubjectId = Branded<'SubjectId'>;
export type SessionId = Branded<'SessionId'>;
export type ScanId = Branded<'ScanId'>;
export type PrincipalId = Branded<'PrincipalId'>;
export type ArticleId = Branded<'ArticleId'>;
export type QuestionId = Branded<'QuestionId'>;

/** The hex digits whose two highest bits are 10 (RFC 9562 section 4.1), by the two lowest. */
const variants = ['8', '9', 'a', 'b'];

/** Namespace of every id this product mints: UUID v5 of `https://w3id.org/mia-catalog` under the URL namespace. */
const miaNamespace = uuidV5('6ba7b811-9dad-11d1-80b4-00c04fd430c8', 'https://w3id.org/mia-catalog');
/** Names up to this many UTF-16 units are hashed in a buffer that is there already; each takes 3 bytes at most. */
const shortName = 1_024;
const nameBuffer = Buffer.alloc(16 + 3 * shortName);
nameBuffer.write(miaNamespace.replaceAll('-', ''), 'hex');

/**
 * Name-based UUID (RFC 9562 section 5.5): the same name gives the same id on every machine.
 * @param namespace - a UUID
 */
export function uuidV5(namespace: string, name: string): string {
  const bytes = Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(name)]);
  return uuidOf(hash('sha1', bytes, 'hex'));
}

function uuidOf(hex: string): string {
  const variant = variants[Number.parseInt(hex.charAt(16), 16) & 3] ?? '8';
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The id of a thing by its natural key, such as `dataset/abide` or `subject/{dataset id}/{label}`. */
export function naturalId(...key: readonly string[]): string {
  const name = key.join('/');
  if (name.length > shortName) return uuidV5(miaNamespace, name);
  return uuidOf(hash('sha1', nameBuffer.subarray(0, 16 + nameBuffer.write(name, 16)), 'hex'));
}

/** The id of the dataset with this slug. */
export function datasetIdOf(slug: string): DatasetId {
  return naturalId('dataset', slug) as DatasetId;
}

/**
 * The id that an article gets when it first comes: by its PMID, PMCID or DOI, else by its name in its source. It keeps that id whatever else
 * is learned of it later.
 */
export function articleIdOf(scheme: string, value: string): ArticleId {
  return naturalId('article', scheme, value) as ArticleId;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is a UUID as this product writes them, in lower case. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}

/** The id by which a client fetches a node again: type and key in one opaque string. */
export function encodeNodeId(type: string, uuid: string): string {
  return `${type}:${uuid}`;
}

/** The parts of a node id, or undefined when it is not one of ours. */
export function decodeNodeId(id: string): { readonly type: string; readonly uuid: string } | undefined {
  const colon = id.indexOf(':');
  const uuid = id.slice(colon + 1);
  return colon > 0 && isUuid(uuid) ? { type: id.slice(0, colon), uuid } : undefined;
}
