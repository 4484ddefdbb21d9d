import { type Command, InvalidArgumentError } from 'commander';
import { ensureAdminToken, everything } from '../../src/access/index.ts';
import { type Application, openApplication } from '../../src/compose.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { followRuns } from '../../src/pipelines/index.ts';
import { startServer } from '../../src/server/create-server.ts';
import { exampleQuery } from '../../src/server/sandbox.ts';
import { configuredXnat, followHarvests } from '../follow-harvests.ts';
import { encodeArticles, followLiterature } from '../follow-literature.ts';
import { loadShippedDatasets, loadShippedVocabulary } from '../load-shipped.ts';
import { createLogger, createOutput, type Output } from '../output.ts';
import { terminationSignal } from '../termination-signal.ts';

/** Name of the fact that the shipped datasets were loaded. */
const shippedFact = 'shipped-datasets';

/** `mia serve`: the API, with everything it needs. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('start the catalog: database, API and sandbox page')
    .option('--role <role>', 'api, worker, ingest, embed or all', parseRole, 'all')
    .option('--log-level <level>', 'debug, info, warn or error', parseLevel, 'info')
    .action(
      async (options: { readonly logLevel: string; readonly role: string }) => await serve(readConfig(), options),
    );
}

function parseLevel(value: string): string {
  if (!['debug', 'info', 'warn', 'error'].includes(value))
    throw new InvalidArgumentError('It must be debug, info, warn or error.');
  return value;
}

function parseRole(value: string): string {
  if (!['api', 'worker', 'ingest', 'embed', 'all'].includes(value))
    throw new InvalidArgumentError('It must be api, worker, ingest, embed or all.');
  return value;
}

async function serve(
  config: Config,
  { logLevel, role }: { readonly logLevel: string; readonly role: string },
): Promise<void> {
  const output = createOutput();
  const logger = createLogger(logLevel);
  const stop = terminationSignal();
  const xnat = configuredXnat(config.xnat);
  const ended = new AbortController();
  const work: Promise<void>[] = [];
  const app = await openApplication(config, 'serve', logger);
  try {
    let loaded = false;
    const server = await startServer(
      { ...app, ready: async () => loaded && (await app.installation.answers()), publicUrl: config.publicUrl },
      config.http,
    );
    try {
      await prepare(app, config, output, stop);
      loaded = true;
      announce(server.url, output);
      // After the catalog answers: nobody waits for the index, search says meanwhile what it lacks.
      const working = AbortSignal.any([stop, ended.signal]);
      if (role === 'worker' || role === 'all')
        work.push(
          app.search.follow(working),
          ...followLiterature(app, working),
          followRuns(app.pipelines.worker, working),
        );
      if (role === 'embed' || role === 'all') work.push(encodeArticles(app, config.literature.embedLeaseMs, working));
      if (xnat !== undefined && (role === 'ingest' || role === 'all')) work.push(followHarvests(app, xnat, working));
      await stopped(stop);
    } catch (error) {
      // Asked to stop in the middle of the first load: the next start goes on from there.
      if (error !== stop.reason) throw error;
    } finally {
      await server.close();
    }
  } finally {
    ended.abort();
    await Promise.all(work);
    await app.close();
  }
}

async function prepare(app: Application, config: Config, output: Output, stop: AbortSignal): Promise<void> {
  // First, so that a token that is not good is refused before the long load.
  const token = await ensureAdminToken(app.principals, config.adminToken ?? undefined);
  if (token !== undefined)
    output.event('adminToken', { token }, `Admin token (shown this once, stored hashed): ${token}`);
  await loadShippedVocabulary(app);
  if (config.loadShipped && (await needsShipped(app))) {
    output.event('loading', {}, 'First start: loading the shipped datasets …');
    await app.installation.record(shippedFact, 'loading');
    const report = await loadShippedDatasets(app, stop);
    await app.installation.record(shippedFact, 'loaded');
    app.logger.info('shipped.loaded', { ...report });
  }
}

/** An empty catalog, or one whose first load was cut off. */
async function needsShipped(app: Application): Promise<boolean> {
  const fact = await app.installation.read(shippedFact);
  return fact === 'loading' || (fact === undefined && (await app.reader.totals(everything)).datasets === 0);
}

function announce(url: string, output: Output): void {
  const curl = `curl -s ${url}/graphql -H 'content-type: application/json' -d '{"query":"{ datasets { nodes { slug title accessClass } } }"}'`;
  output.event(
    'ready',
    { url },
    [
      `MIA Catalog answers at ${url}/graphql (open it in a browser for the sandbox).`,
      `Try:  ${curl}`,
      'or paste into the sandbox:',
      exampleQuery,
    ].join('\n'),
  );
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
