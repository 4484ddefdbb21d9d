import { ConflictError } from '../kernel/errors.ts';
import type { Accessibility } from './model.ts';
import { parseText } from './parse-json.ts';
import { dataPath, type ItemAddress, itemSegments } from './paths.ts';
import type { TextReply, XnatServer } from './ports.ts';

/** A subject, session, assessor or scan to be made. */
export interface NewItem {
  /** Where it goes: the last level carries the label (or the scan's id). */
  readonly address: ItemAddress;
  readonly xsiType: string;
  /** XPaths below the type, or short names, and their values: `{'xnat:mrSessionData/date': '2020-01-02'}`. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
}

/** What XNAT made of it. */
export interface WrittenItem {
  /** Accession number; empty where the server does not say (scans, updates). */
  readonly id: string;
  readonly created: boolean;
}

/**
 * Creates an item or updates its fields (`PUT` with the values in the query). Sending it twice leaves one item, so it is
 * retried.
 */
export async function putItem(server: XnatServer, item: NewItem, signal: AbortSignal): Promise<WrittenItem> {
  return server.send(
    {
      operation: 'item.put',
      method: 'PUT',
      path: dataPath(...itemSegments(item.address)),
      query: { xsiType: item.xsiType, req_format: 'qs', ...item.fields },
      idempotent: true,
      read: (reply) => ({ id: parseText(reply).trim(), created: reply.status === 201 }),
    },
    signal,
  );
}

/** Creates or replaces an item from its XML document. */
export async function putItemXml(
  server: XnatServer,
  item: { readonly address: ItemAddress; readonly xml: string },
  signal: AbortSignal,
): Promise<WrittenItem> {
  return server.send(
    {
      operation: 'item.putXml',
      method: 'PUT',
      path: dataPath(...itemSegments(item.address)),
      query: { inbody: true },
      body: { kind: 'text', contentType: 'text/xml', text: item.xml },
      idempotent: true,
      read: (reply) => ({ id: parseText(reply).trim(), created: reply.status === 201 }),
    },
    signal,
  );
}

/** Makes a project; an existing one is updated. */
export async function putProject(
  server: XnatServer,
  project: { readonly id: string; readonly fields?: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<WrittenItem> {
  return putItem(
    server,
    { address: { project: project.id }, xsiType: 'xnat:projectData', fields: project.fields },
    signal,
  );
}

/**
 * Creates a resource below an item.
 * @returns false when one of that label was already there (XNAT answers 409)
 */
export async function putResource(
  server: XnatServer,
  options: ItemAddress & {
    readonly resource: string;
    readonly format?: string;
    readonly content?: string;
    readonly tags?: string;
    readonly description?: string;
  },
  signal: AbortSignal,
): Promise<{ readonly created: boolean }> {
  const { format, content, tags, description } = options;
  try {
    await server.send(
      {
        operation: 'resources.put',
        method: 'PUT',
        path: dataPath(...itemSegments(options), 'resources', options.resource),
        query: { format, content, tags, description },
        idempotent: true,
        read: ignoreBody,
      },
      signal,
    );
    return { created: true };
  } catch (error) {
    if (error instanceof ConflictError) return { created: false };
    throw error;
  }
}

/** Deletes a resource with its files. @throws NotFoundError when it is not there */
export async function deleteResource(
  server: XnatServer,
  options: ItemAddress & { readonly resource: string },
  signal: AbortSignal,
): Promise<void> {
  const path = dataPath(...itemSegments(options), 'resources', options.resource);
  await server.send(
    { operation: 'resources.delete', method: 'DELETE', path, query: { removeFiles: true }, read: ignoreBody },
    signal,
  );
}

/** Deletes an item with its files. In a project it is only shared into, this ends the sharing instead. */
export async function deleteItem(server: XnatServer, address: ItemAddress, signal: AbortSignal): Promise<void> {
  const path = dataPath(...itemSegments(address));
  await server.send(
    { operation: 'item.delete', method: 'DELETE', path, query: { removeFiles: true }, read: ignoreBody },
    signal,
  );
}

/** Shares a subject or experiment into another project, or with `primary` moves its ownership there. */
export async function shareItem(
  server: XnatServer,
  options: {
    readonly address: ItemAddress;
    readonly into: string;
    readonly label?: string;
    readonly primary?: boolean;
  },
  signal: AbortSignal,
): Promise<void> {
  await server.send(
    {
      operation: 'item.share',
      method: 'PUT',
      path: dataPath(...itemSegments(options.address), 'projects', options.into),
      query: { label: options.label, primary: options.primary },
      idempotent: true,
      read: ignoreBody,
    },
    signal,
  );
}

/** Ends a sharing. */
export async function unshareItem(
  server: XnatServer,
  options: { readonly address: ItemAddress; readonly from: string },
  signal: AbortSignal,
): Promise<void> {
  const path = dataPath(...itemSegments(options.address), 'projects', options.from);
  await server.send({ operation: 'item.unshare', method: 'DELETE', path, read: ignoreBody }, signal);
}

/** Sets who may look at a project; needs its owner. */
export async function putAccessibility(
  server: XnatServer,
  options: { readonly project: string; readonly level: Accessibility },
  signal: AbortSignal,
): Promise<void> {
  const path = dataPath('projects', options.project, 'accessibility', options.level);
  await server.send({ operation: 'access.put', method: 'PUT', path, idempotent: true, read: ignoreBody }, signal);
}

/** Makes the server recount a resource after uploads with `update-stats=false` or changes on disk. */
export async function refreshCatalog(
  server: XnatServer,
  options: { readonly resourceUri: string },
  signal: AbortSignal,
): Promise<void> {
  await server.send(
    {
      operation: 'catalog.refresh',
      method: 'POST',
      path: '/data/services/refresh/catalog',
      query: { resource: options.resourceUri, options: 'populateStats,append,delete,checksum' },
      idempotent: true,
      read: ignoreBody,
    },
    signal,
  );
}

function ignoreBody(reply: TextReply): undefined {
  parseText(reply);
  return undefined;
}
