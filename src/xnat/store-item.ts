import { ConflictError, InvalidInputError, NotFoundError, UpstreamContractError } from '../kernel/errors.ts';
import { compareFields, type FieldDifference, type ItemFields, valueAt } from './compare-fields.ts';
import type { Item } from './model.ts';
import { type ItemAddress, itemSegments } from './paths.ts';
import type { XnatServer } from './ports.ts';
import { readItem } from './read-item.ts';
import { putItem } from './write-items.ts';

/** A subject, session, assessor or scan as it shall be. */
export interface ItemToStore {
  readonly address: ItemAddress;
  readonly xsiType: string;
  readonly fields: ItemFields;
  /** Replace values that the server holds differently. Without it they are a conflict, and nothing is written. */
  readonly overwrite: boolean;
}

/** What became of an item, after it was read back. */
export interface StoredItem {
  readonly state: 'created' | 'updated' | 'unchanged';
  /** Accession number; of a scan, its id. */
  readonly id: string;
}

/** Longest query of one request: servers refuse request lines above 8 KiB. */
const longestQuery = 5_000;

/**
 * Makes an item be there with these values, reads it back, and only then reports it stored. Running it again, after success or
 * after a failure anywhere, leads to the same item. Values that are not named here stay as they are.
 * @throws ConflictError when it is there with another type, or with other values and `overwrite` is not set; UpstreamContractError when
 *   the server took the values and shows others; others as XnatServer
 */
export async function storeItem(server: XnatServer, item: ItemToStore, signal: AbortSignal): Promise<StoredItem> {
  const found = await findItem(server, item.address, signal);
  if (found !== undefined) refuseOtherType(item, found.xsiType);
  const { absent, different } = compareFields(item.fields, (path) =>
    found === undefined ? undefined : valueAt(found, path),
  );
  if (different.length > 0 && !item.overwrite) throw conflictOf(item.address, different);
  const changes = { ...absent, ...Object.fromEntries(different.map(({ path, ours }) => [path, ours])) };
  if (found !== undefined && Object.keys(changes).length === 0) return { state: 'unchanged', id: idOf(found) };
  await writeItem(server, { ...item, fields: changes }, signal);
  const stored = await readItem(server, item.address, signal);
  refuseOtherType(item, stored.xsiType);
  const after = compareFields(item.fields, (path) => valueAt(stored, path));
  const lost = [...Object.keys(after.absent), ...after.different.map(({ path }) => path)];
  if (lost.length > 0) {
    throw new UpstreamContractError(
      `XNAT took ${nameOf(item.address)} and does not show what was sent: ${lost.join(', ')}`,
      {
        address: item.address,
        fields: lost,
      },
    );
  }
  return { state: found === undefined ? 'created' : 'updated', id: idOf(stored) };
}

/**
 * Sends an item's values, in as many requests as their length needs. Each may be repeated.
 * @throws InvalidInputError for values XNAT cannot hold: none at all, and the word NULL, by which it removes one
 */
export async function writeItem(
  server: XnatServer,
  item: Omit<ItemToStore, 'overwrite'>,
  signal: AbortSignal,
): Promise<void> {
  const unstorable = Object.entries(item.fields).filter(([, value]) => !isStorableValue(value));
  if (unstorable.length > 0) {
    throw new InvalidInputError('XNAT takes an empty value, and the word NULL, as the wish to remove it', {
      fields: unstorable.map(([path]) => path),
    });
  }
  for (const fields of pieces(item))
    await putItem(server, { address: item.address, xsiType: item.xsiType, fields }, signal);
}

/** Whether XNAT can hold a value. */
export function isStorableValue(value: string): boolean {
  return value.trim() !== '' && value !== 'NULL';
}

/** The refusal to replace what somebody else may have written; both sides are in the details. */
export function conflictOf(address: ItemAddress, different: readonly FieldDifference[]): ConflictError {
  const [first] = different;
  const example = first === undefined ? '' : `, such as ${first.path} ("${first.theirs}", not "${first.ours}")`;
  return new ConflictError(
    `XNAT holds ${nameOf(address)} with ${different.length} other value(s)${example}; overwriting must be asked for`,
    { address, different },
  );
}

async function findItem(server: XnatServer, address: ItemAddress, signal: AbortSignal): Promise<Item | undefined> {
  try {
    return await readItem(server, address, signal);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function refuseOtherType({ address, xsiType }: ItemToStore, theirs: string): void {
  if (theirs === xsiType) return;
  throw new ConflictError(
    `XNAT holds ${nameOf(address)} as ${theirs}, not ${xsiType}; an item's type cannot be changed, so choose another label`,
    { address, ours: xsiType, theirs },
  );
}

/** The values in pieces that fit into a request, by their full XPaths; one empty piece for an item without values. */
function pieces({ xsiType, fields }: Pick<ItemToStore, 'xsiType' | 'fields'>): Record<string, string>[] {
  const found: Record<string, string>[] = [{}];
  let length = 0;
  for (const [path, value] of Object.entries(fields)) {
    const key = xpathOf(xsiType, path);
    const cost = encodeURIComponent(key).length + encodeURIComponent(value).length + 2;
    if (length > 0 && length + cost > longestQuery) {
      found.push({});
      length = 0;
    }
    Object.assign(found.at(-1) ?? {}, { [key]: value });
    length += cost;
  }
  return found;
}

/** The schema's demographics are abstract: a value below them needs the type that has it. */
function xpathOf(xsiType: string, path: string): string {
  return `${xsiType}/${path.replace(/^demographics\//, 'demographics[@xsi:type=xnat:demographicData]/')}`;
}

const nameOf = (address: ItemAddress): string => itemSegments(address).join('/');
const idOf = (item: Item): string => item.fields['ID'] ?? '';
