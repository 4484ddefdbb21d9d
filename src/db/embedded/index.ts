export { type EmbeddedDatabase, type OpenOptions, openEmbeddedDatabase } from './open-database.ts';
export type { LeaseRole } from './protocol.ts';
