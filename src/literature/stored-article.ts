import type { ArticleId } from '../kernel/ids.ts';

/** An article as lists show it. */
export interface Article {
  readonly __typename: 'Article';
  readonly id: ArticleId;
  readonly pmid: string | undefined;
  readonly pmcid: string | undefined;
  readonly doi: string | undefined;
  readonly title: string;
  readonly abstract: string | undefined;
  readonly journal: string | undefined;
  readonly year: number | undefined;
  readonly published: string | undefined;
  readonly publicationTypes: readonly string[];
  readonly languages: readonly string[];
  readonly keywords: readonly string[];
  readonly hasFullText: boolean;
  readonly retracted: boolean;
  readonly license: string | undefined;
  readonly createdAt: Date;
}

/** Exactly one of the identifiers of an article. */
export type ArticleKey =
  | { readonly kind: 'id'; readonly value: ArticleId }
  | { readonly kind: 'pmid' | 'pmcid' | 'doi'; readonly value: string };
