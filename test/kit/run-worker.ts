import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { followRuns, type ReconcileParts } from '../../src/pipelines/index.ts';
import { quickTimes } from './quick-times.ts';
import { startTestCatalog, type TestCatalog } from './test-catalog.ts';

/** A catalog with the pipelines of the fixtures, a home of its own, and a worker. */
export interface RunCatalog extends TestCatalog {
  readonly home: string;
  /** Works on runs until it is called again. */
  work(change?: Partial<ReconcileParts>): () => Promise<void>;
  /** Asks for a run. @returns the member `launchPipeline` of the answer, or its errors */
  launch(input: Readonly<Record<string, unknown>>, token?: string): Promise<any>;
  /** The run when it has ended. */
  ended(id: string, token: string | undefined): Promise<any>;
}

const shown = `id state attempt engine engineJobId error exitCode crateUrl cohort { dataset memberCount sha256 datasetVersion } parameters
  timeline { state attempt message } inputs { path sha256 byteSize mediaType } outputs { path sha256 byteSize dataset { slug } }
  derivedDataset { slug status accessClass } logs { text complete } pipeline { reference } rerunOf { id } resourceUse { wallS }`;

/** Starts it; `close` removes the home. */
export async function startRunCatalog(env: Readonly<Record<string, string>> = {}): Promise<RunCatalog> {
  const home = await mkdtemp(join(tmpdir(), 'mia-runs-'));
  const folder = fileURLToPath(new URL('../fixtures/pipelines', import.meta.url));
  const path = process.env['PATH'] ?? '';
  const catalog = await startTestCatalog('empty', {
    MIA_HOME: home,
    MIA_PIPELINES_FOLDER: folder,
    MIA_RUNS_SETTLE_S: '1',
    // Where this machine has a sandbox it is used; what the sandbox holds off has its own suite.
    MIA_LOCAL_UNSANDBOXED: '1',
    PATH: path,
    ...env,
  });
  let counter = 0;
  return {
    ...catalog,
    home,
    work: (change = {}) => {
      const stop = new AbortController();
      const working = followRuns({ ...catalog.app.pipelines.worker, times: quickTimes, ...change }, stop.signal);
      return async () => {
        stop.abort();
        await working;
      };
    },
    launch: async (input, token) => {
      counter += 1;
      const { data, errors } = await catalog.ask(
        `mutation ($input: LaunchPipelineInput!) { launchPipeline(input: $input) { __typename
          ... on LaunchedRun { run { ${shown} } } ... on RunRejected { reasons { code message } } } }`,
        { input: { pipeline: 'mark-rows@1', idempotencyKey: `key-${counter}`, ...input } },
        token,
      );
      return errors === undefined ? data.launchPipeline : { errors };
    },
    ended: async (id, token) => {
      for (;;) {
        const { data, errors } = await catalog.ask(
          `query ($id: ID!) { run(id: $id) { ${shown} finishedAt } }`,
          { id },
          token,
        );
        if (errors !== undefined) throw new Error(JSON.stringify(errors));
        if (data.run.finishedAt !== null) return data.run;
        await delay(50);
      }
    },
    close: async () => {
      await catalog.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
