import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The one graphql that Node loads: its ES module form would be a second one, whose schemas the first does not accept. */
const resolve = { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] };

const quick = { testTimeout: 10_000 };
/** Suites on a real database: one server for the run, one database per file, made from a template. */
const onDatabase = { globalSetup: ['test/kit/database-server.ts'], testTimeout: 180_000, hookTimeout: 120_000 };

/** Suites on a real Elasticsearch, which they start themselves, and on a database where the catalog is searched through it. */
const onSearchEngine = { ...onDatabase, testTimeout: 180_000, hookTimeout: 600_000 };

/** Suites on a real sandbox and a real Slurm, which they install and start themselves. */
const onEngines = { globalSetup: ['test/kit/install-engines.ts'], testTimeout: 120_000, hookTimeout: 600_000 };

/** Whole runs, on a database and real engines; their pipelines and judges come from the Python package index. */
const onEnginesAndDatabase = {
  ...onEngines,
  globalSetup: [...onEngines.globalSetup, ...onDatabase.globalSetup],
  testTimeout: 600_000,
};

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { resolve, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], ...quick } },
      { resolve, test: { name: 'contract', include: ['test/contract/**/*.test.ts'], ...quick } },
      {
        resolve,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: ['test/integration/{retrieval,engines,runs}/**'],
          ...onDatabase,
        },
      },
      { resolve, test: { name: 'retrieval', include: ['test/integration/retrieval/**/*.test.ts'], ...onSearchEngine } },
      { resolve, test: { name: 'engines', include: ['test/integration/engines/**/*.test.ts'], ...onEngines } },
      { resolve, test: { name: 'runs', include: ['test/integration/runs/**/*.test.ts'], ...onEnginesAndDatabase } },
      { resolve, test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...onDatabase } },
    ],
  },
});
