import type { ItemNode } from './item-tree.ts';
import { escapeXml } from './tables.ts';
import { findType, isAttribute, nestedItems } from './xsi-types.ts';

/** The XML document of an item in the shape of XNAT's schema: attributes, simple elements, then children. */
export function renderItemXml(root: ItemNode): string {
  const type = String(root.meta['xsi:type'] ?? '');
  const element = findType(type)?.element ?? type;
  const names =
    ' xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xdat="http://nrg.wustl.edu/xdat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
  return `<?xml version="1.0" encoding="UTF-8"?>\n${renderElement(element, root, names, false)}`;
}

/** Item types that are not in the type table but are written with `xsi:type`; values of these are elements. */
const elementTypes = new Set(Object.values(nestedItems));

function renderElement(name: string, item: ItemNode, extra: string, withType: boolean): string {
  const type = String(item.meta['xsi:type'] ?? '');
  const simpleBody = item.data_fields['field'] ?? item.data_fields['alias'];
  const known = findType(type) !== undefined || elementTypes.has(type);
  const attributes: string[] = withType && (known || type === 'xnat:resourceCatalog') ? [` xsi:type="${type}"`] : [];
  const elements = new Map<string, string>();
  for (const [path, value] of Object.entries(item.data_fields)) {
    if (/^xnat_.*_id$/.test(path) || path === 'field' || path === 'alias') continue;
    const text = escapeXml(String(value));
    const [top = path] = path.split('/');
    if (isAttribute(type, path) || !known) attributes.push(` ${path}="${text}"`);
    else if (!elements.has(top)) elements.set(top, simpleElement(item, top));
  }
  const children = item.children.map((group) => wrapped(group.field, group.items)).join('');
  const body = simpleBody === undefined ? [...elements.values()].join('') + children : escapeXml(String(simpleBody));
  const head = `${name}${extra}${attributes.join('')}`;
  return body === '' ? `<${head}/>` : `<${head}>${body}</${name}>`;
}

function simpleElement(item: ItemNode, top: string): string {
  const text = escapeXml(String(item.data_fields[top] ?? ''));
  return `<xnat:${top}${simpleAttributes(item, top)}>${text}</xnat:${top}>`;
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
