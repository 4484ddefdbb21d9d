import { UpstreamContractError } from '../kernel/errors.ts';
import { type Item, itemsAt, itemsSchema, toItem } from './model.ts';
import { checkShape, parseJson, parseText } from './parse-json.ts';
import { dataPath, type ItemAddress, itemSegments, normaliseUri } from './paths.ts';
import type { TextReply, XnatServer } from './ports.ts';

/**
 * One item with all its children, by address.
 * @throws NotFoundError when it is absent or hidden; UpstreamContractError when the answer holds no current item
 */
export async function readItem(server: XnatServer, address: ItemAddress, signal: AbortSignal): Promise<Item> {
  return readItemAt(server, dataPath(...itemSegments(address)), signal);
}

/** One item by the URI a list gave; any of XNAT's spellings. Throws as readItem. */
export async function readItemAt(server: XnatServer, uri: string, signal: AbortSignal): Promise<Item> {
  return server.send(
    { operation: 'item.read', method: 'GET', path: normaliseUri(uri), query: { format: 'json' }, read: parseItem },
    signal,
  );
}

/** The item as the XML document of XNAT's schema. */
export async function readItemXml(server: XnatServer, address: ItemAddress, signal: AbortSignal): Promise<string> {
  return server.send(
    {
      operation: 'item.xml',
      method: 'GET',
      path: dataPath(...itemSegments(address)),
      query: { format: 'xml' },
      read: parseText,
    },
    signal,
  );
}

/** Legacy custom variables of an item (`fields/field`); the server keeps their names in lower case. */
export function customVariables(item: Item): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const child of itemsAt(item, 'fields/field')) {
    const name = child.fields['name'];
    const value = child.fields['field'];
    if (name !== undefined && value !== undefined) variables.set(name, value);
  }
  return variables;
}

/** Where an item is shared into, with its label there. */
export function sharesOf(item: Item): readonly { readonly project: string; readonly label?: string | undefined }[] {
  return itemsAt(item, 'sharing/share').flatMap((share) => {
    const project = share.fields['project'];
    return project === undefined ? [] : [{ project, label: share.fields['label'] }];
  });
}

function parseItem(reply: TextReply): Item {
  const { items } = checkShape(itemsSchema, parseJson(reply), 'an item');
  const current = items.map(toItem).find((item) => !item.isHistory);
  if (current === undefined) throw new UpstreamContractError('XNAT answered an item without a current version');
  return current;
}
