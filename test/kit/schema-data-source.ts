import { createDataSource } from '../../src/db/data-source.ts';

/**
 * What TypeORM's command line reads to write and to check migrations, as in
 * `DATABASE_URL=… npx typeorm migration:generate --check -d test/kit/schema-data-source.ts migrations/drift`.
 */
export default createDataSource({
  url: process.env['DATABASE_URL'] ?? 'postgresql://127.0.0.1/mia',
  poolSize: 2,
  applicationName: 'mia-schema',
});
