import type { MeshDescriptor } from '../../src/literature/index.ts';

/** A record that cannot be read. */
export interface BrokenDescriptor {
  readonly sourceId: string;
  readonly error: string;
}

const recordEnd = '</DescriptorRecord>';
/** The longest record of 2025 has 120,000 characters; one without end must not fill the memory. */
const longestRecord = 4_000_000;

/**
 * Descriptors of NLM's file `desc20XX.xml`, one after another. Its form is fixed (NLM, MeSH XML Data Elements): records do not nest, and
 * what is wanted of each stands in elements without attributes.
 * @param pieces - the file as text, in pieces of any size
 * @throws Error when the file is not one of descriptors
 */
export async function* readDescriptors(
  pieces: AsyncIterable<string>,
): AsyncGenerator<MeshDescriptor | BrokenDescriptor> {
  let text = '';
  let place = 0;
  for await (const piece of pieces) {
    text += piece;
    for (let end = text.indexOf(recordEnd); end >= 0; end = text.indexOf(recordEnd)) {
      place += 1;
      yield readDescriptor(text.slice(text.indexOf('<DescriptorRecord'), end), place);
      text = text.slice(end + recordEnd.length);
    }
    if (text.length > longestRecord)
      throw new Error(`record ${place + 1} has no end within ${longestRecord} characters`);
  }
  if (text.includes('<DescriptorRecord ')) yield { sourceId: `record ${place + 1}`, error: 'the file ends within it' };
  if (place === 0) throw new Error('it holds no DescriptorRecord');
}

function readDescriptor(record: string, place: number): MeshDescriptor | BrokenDescriptor {
  // What comes after the concepts' relations names other descriptors: the first of each is the record's own.
  const [ui] = texts(record, 'DescriptorUI');
  const [label] = texts(elements(record, 'DescriptorName')[0] ?? '', 'String');
  if (ui === undefined || !/^D\d{6,}$/.test(ui) || label === undefined || label === '')
    return { sourceId: ui ?? `record ${place}`, error: 'it has no DescriptorUI, or no name' };
  const terms = elements(record, 'Term').flatMap((term) => texts(term, 'String'));
  return {
    ui,
    label,
    synonyms: [...new Set(terms)].filter((term) => term !== label),
    treeNumbers: texts(record, 'TreeNumber'),
  };
}

function elements(xml: string, name: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g'))].map(
    ([, inner = '']) => inner,
  );
}

function texts(xml: string, name: string): readonly string[] {
  return elements(xml, name).map((inner) => decode(inner).trim());
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replaceAll(
    /&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return named[name] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
