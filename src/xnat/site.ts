import { z } from 'zod';
import { listTable } from './list-items.ts';
import { parseJsonAs, parseText } from './parse-json.ts';
import { cellOf, type Row } from './parse-result-set.ts';
import { dataPath, normaliseUri, xapiPath } from './paths.ts';
import type { RequestBody, XnatServer } from './ports.ts';

const buildSchema = z.looseObject({ version: z.string() });

/** The server's version, such as `1.9.2`. */
export async function readVersion(server: XnatServer, signal: AbortSignal): Promise<string> {
  const path = xapiPath('siteConfig', 'buildInfo');
  const request = {
    operation: 'site.version',
    method: 'GET',
    path,
    read: parseJsonAs(buildSchema, 'build info'),
  } as const;
  const { version } = await server.send(request, signal);
  return version;
}

/** Names of the schemas this server uses, plugins included. */
export async function listSchemas(server: XnatServer, signal: AbortSignal): Promise<readonly string[]> {
  const path = xapiPath('schemas');
  const read = parseJsonAs(z.array(z.string()), 'schema names');
  return server.send({ operation: 'schemas.list', method: 'GET', path, read }, signal);
}

/** One schema document (XSD). @param name - as listed; may hold a slash (`xdat/display`) */
export async function readSchema(server: XnatServer, name: string, signal: AbortSignal): Promise<string> {
  const path = xapiPath('schemas', ...name.split('/'));
  return server.send({ operation: 'schemas.read', method: 'GET', path, read: parseText }, signal);
}

/** A session waiting to be archived: not catalog data yet. */
export interface PrearchiveRow {
  readonly project?: string | undefined;
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  readonly uri?: string | undefined;
  readonly columns: Row;
}

/** The prearchive of a project, or of everything this account sees. */
export async function listPrearchive(
  server: XnatServer,
  options: { readonly project?: string },
  signal: AbortSignal,
): Promise<readonly PrearchiveRow[]> {
  const path = options.project === undefined ? '/data/prearchive' : dataPath('prearchive', 'projects', options.project);
  const table = await listTable(server, { operation: 'prearchive.list', path }, signal);
  return table.rows.map((row) => ({
    project: cellOf(row, 'project'),
    name: cellOf(row, 'name'),
    status: cellOf(row, 'status'),
    uri: cellOf(row, 'url'),
    columns: row,
  }));
}

/** Archive to be imported, and where it goes. */
export interface ImportRequest {
  readonly project: string;
  readonly subject?: string | undefined;
  readonly session?: string | undefined;
  readonly destination?: '/archive' | '/prearchive' | undefined;
  readonly overwrite?: 'none' | 'append' | 'delete' | undefined;
  readonly handler?: 'DICOM-zip' | 'SI' | 'gradual-DICOM' | 'inbox' | 'XAR' | undefined;
  readonly body: RequestBody;
}

/**
 * Hands an archive (zip) to XNAT's import service. Not repeatable, so never retried.
 * @returns addresses of what was made, in our spelling
 */
export async function importArchive(
  server: XnatServer,
  request: ImportRequest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const text = await server.send(
    {
      operation: 'import',
      method: 'POST',
      path: '/data/services/import',
      query: {
        dest: request.destination,
        project: request.project,
        subject: request.subject,
        session: request.session,
        overwrite: request.overwrite,
        'import-handler': request.handler,
      },
      body: request.body,
      idempotent: false,
      read: parseText,
    },
    signal,
  );
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map(normaliseUri);
}
