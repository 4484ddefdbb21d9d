import { hash } from 'node:crypto';
import type { MirrorItem } from '../../src/harvest/index.ts';
import { NotFoundError } from '../../src/kernel/errors.ts';
import {
  type CustomFields,
  type ExperimentRow,
  type Item,
  listFiles,
  listResources,
  type ResourceRow,
  readCustomFields,
  readItem,
  type SubjectRow,
  type XnatServer,
} from '../../src/xnat/index.ts';
import { describeAssessor, describeResource, describeSession, describeSubject } from './describe-items.ts';
import type { AssessorDetail, ItemDetail, ResourceDetail, SessionDetail, SubjectDetail } from './item-detail.ts';
import type { DeclaredVariable, ProjectItems } from './read-project.ts';

/** How items that changed are looked into. */
export interface DetailReader {
  readonly server: XnatServer;
  readonly project: string;
  readonly variables: readonly DeclaredVariable[];
  /** Whether the server has custom forms: each item's answers are a request of their own. */
  readonly hasForms: boolean;
  /** Whether files are counted. */
  readonly resources: boolean;
  /** Whether every file's digest is read. */
  readonly digests: boolean;
  readonly signal: AbortSignal;
}

/** A subject that changed, as it is to be remembered. One request for its resources, one for its forms. */
export async function readSubject(
  reader: DetailReader,
  row: SubjectRow,
  known: SubjectDetail | undefined,
): Promise<SubjectDetail> {
  const { server, signal } = reader;
  const address = { subject: row.id };
  const [rows, forms] = await Promise.all([
    reader.resources ? listResources(server, { ...address, statistics: true }, signal) : undefined,
    formsOf(reader, { kind: 'subject', subject: row.id }),
  ]);
  const resources =
    rows === undefined ? (known?.resources ?? []) : await withDigests(reader, rows, known?.resources ?? [], address);
  return { ...describeSubject(row, reader.variables), forms, resources };
}

/** A session that changed: one request for the resources of all that is in it, one for its forms, one for the whole item of a foreign type. */
export async function readSession(
  reader: DetailReader,
  row: ExperimentRow,
  items: ProjectItems,
  known: SessionDetail | undefined,
): Promise<SessionDetail> {
  const { server, signal } = reader;
  const address = { experiment: row.id };
  const [rows, forms, whole] = await Promise.all([
    reader.resources ? listResources(server, { ...address, all: true, statistics: true }, signal) : undefined,
    formsOf(reader, { kind: 'experiment', experiment: row.id }),
    isOfXnat(row.xsiType) ? undefined : readItem(server, address, signal),
  ]);
  const described = describeSession(row, items.scans.get(row.id) ?? [], reader.variables);
  const base = { ...described, forms, ...(whole !== undefined && { whole: withoutStamps(whole) }) };
  if (rows === undefined) return { ...base, ...keptResources(described.scans, known) };
  const before = new Map((known?.scans ?? []).map((scan) => [scan.id, scan.resources]));
  const byOwner = Map.groupBy(rows, (resource) => `${resource.category ?? ''} ${resource.ownerId ?? ''}`);
  const scans = await mapInTurn(described.scans, async (scan) => {
    const own = byOwner.get(`scans ${scan.id}`) ?? [];
    return {
      ...scan,
      resources: await withDigests(reader, own, before.get(scan.id) ?? [], { ...address, scan: scan.id }),
    };
  });
  const assessors = rows.filter((resource) => resource.category === 'assessors');
  const own = rows.filter((resource) => resource.category !== 'assessors' && resource.category !== 'scans');
  return {
    ...base,
    scans,
    resources: await withDigests(reader, own, known?.resources ?? [], address),
    assessorResources: Object.fromEntries(
      [...Map.groupBy(assessors, (resource) => resource.ownerId ?? '')].map(([id, list]) => [
        id,
        list.map(describeResource),
      ]),
    ),
  };
}

