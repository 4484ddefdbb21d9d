import type { ArticleRecord } from './model.ts';

/** Where a part of an article stands in its text, in Unicode code points. */
export interface TextPart {
  /** `title`, `abstract`, or the heading of a section. */
  readonly name: string;
  readonly role: ArticleRecord['sections'][number]['role'] | 'TITLE' | 'ABSTRACT';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const joint = '\n\n';

/**
 * The parts of an article's text with their offsets. The text itself is title, abstract and sections joined by an empty line; an
 * article without an abstract has an empty one, so that offsets do not depend on what is missing.
 */
export function articleParts(article: Pick<ArticleRecord, 'title' | 'abstract' | 'sections'>): readonly TextPart[] {
  const parts: TextPart[] = [];
  let start = 0;
  const add = (name: string, role: TextPart['role'], text: string): void => {
    const end = start + codePoints(text);
    parts.push({ name, role, text, start, end });
    start = end + joint.length;
  };
  add('title', 'TITLE', article.title);
  add('abstract', 'ABSTRACT', article.abstract ?? '');
  for (const section of article.sections) add(section.name, section.role, section.text);
  return parts;
}

/** The text that offsets of mentions and evidence count in. */
export function articleText(article: Pick<ArticleRecord, 'title' | 'abstract' | 'sections'>): string {
  return [article.title, article.abstract ?? '', ...article.sections.map(({ text }) => text)].join(joint);
}

/** Length in Unicode code points: what offsets count, whatever the reader's language counts in. */
function codePoints(text: string): number {
  let surrogatePairs = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit < 0xdc00) surrogatePairs += 1;
  }
  return text.length - surrogatePairs;
}
