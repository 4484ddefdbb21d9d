import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { ingestArticles } from '../../ingest/articles/ingest-articles.ts';
import { ingestEuropePmc } from '../../ingest/europepmc/ingest-europepmc.ts';
import { ingestJats } from '../../ingest/jats/ingest-jats.ts';
import { readJats } from '../../ingest/jats/read-jats.ts';
import type { LiteratureTally } from '../../ingest/kit/take-items.ts';
import { ingestPubmed } from '../../ingest/pubmed/ingest-pubmed.ts';
import { ingestQuery } from '../../ingest/pubmed/ingest-query.ts';
import { openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { LiteratureIntake } from '../../src/literature/index.ts';
import { keepHeapModest } from '../modest-heap.ts';
import { createLogger, createOutput } from '../output.ts';
import { createProgress } from '../progress.ts';
import { terminationSignal } from '../termination-signal.ts';

interface Options {
  readonly json?: boolean;
}

interface Work {
  readonly intake: LiteratureIntake;
  readonly config: ReturnType<typeof readConfig>;
  readonly signal: AbortSignal;
  /** Progress in a unit. */
  readonly progress: (unit: string) => (done: number, total: number) => void;
}

/** Threads that parse: the main one stores, and more than four wait for it. */
const mostThreads = 4;

/** `mia ingest pubmed|europepmc|jats|articles`: articles from files and services. */
export function registerIngestLiterature(ingest: Command): void {
  registerPubmed(ingest);
  ingest
    .command('europepmc')
    .description('articles that Europe PMC finds, with the full texts of open-access ones')
    .requiredOption('--query <text>', "a query in Europe PMC's language", readText)
    .option('--no-full-text', 'take titles, abstracts and headings only')
    .option('--json', 'end with one JSON object')
    .action(async (options: Options & { readonly query: string; readonly fullText: boolean }) => {
      await run(options, async ({ intake, config, signal, progress }) => {
        const { europePmcUrl: url } = config.articleServices;
        const readFullText = options.fullText ? readJats : undefined;
        const onProgress = progress('articles');
        return await ingestEuropePmc({ query: options.query, url, readFullText, signal, onProgress }, intake);
      });
    });
  ingest
    .command('jats')
    .description('full texts in JATS or NLM XML')
    .argument('<place...>', 'files, or folders of .xml and .nxml (also .gz)')
    .option('--json', 'end with one JSON object')
    .action(async (places: readonly string[], options: Options) => {
      await run(options, async ({ intake, signal, progress }) => {
        return await ingestJats({ places, signal, onProgress: progress('articles') }, intake);
      });
    });
  ingest
    .command('articles')
    .description('articles from JSON Lines, one article a line')
    .argument('<file>', 'JSON Lines file')
    .option('--source <name>', 'whose articles these are', readText, 'articles')
    .option('--json', 'end with one JSON object')
    .action(async (file: string, options: Options & { readonly source: string }) => {
      await run(options, async ({ intake, signal, progress }) => {
        return await ingestArticles(
          { file, sourceName: options.source, signal, onProgress: progress('bytes') },
          intake,
        );
      });
    });
}

function registerPubmed(ingest: Command): void {
  ingest
    .command('pubmed')
    .description('articles from files of PubMed, here or on a web server, or from a query')
    .argument('[place...]', 'files or folders of .xml and .xml.gz, or addresses')
    .option('--query <text>', "a query in PubMed's language, instead of files", readText)
    .option('--since <day>', 'with --query: only what was added or changed on this day or later', readDay)
    .option('--json', 'end with one JSON object')
    .action(
      async (places: readonly string[], options: Options & { readonly query?: string; readonly since?: string }) => {
        const { query: term, since } = options;
        if ((term === undefined) === (places.length === 0)) {
          ingest.error('Say either files (mia ingest pubmed FILE…) or a query (mia ingest pubmed --query TEXT).');
        }
        if (since !== undefined && term === undefined) ingest.error('--since goes with --query.');
        await run(options, async ({ intake, config, signal, progress }) => {
          if (term !== undefined) {
            const { entrez: access } = config.articleServices;
            const asked = { term, since, access, signal, now: Date.now(), onProgress: progress('articles') };
            return await ingestQuery(asked, intake);
          }
          const threads = Math.min(mostThreads, Math.max(1, availableParallelism() - 1));
          return await ingestPubmed({ places, threads, signal, onProgress: progress('bytes') }, intake);
        });
      },
    );
}

function readText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

function readDay(text: string): string {
  const instant = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instant) || new Date(instant).toISOString().slice(0, 10) !== text) {
    throw new InvalidArgumentError('Must be a day, such as 2024-03-09.');
  }
  return text;
}

/** What an earlier run left behind is not silently well: what it rejected is still missing. */
function passedOver({
  passedOver: items,
  rejectedBefore,
}: Pick<LiteratureTally, 'passedOver' | 'rejectedBefore'>): string {
  const lost = rejectedBefore === 0 ? '' : `, ${rejectedBefore} of them rejected by the earlier run`;
  return `${items} taken in before${lost}`;
}

/** Opens the catalog, takes articles in, says what was done, and sets the exit code: 3 when something was rejected, now or by the run this one goes on with. */
async function run(options: Options, work: (given: Work) => Promise<LiteratureTally>): Promise<void> {
  keepHeapModest();
  const output = createOutput(options.json);
  const signal = terminationSignal();
  const began = performance.now();
  const config = readConfig();
  const app = await openApplication(config, 'cli', createLogger('warn'));
  try {
    const progress = (unit: string) => createProgress(output, unit);
    const { rejections, ...counts } = await work({ intake: app.literature.intake, config, signal, progress });
    for (const one of rejections) output.event('rejected', { ...one }, `rejected ${one.sourceId}: ${one.error}`);
    const durationMs = Math.round(performance.now() - began);
    output.event(
      'done',
      { ...counts, durationMs },
      `Done: ${counts.accepted} accepted, ${counts.unchanged} unchanged, ${counts.deleted} deleted, ${counts.rejected} rejected, ${passedOver(counts)}, in ${(durationMs / 1_000).toFixed(1)} s.`,
    );
    if (counts.rejected + counts.rejectedBefore > 0) process.exitCode = 3;
  } finally {
    await app.close();
  }
}
