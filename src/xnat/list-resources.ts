import { NotFoundError } from '../kernel/errors.ts';
import { listTable } from './list-items.ts';
import type { FileRow, ResourceRow } from './model.ts';
import { cellOf, countCell, type Row, requiredCell } from './parse-result-set.ts';
import { dataPath, type ItemAddress, itemSegments, normaliseUri } from './paths.ts';
import type { XnatServer } from './ports.ts';

/**
 * Resources of an item. With `all`, those of its scans and assessors too: one request per session tells every file count and
 * size below it. `statistics` asks for counts and sizes.
 */
export async function listResources(
  server: XnatServer,
  options: ItemAddress & { readonly all?: boolean; readonly statistics?: boolean },
  signal: AbortSignal,
): Promise<readonly ResourceRow[]> {
  const table = await listTable(
    server,
    {
      operation: 'resources.list',
      path: dataPath(...itemSegments(options), 'resources'),
      query: {
        ...(options.all === true ? { all: true } : {}),
        ...(options.statistics === true ? { file_stats: true } : {}),
      },
    },
    signal,
  );
  return table.rows.map(toResourceRow);
}

/**
 * Files of one resource (by id or label), or of all resources of the item when `resource` is absent.
 *
 * XNAT answers a resource it does not know with the files of all the others and status 200 (FileList.represent), so rows of
 * other resources are dropped here.
 * @throws NotFoundError when only other resources' files came
 */
export async function listFiles(
  server: XnatServer,
  options: ItemAddress & { readonly resource?: string },
  signal: AbortSignal,
): Promise<readonly FileRow[]> {
  const tail = options.resource === undefined ? ['files'] : ['resources', options.resource, 'files'];
  const table = await listTable(
    server,
    { operation: 'files.list', path: dataPath(...itemSegments(options), ...tail) },
    signal,
  );
  const { resource } = options;
  const own = table.rows.filter(
    (row) => resource === undefined || row['collection'] === resource || row['cat_ID'] === resource,
  );
  if (own.length === 0 && table.rows.length > 0) {
    throw new NotFoundError(`XNAT has no resource ${resource ?? ''} here`, { ...options });
  }
  return own.map(toFileRow);
}

function toResourceRow(row: Row): ResourceRow {
  return {
    id: requiredCell(row, 'xnat_abstractresource_id', 'resource'),
    label: cellOf(row, 'label'),
    elementName: cellOf(row, 'element_name'),
    category: cellOf(row, 'category'),
    ownerId: cellOf(row, 'cat_id'),
    ownerType: cellOf(row, 'cat_desc'),
    format: cellOf(row, 'format'),
    content: cellOf(row, 'content'),
    tags: cellOf(row, 'tags'),
    fileCount: countCell(row, 'file_count'),
    byteSize: countCell(row, 'file_size'),
    columns: row,
  };
}

function toFileRow(row: Row): FileRow {
  const uri = normaliseUri(requiredCell(row, 'URI', 'file'));
  const name = requiredCell(row, 'Name', 'file');
  const [, path] = /\/resources\/[^/]+\/files\/(.+)$/.exec(uri) ?? [];
  const digest = cellOf(row, 'digest')?.toLowerCase();
  return {
    name,
    path: path === undefined ? name : decodeURIComponent(path),
    uri,
    byteSize: countCell(row, 'Size'),
    md5: digest !== undefined && /^[0-9a-f]{32}$/.test(digest) ? digest : undefined,
    collection: cellOf(row, 'collection'),
    format: cellOf(row, 'file_format'),
    content: cellOf(row, 'file_content'),
    tags: cellOf(row, 'file_tags'),
    columns: row,
  };
}
