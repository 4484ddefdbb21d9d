import type { ItemNode } from './item-tree.ts';
import { escapeXml } from './tables.ts';
import { findType, isAttribute } from './xsi-types.ts';

/** The XML document of an item in the shape of XNAT's schema: attributes, simple elements, then children. */
export function renderItemXml(root: ItemNode): string {
  const type = String(root.meta['xsi:type'] ?? '');
  const element = findType(type)?.element ?? type;
  const names =
    ' xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xdat="http://nrg.wustl.edu/xdat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
  return `<?xml version="1.0" encoding="UTF-8"?>\n${renderElement(element, root, names, false)}`;
}

function renderElement(name: string, item: ItemNode, extra: string, withType: boolean): string {
  const type = String(item.meta['xsi:type'] ?? '');
  const simpleBody = item.data_fields['field'] ?? item.data_fields['alias'];
  const attributes: string[] = withType && findType(type) !== undefined ? [` xsi:type="${type}"`] : [];
  const elements: string[] = [];
  for (const [path, value] of Object.entries(item.data_fields)) {
    const text = escapeXml(String(value));
    if (/^xnat_.*_id$/.test(path) || path === 'field' || path === 'alias' || path.includes('/')) continue;
    if (isAttribute(type, path) || findType(type) === undefined) attributes.push(` ${path}="${text}"`);
    else elements.push(`<xnat:${path}${simpleAttributes(item, path)}>${text}</xnat:${path}>`);
  }
  const children = item.children.map((group) => wrapped(group.field, group.items)).join('');
  const body = simpleBody === undefined ? elements.join('') + children : escapeXml(String(simpleBody));
  return body === ''
    ? `<${name}${extra}${attributes.join('')}/>`
    : `<${name}${extra}${attributes.join('')}>${body}</${name}>`;
}

/** `scanner/model` is the attribute `model` of `<scanner>`. */
function simpleAttributes(item: ItemNode, element: string): string {
  return Object.entries(item.data_fields)
    .filter(([path]) => path.startsWith(`${element}/`))
    .map(([path, value]) => ` ${path.slice(element.length + 1)}="${escapeXml(String(value))}"`)
    .join('');
}

function wrapped(field: string, items: readonly ItemNode[]): string {
  const [outer = '', inner] = field.split('/');
  const rendered = items.map((item) => renderElement(`xnat:${inner ?? outer}`, item, '', true)).join('');
  return inner === undefined ? rendered : `<xnat:${outer}>${rendered}</xnat:${outer}>`;
}
