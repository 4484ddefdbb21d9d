import { isUtf8 } from 'node:buffer';
import { InvalidInputError } from '../../src/kernel/errors.ts';

/** One record of a file, as bytes, or why there is none. */
export interface RecordSlice {
  /** Name of its element. */
  readonly name: string;
  readonly bytes: Buffer;
  /** Where it begins in the XML, unpacked, in bytes. */
  readonly offset: number;
  /** Why its borders cannot be trusted. */
  readonly broken: string | undefined;
}

/** Elements below the root that are records; everything else there is passed over. */
const recordNames = ['PubmedArticle', 'MedlineCitation', 'PubmedBookArticle', 'DeleteCitation', 'DeleteDocument'];
const roots = /^(?:PubmedArticleSet|MedlineCitationSet|PubmedBookArticleSet)$/;

/** Longest record: the longest citations, with thousands of authors, have some megabytes. */
const longestRecord = 16 * 2 ** 20;

interface Found {
  readonly slice?: RecordSlice;
  readonly next: number;
}

/**
 * Cuts a file of PubMed into its records without reading them, so that a broken one cannot hide its neighbours and several threads
 * can read at once. A record that never ends, ends at the start of the next one and is marked broken.
 */
export class RecordSlicer {
  #buffer: Buffer = Buffer.alloc(0);
  /** Where the buffer begins in the XML. */
  #base = 0;
  #root: string | undefined;
  #ended = false;

  /** Takes more bytes and gives the records that are whole now. */
  *push(bytes: Uint8Array): Generator<RecordSlice> {
    this.#buffer = this.#buffer.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#buffer, bytes]);
    yield* this.#drain(false);
  }

  /**
   * Gives what is left.
   * @throws InvalidInputError when the root was never seen, or never closed: the file was cut short
   */
  *end(): Generator<RecordSlice> {
    yield* this.#drain(true);
    if (this.#root === undefined) {
      throw new InvalidInputError('is no PubMed XML: it has no PubmedArticleSet and no MedlineCitationSet');
    }
    if (!this.#ended) {
      throw new InvalidInputError(
        `ends at byte ${this.#base + this.#buffer.length} before </${this.#root}>: it was cut short`,
      );
    }
  }

