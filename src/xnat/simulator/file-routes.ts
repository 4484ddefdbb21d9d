import { json, SimError, type SimReply, text } from './exchange.ts';
import { itemPatterns } from './item-routes.ts';
import {
  findResource,
  type Located,
  locate,
  type OwnedResource,
  resourcesBelow,
  resourcesEverywhere,
} from './lookups.ts';
import { readArchive, safeFilePath, writeZip } from './read-archive.ts';
import { type FileEntry, filesOf, readFileBytes, removeFile, statisticsOf, storeFile } from './resources.ts';
import type { Route } from './router.ts';
import { type Call, param } from './simulation.ts';
import { formatOf, renderTable } from './tables.ts';
import type { SimResource } from './world.ts';

/** Resources and files of every item. */
export const fileRoutes: readonly Route[] = itemPatterns.flatMap((item): Route[] => [
  { method: 'GET', pattern: `${item}/resources`, handler: listResources },
  { method: 'PUT', pattern: `${item}/resources/:resource`, handler: createResource },
  { method: 'DELETE', pattern: `${item}/resources/:resource`, handler: deleteResource },
  { method: 'GET', pattern: `${item}/files`, handler: (call) => listFiles(call, resourcesBelow(locate(call, 'read'))) },
  { method: 'GET', pattern: `${item}/resources/:resource/files`, handler: listResourceFiles },
  { method: 'GET', pattern: `${item}/resources/:resource/files/*file`, handler: download },
  { method: 'PUT', pattern: `${item}/resources/:resource/files/*file`, handler: upload },
  { method: 'POST', pattern: `${item}/resources/:resource/files/*file`, handler: upload },
  { method: 'DELETE', pattern: `${item}/resources/:resource/files/*file`, handler: deleteFile },
  // `scans/ALL/files` is how both clients ask for the files of a whole session.
  ...(item.endsWith(':experiment')
    ? [{ method: 'GET', pattern: `${item}/scans/ALL/files`, handler: sessionFiles }]
    : []),
]);

function listResources(call: Call): SimReply {
  const located = locate(call, 'read');
  const { query, headers } = call.request;
  const statistics = query.get('file_stats') === 'true';
  const resources = query.get('all') === 'true' ? resourcesEverywhere(call, located) : resourcesBelow(located);
  const columns = ['xnat_abstractresource_id', 'label', 'element_name', 'category', 'cat_id', 'cat_desc'];
  // xnatpy reads file_count and file_size off the plain list, so the real server must send them there too, empty at worst.
  const rows = resources.map(({ resource, category, ownerId, ownerType }) => {
    const row = [String(resource.id), resource.label, 'xnat:resourceCatalog', category, ownerId, ownerType];
    const { count, bytes } = statistics ? statisticsOf(resource) : { count: 0, bytes: 0 };
    const counts = statistics ? [String(count), String(bytes)] : ['', ''];
    return [...row, ...counts, resource.tags, resource.content, resource.format];
  });
  const all = [...columns, 'file_count', 'file_size', 'tags', 'content', 'format'];
  const total = call.acting.has('missing-total-records') ? undefined : rows.length;
  return renderTable(
    { columns: all, rows, totalRecords: total, title: 'Resources' },
    formatOf(query, headers['accept'], 'json'),
  );
}

function createResource(call: Call): SimReply {
  const located = locate(call, 'edit');
  const label = param(call, 'resource');
  if (resourcesBelow(located).some(({ resource }) => resource.label === label))
    throw new SimError(409, 'Specified resource already exists.');
  addResource(call, located, label);
  return text('');
}

function addResource(call: Call, located: Located, label: string): SimResource {
  if (/[\\/\0]|^\.{1,2}$/.test(label)) throw new SimError(400, 'A resource must have a plain label');
  const { query } = call.request;
  const resource: SimResource = {
    id: call.sim.world.serial('resource'),
    label,
    format: query.get('format') ?? '',
    content: query.get('content') ?? '',
    tags: query.get('tags') ?? '',
  };
  located.item.resources = [...(located.item.resources ?? []), resource];
  touch(call, located);
  return resource;
}

function deleteResource(call: Call): SimReply {
  const located = locate(call, 'edit');
  const resource = findResource(located, param(call, 'resource'));
  located.item.resources = located.item.resources?.filter((one) => one !== resource);
  touch(call, located);
  return text('');
}

/** Stamps of the item follow changes of its resources list; XNAT's parent stamps only sometimes do, ours never. */
function touch(call: Call, located: Located): void {
  located.item.stamp.modifiedAt = call.sim.clock.now();
}

/** The real server answers an unknown resource with the files of ALL resources of the item, and 200; so do we. */
function listResourceFiles(call: Call): SimReply {
  const key = param(call, 'resource');
  const below = resourcesBelow(locate(call, 'read'));
  const named = below.filter(({ resource }) => resource.label === key || String(resource.id) === key);
  return listFiles(call, named.length === 0 ? below : named);
}

