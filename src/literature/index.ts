export { type AcceptedField, acceptCandidate } from './accept-candidate.ts';
export { articleParts, articleText, type TextPart } from './article-text.ts';
export type { ArticleWhere, MeshFilter, TextTest } from './article-where.ts';
export { createDatasetMiner } from './dataset-miner.ts';
export { type Deciding, decideCandidate, rejectCandidate } from './decide-candidate.ts';
export { createDiscovery, type DiscoveryParts } from './discovery.ts';
export type {
  Candidate,
  CandidateState,
  DatasetPaper,
  MiningReport,
  PaperEvidence,
  ProposedField,
  StoredMention,
  YearOfUse,
} from './discovery-model.ts';
export type {
  CandidateStore,
  CandidateWhere,
  DatasetMiner,
  Discovery,
  GazetteerSource,
  MentionReader,
  MiningStore,
} from './discovery-ports.ts';
export { type EmbedParts, embedBatch, followVectorQueue } from './embed-articles.ts';
export { exportDecisions } from './export-decisions.ts';
export {
  createQuestion,
  deleteQuestion,
  judgeArticle,
  type NewQuestion,
  type QuestionKeeper,
  questionIdIn,
  questionScopeOf,
  readQuestion,
  updateQuestion,
} from './keep-questions.ts';
export { followQuestions, type LinkParts, linkQuestions } from './link-questions.ts';
export { listCandidates, readCandidateNode } from './list-candidates.ts';
export { listMentions, listPapers } from './list-mentions.ts';
export { mergeCandidate } from './merge-candidate.ts';
export { type MeshDescriptor, MeshTree } from './mesh-tree.ts';
export { clusterMentions, type MinedPaper } from './mining/cluster-mentions.ts';
export { createMiner, type Miner } from './mining/mine-article.ts';
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
export type { CohortModel, LexiconTerm, LinearModel, MiningResources, NameModel, RoleModel } from './mining/ports.ts';
export type { MinableArticle } from './mining/prepare-text.ts';
export { resolveMention } from './mining/resolve-mention.ts';
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
export { type ArticleIndexParts, openArticleIndex } from './open-article-index.ts';
export { originEvidence } from './origin-evidence.ts';
export type {
  ArticleIndex,
  ArticleQuestion,
  ArticleRanking,
  ArticleReader,
  ArticleScores,
  FileCheckpoint,
  FileProgress,
  LinkedArticles,
  Literature,
  LiteratureBatch,
  LiteratureIntake,
  LiteratureReport,
  MatchQuery,
  MeshStore,
  QuestionPatch,
  QuestionScope,
  QuestionStore,
  RankedArticle,
  ScoreRequest,
  VectorLease,
  VectorQueue,
  VectorReason,
} from './ports.ts';
export type { Question, QuestionMatch, ScoredArticle, Verdict } from './question.ts';
export { type ArticleArguments, articleIdIn, readArticle } from './read-articles.ts';
export { exportMatches, followMatches, listMatches, listQuestions } from './read-questions.ts';
export {
  type ArticleHit,
  type ArticleQuery,
  type ArticleSearch,
  type ArticleSearchParts,
  searchArticles,
  similarArticles,
} from './search-articles.ts';
export { roleOfHeading, roleOfSection } from './section-role.ts';
export type { Article, ArticleKey } from './stored-article.ts';
