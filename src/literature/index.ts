export { articleParts, articleText, type TextPart } from './article-text.ts';
export type {
  ArticleAuthor,
  ArticleGrant,
  ArticleNotice,
  ArticleRecord,
  ArticleReference,
  ArticleSection,
  DataBank,
  LiteratureItem,
  MeshHeading,
  SectionRole,
} from './model.ts';
export type { FileCheckpoint, LiteratureBatch, LiteratureIntake, LiteratureReport } from './ports.ts';
