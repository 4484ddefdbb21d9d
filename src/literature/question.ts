import type { ArticleId, PrincipalId, QuestionId } from '../kernel/ids.ts';
import type { ArticleWhere } from './article-where.ts';

/** What an expert asks of the literature, kept and answered anew whenever papers come. */
export interface Question {
  readonly __typename: 'Question';
  readonly id: QuestionId;
  readonly ownerId: PrincipalId;
  /** Name of the owner. */
  readonly owner: string;
  readonly text: string;
  readonly notes: string | undefined;
  /** Whether everybody who is signed in reads it. */
  readonly shared: boolean;
  readonly where: ArticleWhere;
  /** Counts edits. */
  readonly version: number;
  /** Revision of the articles up to which it is answered; undefined while all are to be compared. */
  readonly linkedRevision: number | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The expert's word on an article. */
export type Verdict = 'YES' | 'NO';

/** An article that answers a question. */
export interface QuestionMatch {
  readonly articleId: ArticleId;
  /** Place in the order in which they were found. */
  readonly number: number;
  /** How likely it answers, from 0 to 1. */
  readonly score: number;
  readonly words: number | undefined;
  readonly meaning: number | undefined;
  readonly passage: string | undefined;
  readonly matchedAt: Date;
  readonly verdict: Verdict | undefined;
}

/** An article as it was compared with a question. */
export interface ScoredArticle {
  readonly articleId: ArticleId;
  readonly score: number;
  readonly words: number | undefined;
  readonly meaning: number | undefined;
  readonly passage: string | undefined;
}
