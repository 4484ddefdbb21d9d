import type { EntityManager } from 'typeorm';

/** Where statements are run and transactions begin: the database, or within a transaction, where an inner one is a savepoint. */
export type Transactor = Pick<EntityManager, 'query' | 'transaction'>;
