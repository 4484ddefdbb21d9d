import { defineConfig } from 'vitest/config';

const quick = { testTimeout: 10_000 };
/** Suites on a real database: one server for the run, one database per file, made from a template. */
const onDatabase = { globalSetup: ['test/kit/database-server.ts'], testTimeout: 180_000, hookTimeout: 120_000 };

/** Suites on a real Elasticsearch, which they start themselves. */
const onSearchEngine = { testTimeout: 180_000, hookTimeout: 600_000 };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], ...quick } },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], ...quick } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: ['test/integration/retrieval/**'],
          ...onDatabase,
        },
      },
      { test: { name: 'retrieval', include: ['test/integration/retrieval/**/*.test.ts'], ...onSearchEngine } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...onDatabase } },
    ],
  },
});
