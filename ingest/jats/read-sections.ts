import {
  type ArticleRecord,
  type ArticleSection,
  roleOfSection,
  type SectionRole,
} from '../../src/literature/index.ts';
import { childOf, childrenOf, descendantsOf, textOf, type XmlElement } from '../kit/xml-tree.ts';
import { blockText } from './read-text.ts';

/** Elements of a section that are sections of their own, or no text of it. */
const notText: ReadonlySet<string> = new Set([
  'sec',
  'title',
  'label',
  'sec-meta',
  'fig',
  'fig-group',
  'table-wrap',
  'table-wrap-group',
  'supplementary-material',
  'ref-list',
]);

/** The abstract, and those of other kinds (summaries, translations) beside it. */
export function abstractsOf(meta: XmlElement): Pick<ArticleRecord, 'abstract' | 'otherAbstracts'> {
  const all = childrenOf(meta, 'abstract').filter(({ attributes }) => attributes['abstract-type'] !== 'graphical');
  const main = all.find(({ attributes }) => attributes['abstract-type'] === undefined) ?? all[0];
  const others = [...all.filter((one) => one !== main), ...childrenOf(meta, 'trans-abstract')].flatMap((other) => {
    const text = abstractText(other);
    return text === undefined ? [] : [{ language: other.attributes['xml:lang'], text }];
  });
  return { abstract: abstractText(main), ...(others.length > 0 && { otherAbstracts: others }) };
}

function abstractText(abstract: XmlElement | undefined): string | undefined {
  const paragraphs = childrenOf(abstract).flatMap((part) => {
    if (part.name === 'title' || part.name === 'label') return [];
    if (part.name !== 'sec') return blockText(part) ?? [];
    const text = textUnder(part, true);
    const label = textOf(childOf(part, 'title'))?.replace(/:$/, '');
    return text === '' ? [] : label === undefined ? text : `${label}: ${text}`;
  });
  return paragraphs.length === 0 ? undefined : paragraphs.join('\n');
}

/**
 * The sections of body and back matter, parents before children and without those that are a heading alone, then captions of tables and figures, then what data are where: of
 * notes, footnotes and the back matter.
 */
export function sectionsOf(article: XmlElement): readonly ArticleSection[] {
  const body = childOf(article, 'body');
  const back = childOf(article, 'back');
  const sections: ArticleSection[] = [];
  if (body !== undefined) {
    const text = textUnder(body, false);
    if (text !== '') sections.push({ name: '', role: undefined, text });
    for (const sec of childrenOf(body, 'sec')) addSection(sections, sec, undefined);
  }
  for (const part of childrenOf(back)) addBack(sections, part);
  for (const notes of childrenOf(childOf(childOf(article, 'front'), 'notes') ?? childOf(article, 'front'), 'notes')) {
    addSection(sections, notes, undefined);
  }
  const captions = [childOf(article, 'body'), back, childOf(article, 'floats-group')].flatMap((part) =>
    part === undefined ? [] : captionsOf(part),
  );
  return [...sections, ...captions];
}

/** A section with its subsections; a subsection that does not tell its role has its parent's. */
function addSection(sections: ArticleSection[], sec: XmlElement, inherited: SectionRole | undefined): void {
  const name = textOf(childOf(sec, 'title')) ?? '';
  const type = sec.attributes['sec-type'] ?? sec.attributes['notes-type'] ?? sec.attributes['fn-type'];
  const role = roleOfSection(type, name, inherited);
  const text = textUnder(sec, false);
  if (text !== '') sections.push({ name, role, text });
  for (const child of childrenOf(sec, 'sec')) addSection(sections, child, role);
}

/** What stands behind the body: its sections, notes and footnotes; references are told apart. */
function addBack(sections: ArticleSection[], part: XmlElement): void {
  if (part.name === 'ref-list' || part.name === 'glossary') return;
  if (part.name === 'app-group') {
    for (const app of childrenOf(part, 'app')) addSection(sections, app, 'OTHER');
  } else if (part.name === 'fn-group') {
    for (const fn of childrenOf(part, 'fn')) addFootnote(sections, fn, textOf(childOf(part, 'title')) ?? '');
  } else if (part.name === 'ack') {
    sections.push({
      name: textOf(childOf(part, 'title')) ?? 'Acknowledgements',
      role: 'OTHER',
      text: textUnder(part, true),
    });
  } else addSection(sections, part, undefined);
}

/** A footnote that begins with its heading in bold has it as its name. */
function addFootnote(sections: ArticleSection[], fn: XmlElement, group: string): void {
  const text = blockText(fn);
  if (text === undefined) return;
  const bold = [...descendantsOf(fn, 'bold'), ...descendantsOf(fn, 'title')].map(textOf)[0];
  const name = bold !== undefined && text.startsWith(bold) ? bold.replace(/[.:]$/, '') : group;
  sections.push({ name, role: roleOfSection(fn.attributes['fn-type'], name, 'OTHER'), text });
}

/** The paragraphs of a section, without its subsections unless `deep`. */
function textUnder(sec: XmlElement, deep: boolean): string {
  const paragraphs: string[] = [];
  for (const child of childrenOf(sec)) {
    if (child.name === 'sec' && deep) paragraphs.push(textUnder(child, true));
    else if (!notText.has(child.name)) paragraphs.push(blockText(child) ?? '');
  }
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n');
}

function captionsOf(part: XmlElement): readonly ArticleSection[] {
  const captions: ArticleSection[] = [];
  for (const name of ['table-wrap', 'fig', 'supplementary-material']) {
    for (const float of descendantsOf(part, name)) {
      const words = [childOf(float, 'caption'), childOf(float, 'table-wrap-foot')].flatMap(
        (one) => blockText(one) ?? [],
      );
      const label = textOf(childOf(float, 'label')) ?? '';
      if (words.length > 0) captions.push({ name: label, role: 'CAPTIONS', text: words.join('\n') });
    }
  }
  return captions;
}
