import { singleSpaced, type XmlElement } from '../kit/xml-tree.ts';

/** Elements that end a word: what stands in them and what stands beside them is no one word. */
const blocks: ReadonlySet<string> = new Set([
  'p',
  'sec',
  'title',
  'label',
  'caption',
  'list',
  'list-item',
  'def-list',
  'def-item',
  'term',
  'def',
  'disp-formula',
  'disp-quote',
  'break',
  'table',
  'tr',
  'td',
  'th',
  'fn',
  'boxed-text',
  'statement',
  'verse-line',
  'preformat',
  'name',
  'string-name',
  'surname',
  'given-names',
  'person-group',
  'article-title',
  'chapter-title',
  'source',
  'year',
  'volume',
  'issue',
  'fpage',
  'lpage',
  'pub-id',
  'etal',
  'collab',
  'comment',
  'publisher-name',
  'publisher-loc',
  'institution',
  'addr-line',
  'country',
  'kwd',
  'license-p',
  'data-title',
  'month',
  'day',
]);

/** What is told elsewhere, or twice: floats have their captions, a formula has one notation. */
const left: ReadonlySet<string> = new Set([
  'fig',
  'fig-group',
  'table-wrap',
  'table-wrap-group',
  'supplementary-material',
  'graphic',
  'media',
  'inline-graphic',
  'object-id',
  'tex-math',
  'annotation',
  'xref-group',
  'permissions',
  'index-term',
  'alternatives-graphic',
]);

/** The text of a block without floats, spaces single; undefined where none is left. */
export function blockText(element: XmlElement | undefined, skip: ReadonlySet<string> = left): string | undefined {
  if (element === undefined) return undefined;
  const text = singleSpaced(raw(element, skip));
  return text === '' ? undefined : text;
}

function raw(element: XmlElement, skip: ReadonlySet<string>): string {
  let text = '';
  for (const child of element.children) {
    if (typeof child === 'string') text += child;
    else if (!skip.has(child.name)) text += blocks.has(child.name) ? ` ${raw(child, skip)} ` : raw(child, skip);
  }
  return text;
}