  *#drain(last: boolean): Generator<RecordSlice> {
    let at = 0;
    while (!this.#ended) {
      const found = this.#next(at, last);
      if (found === undefined) break;
      if (found.slice !== undefined) yield found.slice;
      at = found.next;
    }
    this.#base += at;
    // A copy lets the large buffer go.
    this.#buffer = this.#ended ? Buffer.alloc(0) : Buffer.from(this.#buffer.subarray(at));
  }

  /** What stands at a position outside records; undefined when more bytes are needed. */
  #next(from: number, last: boolean): Found | undefined {
    const buffer = this.#buffer;
    const at = buffer.indexOf(60, from);
    if (at < 0) return undefined;
    if (buffer.length - at < 9 && !last) return undefined;
    const second = buffer[at + 1];
    if (second === 63) return this.#prolog(at);
    if (second === 33) return skipDeclaration(buffer, at);
    const close = buffer.indexOf(62, at);
    if (close < 0) return undefined;
    const name = /^<\/?([^\s/>]+)/.exec(buffer.toString('latin1', at, Math.min(close + 1, at + 200)))?.[1] ?? '';
    if (second === 47) {
      if (name === this.#root) this.#ended = true;
      return { next: close + 1 };
    }
    if (this.#root === undefined) return this.#openRoot(name, { close, selfClosed: buffer[close - 1] === 47 });
    if (!recordNames.includes(name)) return { next: close + 1 };
    if (buffer[close - 1] === 47) return { next: close + 1 };
    return this.#record(name, at, last);
  }

  #openRoot(name: string, tag: { readonly close: number; readonly selfClosed: boolean }): Found {
    if (!/^[\w:.-]+$/.test(name)) throw new InvalidInputError('is no PubMed XML, nor any other: bytes of another kind');
    if (!roots.test(name)) throw new InvalidInputError(`is no PubMed XML: its root is <${name.slice(0, 60)}>`);
    this.#root = name;
    this.#ended = tag.selfClosed;
    return { next: tag.close + 1 };
  }

  #prolog(at: number): Found | undefined {
    const close = this.#buffer.indexOf('?>', at);
    if (close < 0) return undefined;
    const encoding = /encoding\s*=\s*["']([^"']+)/.exec(this.#buffer.toString('latin1', at, close))?.[1];
    if (encoding !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(encoding)) {
      throw new InvalidInputError(`is written in ${encoding}; PubMed XML is read as UTF-8 only`);
    }
    return { next: close + 2 };
  }

  #record(name: string, at: number, last: boolean): Found | undefined {
    const buffer = this.#buffer;
    const endTag = Buffer.from(`</${name}>`);
    const end = findOutside(buffer, endTag, at);
    const stop = end === undefined ? buffer.length : end + endTag.length;
    const slice = (next: number, broken: string | undefined): Found => ({
      slice: { name, bytes: buffer.subarray(at, next), offset: this.#base + at, broken },
      next,
    });
    const neighbour = nextStart(buffer.subarray(0, stop), Buffer.from(`<${name}`), at + 1);
    if (neighbour !== undefined) return slice(neighbour, `has no </${name}> before the next record`);
    if (end === undefined) {
      if (!last && stop - at < longestRecord) return undefined;
      // Only a comment or a CDATA section without an end can hide what follows for so long: the record after it is sought without them.
      return slice(plainStart(buffer, `<${name}`, at + 1) ?? stop, `has no </${name}>`);
    }
    return slice(stop, isUtf8(buffer.subarray(at, stop)) ? undefined : 'holds bytes that are no UTF-8');
  }
}

/** Where the next record of the same name begins. */
function nextStart(buffer: Buffer, tag: Buffer, from: number): number | undefined {
  let at = from;
  for (;;) {
    const found = findOutside(buffer, tag, at);
    if (found === undefined || endsName(buffer[found + tag.length])) return found;
    at = found + tag.length;
  }
}

/** The same, comments and CDATA sections notwithstanding. */
function plainStart(buffer: Buffer, tag: string, from: number): number | undefined {
  for (let at = buffer.indexOf(tag, from); at >= 0; at = buffer.indexOf(tag, at + 1)) {
    if (endsName(buffer[at + tag.length])) return at;
  }
  return undefined;
}

/** Whether a byte ends an element's name: space or `>`. */
function endsName(byte: number | undefined): boolean {
  return byte !== undefined && (byte <= 32 || byte === 62);
}

/** The first place of a text that is not inside a comment or a CDATA section. */
function findOutside(buffer: Buffer, text: Buffer, from: number): number | undefined {
  let at = from;
  for (;;) {
    const found = buffer.indexOf(text, at);
    if (found < 0) return undefined;
    const special = buffer.subarray(0, found).indexOf('<!', at, 'latin1');
    if (special < 0) return found;
    const end = buffer.toString('latin1', special, special + 4) === '<!--' ? '-->' : ']]>';
    const over = buffer.indexOf(end, special, 'latin1');
    if (over < 0) return undefined;
    at = over + 3;
  }
}

/** Passes over a comment or a document type with its internal subset, neither of which is read. */
function skipDeclaration(buffer: Buffer, at: number): Found | undefined {
  if (buffer.toString('latin1', at, at + 4) === '<!--') {
    const end = buffer.indexOf('-->', at + 4);
    return end < 0 ? undefined : { next: end + 3 };
  }
  const close = buffer.indexOf(62, at);
  if (close < 0) return undefined;
  const subset = buffer.subarray(0, close).indexOf(91, at);
  if (subset < 0) return { next: close + 1 };
  const end = /\]\s*>/.exec(buffer.toString('latin1', at));
  return end === null ? undefined : { next: at + end.index + end[0].length };
}
