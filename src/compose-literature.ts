import type { DataSource } from 'typeorm';
import type { Config } from './config.ts';
import { PostgresArticleReader } from './literature/adapters/postgres-article-reader.ts';
import { PostgresArticleStore } from './literature/adapters/postgres-article-store.ts';
import type { Literature } from './literature/index.ts';

/** The literature, wired; nothing is opened before it is used. */
export function composeLiterature({ config, db }: { readonly config: Config; readonly db: DataSource }): Literature {
  return {
    intake: new PostgresArticleStore(db, config.literature.vectors),
    articles: new PostgresArticleReader(db),
    close: async () => {},
  };
}
