import { type SaxesOptions, SaxesParser, type SaxesTagPlain } from 'saxes';
import { InvalidInputError, messageOf } from '../../src/kernel/errors.ts';

/** An element of XML, names as written (`mml:math`, `xlink:href`). */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Elements and text, in order. */
  readonly children: readonly (XmlElement | string)[];
}

interface OpenElement extends XmlElement {
  readonly children: (XmlElement | string)[];
}

/** Keeping count of lines costs a tenth of the time: only a document that turned out broken is read so, once more. */
const fast = { xmlns: false, position: false, fragment: false } as const satisfies SaxesOptions;
const placed = { ...fast, position: true } as const satisfies SaxesOptions;

/** Deepest nesting that is read: far beyond any article, far below the stack. */
const deepest = 500;

/**
 * Reads whole, well-formed XML into trees, one document after another. Nothing is fetched and no entity but XML's own five and
 * character references is expanded: a document type is passed over, so entity bombs and external entities are errors or nothing.
 */
export class XmlTreeReader {
  readonly #skip: ReadonlySet<string>;
  readonly #named: Readonly<Record<string, string>>;
  #parser: SaxesParser<typeof fast>;
  #open: OpenElement[] = [];
  #current: OpenElement | undefined;
  #root: XmlElement | undefined;
  #skipped = 0;

  /**
   * @param skip - names of elements that are checked for form and otherwise left out
   * @param named - characters of the entities that the kind of document defines
   */
  constructor(skip: ReadonlySet<string> = new Set(), named: Readonly<Record<string, string>> = {}) {
    this.#skip = skip;
    this.#named = named;
    this.#parser = this.#newParser();
  }

  /**
   * @throws InvalidInputError that says line and column where the text is no well-formed XML
   */
  read(xml: string): XmlElement {
    this.#open = [];
    this.#current = undefined;
    this.#root = undefined;
    this.#skipped = 0;
    try {
      // Closing a document empties the parser's entities, too.
      Object.assign(this.#parser.ENTITIES, this.#named);
      this.#parser.write(xml).close();
    } catch (error) {
      this.#parser = this.#newParser();
      throw new InvalidInputError(
        `is not well-formed XML: ${(faultOf(xml, this.#named) ?? messageOf(error)).replace(/\.$/, '')}`,
        {},
        { cause: error },
      );
    }
    return this.#takeRoot();
  }

  #takeRoot(): XmlElement {
    const root = this.#root;
    this.#root = undefined;
    if (root === undefined) throw new InvalidInputError('holds no XML element');
    return root;
  }

  #newParser(): SaxesParser<typeof fast> {
    const parser = new SaxesParser(fast);
    parser.on('opentag', (tag) => this.#opened(tag));
    parser.on('closetag', () => this.#closed());
    const text = (piece: string): void => {
      if (this.#skipped === 0) this.#current?.children.push(piece);
    };
    parser.on('text', text);
    parser.on('cdata', text);
    parser.on('error', (error) => {
      throw error;
    });
    return parser;
  }

  #opened(tag: SaxesTagPlain): void {
    if (this.#skipped > 0 || this.#skip.has(tag.name)) {
      this.#skipped += 1;
      return;
    }
    const element: OpenElement = { name: tag.name, attributes: tag.attributes, children: [] };
    if (this.#current === undefined) this.#root = element;
    else {
      this.#current.children.push(element);
      this.#open.push(this.#current);
      if (this.#open.length > deepest) throw new Error(`it is nested deeper than ${deepest} elements`);
    }
    this.#current = element;
  }

  #closed(): void {
    if (this.#skipped > 0) this.#skipped -= 1;
    else this.#current = this.#open.pop();
  }
}

/** The first fault of a text, with its line and column. */
function faultOf(xml: string, named: Readonly<Record<string, string>>): string | undefined {
  const parser = new SaxesParser(placed);
  Object.assign(parser.ENTITIES, named);
  let fault: string | undefined;
  parser.on('error', (error) => {
    const [, line, column, reason] = /^(\d+):(\d+): (.*)$/s.exec(error.message) ?? [];
    fault = line === undefined ? error.message : `line ${line}, column ${column ?? ''}: ${reason ?? ''}`;
    throw error;
  });
  try {
    parser.write(xml).close();
  } catch {
    // The first fault is known now.
  }
  return fault;
}

/** The first child element of a name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  if (element === undefined) return undefined;
  for (const child of element.children) if (typeof child !== 'string' && child.name === name) return child;
  return undefined;
}

/** All child elements, of a name where one is given. */
export function childrenOf(element: XmlElement | undefined, name?: string): readonly XmlElement[] {
  const found: XmlElement[] = [];
  if (element === undefined) return found;
  for (const child of element.children) {
    if (typeof child !== 'string' && (name === undefined || child.name === name)) found.push(child);
  }
  return found;
}

/** The element at the end of a path of first children. */
export function elementAt(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  let at = element;
  for (const name of path) at = childOf(at, name);
  return at;
}

/** All descendants of a name, in document order. */
export function* descendantsOf(element: XmlElement, name: string): Generator<XmlElement> {
  for (const child of element.children) {
    if (typeof child === 'string') continue;
    if (child.name === name) yield child;
    yield* descendantsOf(child, name);
  }
}

/** The text below an element without markup, spaces single and trimmed; undefined where none is left. */
export function textOf(element: XmlElement | undefined): string | undefined {
  if (element === undefined) return undefined;
  const only = element.children.length === 1 ? element.children[0] : undefined;
  const text = singleSpaced(typeof only === 'string' ? only : rawText(element));
  return text === '' ? undefined : text;
}

/** A text with every run of white space made one space, trimmed. Most texts are so already: only the others are copied. */
export function singleSpaced(text: string): string {
  let before = 32;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // Other white space than ASCII's lies from the no-break space on.
    if (unit <= 32 ? unit !== 32 || before === 32 : unit >= 160 && /\s/.test(text[at] ?? '')) return respaced(text);
    before = unit;
  }
  return before === 32 ? respaced(text) : text;
}

function respaced(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function rawText(element: XmlElement): string {
  let text = '';
  for (const child of element.children) text += typeof child === 'string' ? child : rawText(child);
  return text;
}
