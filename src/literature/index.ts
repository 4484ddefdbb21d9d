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
export type {
  ArticleReader,
  FileCheckpoint,
  Literature,
  LiteratureBatch,
  LiteratureIntake,
  LiteratureReport,
} from './ports.ts';
export { type ArticleArguments, articleIdIn, readArticle } from './read-articles.ts';
export type { Article, ArticleKey } from './stored-article.ts';
