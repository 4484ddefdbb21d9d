import { SimError } from './exchange.ts';

/** An XML element: local names only. */
export interface XmlElement {
  readonly name: string;
  /** By name with prefix, as written. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/**
 * Reads the small documents clients send (searches, items): elements, attributes, text, CDATA, the five entities. No DTD, so
 * no entity tricks.
 * @throws SimError 400
 */
export function parseXml(source: string): XmlElement {
  if (/<!DOCTYPE|<!ENTITY/i.test(source)) throw new SimError(400, 'DTDs are not taken');
  const root: OpenElement = { name: '', attributes: {}, children: [], text: '' };
  const open: OpenElement[] = [root];
  for (const token of source.matchAll(
    /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/)?([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/)?>|([^<]+)/g,
  )) {
    const [, cdata, closing, name, attributes, empty, plain] = token;
    const top = open.at(-1) ?? root;
    if (cdata !== undefined) top.text += cdata;
    else if (plain !== undefined) top.text += unescapeXml(plain);
    else if (name !== undefined && closing !== undefined) {
      if (open.length < 2 || top.name !== localName(name)) throw new SimError(400, `XML: unexpected </${name}>`);
      open.pop();
    } else if (name !== undefined) {
      const element: OpenElement = {
        name: localName(name),
        attributes: readAttributes(attributes ?? ''),
        children: [],
        text: '',
      };
      top.children.push(element);
      if (empty === undefined) open.push(element);
    }
  }
  const [document] = root.children;
  if (document === undefined || open.length !== 1) throw new SimError(400, 'XML: document is cut');
  return document;
}

/** First child of a name. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** Text of the first child of a name, trimmed; empty when absent. */
export function childText(element: XmlElement, name: string): string {
  return childOf(element, name)?.text.trim() ?? '';
}

function readAttributes(source: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, double, single] of source.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (name !== undefined) attributes[name] = unescapeXml(double ?? single ?? '');
  }
  return attributes;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function unescapeXml(text: string): string {
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (code <= 0x10ffff) return String.fromCodePoint(code);
    return named[name ?? ''] ?? whole;
  });
}