function sessionFiles(call: Call): SimReply {
  const located = locate(call, 'read');
  return listFiles(
    call,
    resourcesEverywhere(call, located).filter((one) => one.category === 'scans'),
  );
}

function listFiles(call: Call, resources: readonly OwnedResource[]): SimReply {
  const { query, headers } = call.request;
  const format = formatOf(query, headers['accept'], 'json');
  if (format === 'zip' || format === 'tar.gz') return zipped(call, resources);
  const columns = ['Name', 'Size', 'URI', 'collection', 'file_tags', 'file_format', 'file_content', 'cat_ID', 'digest'];
  const base = locate(call, 'read').uri;
  const rows = resources.flatMap((one) => filesOf(one.resource).map((file) => fileRow(call, base, one, file)));
  const total = call.acting.has('missing-total-records') ? undefined : rows.length;
  return renderTable({ columns, rows, totalRecords: total, title: 'Files' }, format);
}

function fileRow(call: Call, base: string, { resource, category, ownerId }: OwnedResource, file: FileEntry): string[] {
  const holder =
    category === 'scans' && !base.includes('/scans/') ? `${base}/scans/${encodeURIComponent(ownerId)}` : base;
  const locator = call.request.query.get('locator');
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const uri =
    locator === undefined
      ? `${holder}/resources/${resource.id}/files/${path}`
      : `/data/xnat/archive/${resource.label}/${file.path}`;
  const digest = call.acting.has('empty-digest') ? '' : file.md5();
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  return [
    name,
    String(file.byteSize),
    uri,
    resource.label,
    file.tags,
    file.format,
    file.content,
    String(resource.id),
    digest,
  ];
}

function zipped(call: Call, resources: readonly OwnedResource[]): SimReply {
  const session = locate(call, 'read').experiment?.label ?? 'files';
  const entries = resources.flatMap(({ resource, category, ownerId }) =>
    filesOf(resource).map((file) => ({
      path: `${session}/${category === 'scans' ? `scans/${ownerId}/` : ''}resources/${resource.label}/files/${file.path}`,
      bytes: readFileBytes(resource, file.path) ?? new Uint8Array(),
    })),
  );
  return { status: 200, headers: { 'content-type': 'application/zip' }, body: writeZip(entries) };
}

function download(call: Call): SimReply {
  const located = locate(call, 'read');
  const resource = findResource(located, param(call, 'resource'));
  const bytes = readFileBytes(resource, param(call, 'file'));
  if (bytes === undefined) throw new SimError(404, 'Not Found');
  const modified = new Date(located.item.stamp.modifiedAt).toUTCString();
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream', 'last-modified': modified },
    body: bytes,
  };
}

async function upload(call: Call): Promise<SimReply> {
  const located = locate(call, 'edit');
  const { query } = call.request;
  const key = param(call, 'resource');
  const bytes = unwrapMultipart(await call.request.body(), call.request.headers['content-type']);
  if (bytes.byteLength === 0) throw new SimError(400, 'Unable to process empty file');
  const path = safeFilePath(param(call, 'file'));
  const entries = query.get('extract') === 'true' ? (readArchive(bytes) ?? [{ path, bytes }]) : [{ path, bytes }];
  const file = {
    format: query.get('format') ?? '',
    content: query.get('content') ?? '',
    tags: query.get('tags') ?? '',
  };
  const known = resourcesBelow(located).find(({ resource }) => resource.label === key || String(resource.id) === key);
  const resource = known?.resource ?? addResource(call, located, key);
  const overwrite = query.get('overwrite') === 'true';
  const duplicates = entries
    .filter((entry) => !storeFile(resource, { ...entry, ...file }, overwrite))
    .map((entry) => entry.path);
  if (duplicates.length < entries.length) touch(call, located);
  if (duplicates.length === 0) return text('');
  return { ...json({ duplicates }), headers: { 'content-type': 'text/html;charset=UTF-8' } };
}

/** Browsers and some clients wrap a file in a form; the first part is the file. */
function unwrapMultipart(body: Uint8Array, contentType: string | undefined): Uint8Array {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)/.exec(contentType ?? '')?.[1];
  if (boundary === undefined) return body;
  const buffer = Buffer.from(body);
  const start = buffer.indexOf('\r\n\r\n') + 4;
  const end = buffer.indexOf(`\r\n--${boundary}`, start);
  return start < 4 || end < 0 ? body : buffer.subarray(start, end);
}

function deleteFile(call: Call): SimReply {
  const located = locate(call, 'edit');
  const resource = findResource(located, param(call, 'resource'));
  if (!removeFile(resource, param(call, 'file'))) throw new SimError(404, 'Not Found');
  touch(call, located);
  return text('');
}
