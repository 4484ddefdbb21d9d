export { articleParts, articleText, type TextPart } from './article-text.ts';
export type {
  AttributeField,
  AttributeMention,
  ClusterAttribute,
  ClusterMember,
  CohortSize,
  Gazetteer,
  GazetteerEntry,
  Mention,
  MentionCluster,
  MentionKind,
  MentionRole,
  MinedArticle,
  MinedDataset,
  Resolution,
  RoleScores,
  Span,
} from './mining/model.ts';
export type { LexiconTerm, LinearModel, MiningResources, NameModel, RoleModel } from './mining/ports.ts';
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