/** An assessor that changed: kept whole, as its values differ from type to type. */
export async function readAssessor(reader: DetailReader, row: ExperimentRow): Promise<AssessorDetail> {
  const { server, signal } = reader;
  const address = { experiment: row.id };
  const isOfSession = row.sessionId !== undefined;
  const [whole, forms, rows] = await Promise.all([
    readItem(server, address, signal),
    formsOf(reader, { kind: 'experiment', experiment: row.id }),
    // Those of a session's assessor come with the session's.
    reader.resources && !isOfSession ? listResources(server, { ...address, statistics: true }, signal) : [],
  ]);
  return {
    ...describeAssessor(row, reader.variables),
    forms,
    resources: rows.map(describeResource),
    whole: withoutStamps(whole),
  };
}

/** Whether a data type is one of XNAT's own schema, whose values the mirror knows. */
function isOfXnat(xsiType: string): boolean {
  return xsiType.startsWith('xnat:');
}

/** The item without what changes though it does not: the mirror's rows would be written for nothing. */
function withoutStamps({ xsiType, fields, children }: Item): unknown {
  return {
    xsiType,
    fields,
    children: children.map((group) => ({ field: group.field, items: group.items.map(withoutStamps) })),
  };
}

async function formsOf(reader: DetailReader, owner: Parameters<typeof readCustomFields>[1]): Promise<CustomFields> {
  if (!reader.hasForms) return {};
  const { forms } = await readCustomFields(reader.server, owner, reader.signal);
  return forms;
}

/** Without a request nothing is known to have changed. */
function keptResources(scans: SessionDetail['scans'], known: SessionDetail | undefined) {
  const before = new Map((known?.scans ?? []).map((scan) => [scan.id, scan.resources]));
  return {
    scans: scans.map((scan) => ({ ...scan, resources: before.get(scan.id) ?? [] })),
    resources: known?.resources ?? [],
    assessorResources: known?.assessorResources ?? {},
  };
}

/**
 * Resources with digests: of those whose files were read before, and whose count or size is another or whose owner was touched; of all
 * when that is asked for. At the first reading there is nothing to compare with, so counts and sizes are enough.
 */
async function withDigests(
  reader: DetailReader,
  rows: readonly ResourceRow[],
  known: readonly ResourceDetail[],
  address: { readonly subject?: string; readonly experiment?: string; readonly scan?: string },
): Promise<ResourceDetail[]> {
  const before = new Map(known.map((resource) => [resource.label, resource]));
  return await mapInTurn(rows, async (row) => {
    const resource = describeResource(row);
    const old = before.get(resource.label);
    const differs = old !== undefined && (old.fileCount !== resource.fileCount || old.byteSize !== resource.byteSize);
    if (!reader.digests && !differs && old?.digest === undefined) return resource;
    const digest = await digestOf(reader, { ...address, resource: row.id });
    return digest === undefined ? resource : { ...resource, digest };
  });
}

/** Undefined where the resource is gone by now, or the server has no digest of some file. */
async function digestOf(
  { server, signal }: DetailReader,
  address: Parameters<typeof listFiles>[1],
): Promise<string | undefined> {
  try {
    const files = await listFiles(server, address, signal);
    if (files.some((file) => file.md5 === undefined)) return undefined;
    return hash(
      'sha256',
      files
        .map((file) => `${file.path}\t${file.md5}\n`)
        .sort()
        .join(''),
      'hex',
    );
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function mapInTurn<T, R>(list: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const mapped: R[] = [];
  for (const item of list) mapped.push(await map(item));
  return mapped;
}

/** An item as it is stored. */
export function toMirrorItem(
  head: Pick<MirrorItem, 'kind' | 'id' | 'project' | 'label' | 'subjectId' | 'sessionId' | 'uid' | 'fingerprint'>,
  detail: ItemDetail,
): MirrorItem {
  return { ...head, scans: detail.type === 'session' ? detail.scans.length : 0, detail };
}
