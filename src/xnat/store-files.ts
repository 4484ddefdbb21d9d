import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CatalogError,
  ConflictError,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  UpstreamContractError,
  UpstreamUnavailableError,
} from '../kernel/errors.ts';
import { backoffMs, defaultRetryPolicy, type RetryPolicy } from './backoff.ts';
import { listFiles } from './list-resources.ts';
import type { FileRow } from './model.ts';
import type { ItemAddress } from './paths.ts';
import type { XnatServer } from './ports.ts';
import { downloadFile, type TransferSummary, uploadFile } from './transfer-files.ts';
import { putResource } from './write-items.ts';

/** A file that shall be in a resource. */
export interface FileToStore {
  /** Below the resource. */
  readonly path: string;
  /** Opened for the digest and once per attempt to send it; must give the same bytes each time. */
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** Files that shall be in one resource. */
export interface FilesToStore {
  readonly item: ItemAddress;
  readonly resource: string;
  readonly files: readonly FileToStore[];
  readonly format?: string | undefined;
  readonly content?: string | undefined;
  /** Replace files of these names that hold other bytes. Without it such a file is a conflict and stays. */
  readonly overwrite: boolean;
  readonly retry?: RetryPolicy | undefined;
}

/** A file that is on the server with our bytes: its digest was read back, or where the server gives none, its bytes. */
export interface StoredFile extends TransferSummary {
  readonly path: string;
  readonly state: 'stored' | 'replaced' | 'unchanged';
  readonly provenBy: 'digest' | 'download';
}

/** What became of the files of one resource. */
export interface StoreFilesReport {
  readonly stored: readonly StoredFile[];
  readonly failed: readonly { readonly path: string; readonly error: CatalogError }[];
}

type Place = Pick<FilesToStore, 'item' | 'resource'>;
type Proof = { readonly same: boolean; readonly provenBy: StoredFile['provenBy'] };

/**
 * Makes files be in a resource, which is made when absent, and reports those stored that were read back with our digest. XNAT
 * answers an upload over an existing file with status 200 and stores nothing, so its answer alone is never believed. Running it
 * again, after success or after a failure anywhere, leads to the same files: what is there with the same bytes is `unchanged`.
 * Conflicts, empty files and files the server did not keep are in `failed`; the others go on.
 * @throws UpstreamUnavailableError, ForbiddenError and others as XnatServer, when the server takes nothing more
 */
export async function storeFiles(
  server: XnatServer,
  options: FilesToStore,
  signal: AbortSignal,
): Promise<StoreFilesReport> {
  const failed: { path: string; error: CatalogError }[] = [];
  const sent: Omit<StoredFile, 'provenBy'>[] = [];
  const stored: StoredFile[] = [];
  const { format, content } = options;
  await putResource(server, { ...options.item, resource: options.resource, ...definedOf({ format, content }) }, signal);
  const held = await heldFiles(server, options, signal);
  for (const file of options.files) {
    try {
      const ours = await digestOf(file.open);
      const before = held.get(file.path);
      const proof = before === undefined ? undefined : await prove(server, { ...options, row: before }, ours, signal);
      if (proof?.same === true) stored.push({ path: file.path, state: 'unchanged', ...ours, provenBy: proof.provenBy });
      else sent.push(await send(server, { ...options, file, ours, before }, signal));
    } catch (error) {
      if (!isOfTheFile(error)) throw error;
      failed.push({ path: file.path, error });
    }
  }
  if (sent.length === 0) return { stored, failed };
  const after = await heldFiles(server, options, signal);
  for (const file of sent) {
    const row = after.get(file.path);
    const proof = row === undefined ? undefined : await prove(server, { ...options, row }, file, signal);
    if (proof?.same === true) stored.push({ ...file, provenBy: proof.provenBy });
    else failed.push({ path: file.path, error: notKept(options, file, row) });
  }
  return { stored, failed };
}

/** MD5 (XNAT's digest), SHA-256 and size of what a stream gives. */
export async function digestOf(open: () => AsyncIterable<Uint8Array>): Promise<TransferSummary> {
  const [md5, sha256] = [createHash('md5'), createHash('sha256')];
  let byteSize = 0;
  for await (const chunk of open()) {
    md5.update(chunk);
    sha256.update(chunk);
    byteSize += chunk.byteLength;
  }
  return { md5: md5.digest('hex'), sha256: sha256.digest('hex'), byteSize };
}

/**
 * Whether the server holds these bytes under that row. A server that has not computed the digest is asked for the bytes, unless
 * the sizes differ.
 */
export async function prove(
  server: XnatServer,
  held: Place & { readonly row: FileRow },
  ours: TransferSummary,
  signal: AbortSignal,
): Promise<Proof> {
  const { row } = held;
  if (row.byteSize !== undefined && row.byteSize !== ours.byteSize) return { same: false, provenBy: 'digest' };
  if (row.md5 !== undefined) return { same: row.md5 === ours.md5, provenBy: 'digest' };
  const address = { ...held.item, resource: held.resource, path: row.path };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const download = await downloadFile(server, address, signal);
      const theirs = await digestOf(() => download.bytes);
      return { same: theirs.sha256 === ours.sha256, provenBy: 'download' };
    } catch (error) {
      // A download that breaks off says nothing about what is stored.
      if (!(error instanceof UpstreamUnavailableError) || attempt >= defaultRetryPolicy.attempts) throw error;
      await pause(undefined, attempt, signal);
    }
  }
}

