import { relabel } from './edit-world.ts';
import type { XmlElement } from './parse-xml.ts';
import type { SimItem, World } from './world.ts';
import { demographicValues, findType, nestedItems, valuesOf } from './xsi-types.ts';

/** Query parameters of a PUT that are not values. */
const control = new Set([
  'xsiType',
  'req_format',
  'format',
  'inbody',
  'event_reason',
  'event_type',
  'event_action',
  'allowDataDeletion',
  'activate',
  'quarantine',
  'XNAT_CSRF',
  'triggerPipelines',
  'fixScanTypes',
  'pullDataFromHeaders',
]);

/**
 * Sets values from a PUT's query: short names (`gender`), XPaths (`xnat:subjectData/group`), custom variables
 * (`…/fields/field[name=X]/field`). `NULL` and an empty text remove a value.
 */
export function applyQuery(world: World, item: SimItem, xsiType: string, query: ReadonlyMap<string, string>): void {
  for (const [key, value] of query) {
    if (control.has(key)) continue;
    applyValue(world, item, xsiType, stripType(key), value);
  }
}

/** Sets values from an item's XML document; elements that are lists of items are left alone. */
export function applyXml(world: World, item: SimItem, xsiType: string, document: XmlElement): void {
  for (const [name, value] of Object.entries(document.attributes)) {
    if (name.includes(':') || name === 'xmlns') continue;
    applyValue(world, item, xsiType, name, value);
  }
  for (const child of document.children) {
    if (child.name === 'fields') {
      for (const field of child.children) setField(item, field.attributes['name'] ?? '', field.text.trim());
    } else if (nestedItems[child.name] !== undefined) {
      for (const inner of child.children)
        applyValue(world, item, xsiType, `${child.name}/${inner.name}`, inner.text.trim());
    } else if (child.children.length === 0) {
      applyValue(world, item, xsiType, child.name, child.text.trim());
      for (const [name, value] of Object.entries(child.attributes))
        applyValue(world, item, xsiType, `${child.name}/${name}`, value);
    }
  }
}

/** The type an XML document's root element stands for. */
export function typeOfElement(
  document: XmlElement,
  types: readonly { readonly name: string; readonly element: string }[],
): string | undefined {
  const declared = document.attributes['xsi:type'];
  return declared ?? types.find((type) => type.element === `xnat:${document.name}`)?.name;
}

function stripType(key: string): string {
  const plain = key.replace(/\[@xsi:type=[^\]]*\]/g, '');
  const slash = plain.indexOf('/');
  return slash > 0 && plain.slice(0, slash).includes(':') ? plain.slice(slash + 1) : plain;
}

function applyValue(world: World, item: SimItem, xsiType: string, path: string, value: string): void {
  const field = /^fields\/field\[name=([^\]]+)\]\/field$/i.exec(path)?.[1];
  if (field !== undefined) {
    setField(item, field, value);
    return;
  }
  const lower = path.toLowerCase();
  if (lower === 'id' || lower === 'project' || lower === 'subject_id' || lower === 'imagesession_id' || lower === 'uri')
    return;
  if (lower === 'label') {
    if ('shares' in item && value !== '' && value !== item.label) relabel(world, item, value);
    return;
  }
  const canonical = canonicalPath(xsiType, path);
  if (value === '' || value === 'NULL') Reflect.deleteProperty(item.values, canonical);
  else item.values[canonical] = world.shared(value);
}

/** XNAT keeps custom variables' names in lower case. */
function setField(item: SimItem, name: string, value: string): void {
  if (name === '') return;
  item.fields ??= new Map();
  if (value === '' || value === 'NULL') item.fields.delete(name.toLowerCase());
  else item.fields.set(name.toLowerCase(), value);
}

function canonicalPath(xsiType: string, path: string): string {
  const lower = path.toLowerCase();
  const demographic = demographicValues.find((value) => value.toLowerCase() === lower);
  if (xsiType === 'xnat:subjectData' && demographic !== undefined) return `demographics/${demographic}`;
  if (lower === 'pi_firstname') return 'PI/firstname';
  if (lower === 'pi_lastname') return 'PI/lastname';
  const known =
    findType(xsiType) === undefined ? undefined : valuesOf(xsiType).find((value) => value.toLowerCase() === lower);
  return known ?? path;
}