/** Files of a resource by path; none where the resource is not there. */
export async function heldFiles(
  server: XnatServer,
  place: Place,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, FileRow>> {
  try {
    const rows = await listFiles(server, { ...place.item, resource: place.resource }, signal);
    return new Map(rows.map((row) => [row.path, row]));
  } catch (error) {
    if (error instanceof NotFoundError) return new Map();
    throw error;
  }
}

interface Sending extends FilesToStore {
  readonly file: FileToStore;
  readonly ours: TransferSummary;
  readonly before: FileRow | undefined;
}

/** Sends one file. Without `overwrite` a broken attempt is repeated only after a look at what it left behind. */
async function send(server: XnatServer, sending: Sending, signal: AbortSignal): Promise<Omit<StoredFile, 'provenBy'>> {
  const { file, ours, before, retry } = sending;
  if (ours.byteSize === 0) throw new InvalidInputError(`XNAT takes no empty files: ${file.path}`, { fields: ['path'] });
  if (before !== undefined && !sending.overwrite) throw await fileConflict(sending, before);
  const policy = retry ?? defaultRetryPolicy;
  let overwrite = before !== undefined;
  let broken = false;
  for (let attempt = 1; ; attempt += 1) {
    const last = attempt >= policy.attempts;
    try {
      const outcome = await uploadFile(server, uploadOf(sending, overwrite), signal);
      if (outcome.sha256 !== ours.sha256)
        throw new ConflictError(`${file.path} changed while it was sent; run again when it rests`, { path: file.path });
      if (outcome.state === 'sent')
        return { path: file.path, state: before === undefined ? 'stored' : 'replaced', ...ours };
    } catch (error) {
      if (!isPassing(error) || last) throw error;
      broken = true;
      await pause(retry, attempt, signal);
    }
    const row = (await heldFiles(server, sending, signal)).get(file.path);
    if (row === undefined && last) throw notKept(sending, { path: file.path, ...ours }, row);
    if (row === undefined) continue;
    if ((await prove(server, { ...sending, row }, ours, signal)).same)
      return { path: file.path, state: 'stored', ...ours };
    // It was absent before we began, so the beginning of our bytes is what a broken attempt of ours left.
    overwrite = before !== undefined || (broken && (await isBeginning(file, row)));
    if (!overwrite || last) throw await fileConflict(sending, row);
  }
}

function uploadOf({ item, resource, file, ours, format, content }: Sending, overwrite: boolean) {
  const { path, open } = file;
  return { ...item, resource, path, open, byteSize: ours.byteSize, overwrite, format, content };
}

async function fileConflict({ file, ours }: Sending, row: FileRow): Promise<ConflictError> {
  const cut = await isBeginning(file, row);
  const hint = cut ? ' (it is the beginning of ours, as an upload that was cut leaves it)' : '';
  return new ConflictError(`XNAT holds other bytes as ${file.path}${hint}; overwriting must be asked for`, {
    path: file.path,
    ours: { md5: ours.md5, byteSize: ours.byteSize },
    theirs: { md5: row.md5, byteSize: row.byteSize },
  });
}

/** Whether the server's file is the beginning of ours, by its digest. */
async function isBeginning(file: FileToStore, row: FileRow): Promise<boolean> {
  const { md5, byteSize } = row;
  if (byteSize === 0) return true;
  if (md5 === undefined || byteSize === undefined) return false;
  const hash = createHash('md5');
  let left = byteSize;
  for await (const chunk of file.open()) {
    hash.update(chunk.subarray(0, left));
    left -= Math.min(left, chunk.byteLength);
    if (left === 0) break;
  }
  return left === 0 && hash.digest('hex') === md5;
}

function notKept(place: Place, file: TransferSummary & { path: string }, row: FileRow | undefined): CatalogError {
  const found = row === undefined ? 'does not list it' : 'lists other bytes';
  return new UpstreamContractError(`XNAT took ${file.path} into ${place.resource} and ${found}; run again`, {
    path: file.path,
    ours: { md5: file.md5, byteSize: file.byteSize },
    theirs: row === undefined ? undefined : { md5: row.md5, byteSize: row.byteSize },
  });
}

/** Faults of one file; the others can still be stored. */
function isOfTheFile(error: unknown): error is CatalogError {
  return error instanceof ConflictError || error instanceof InvalidInputError || error instanceof UpstreamContractError;
}

function isPassing(error: unknown): boolean {
  return error instanceof UpstreamUnavailableError || error instanceof RateLimitedError;
}

async function pause(retry: RetryPolicy | undefined, attempt: number, signal: AbortSignal): Promise<void> {
  await sleep(backoffMs(retry ?? defaultRetryPolicy, attempt, Math.random(), undefined), undefined, { signal });
}

function definedOf<T extends Readonly<Record<string, string | undefined>>>(values: T): { [K in keyof T]?: string } {
  const defined: { [K in keyof T]?: string } = {};
  for (const key in values) {
    const value = values[key];
    if (value !== undefined) defined[key] = value;
  }
  return defined;
}
