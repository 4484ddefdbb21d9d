import { openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { silentLogger } from '../../src/kernel/logger.ts';

/**
 * Follows the index of articles in a process of its own, as the role worker does, until it has all that an ingest stored.
 *
 *     node bench/mining/store-process.ts ARTICLES
 */
const wanted = Number(process.argv[2]);
const app = await openApplication(readConfig(), 'cli', silentLogger);
const stop = new AbortController();
const following = app.literature.index.follow(stop.signal);
const finished = async (): Promise<boolean> => {
  if ((await app.literature.articles.countUpTo(wanted)) < wanted) return false;
  return (await app.literature.index.position()) === (await app.literature.index.head());
};
while (!(await finished())) await new Promise((resolve) => setTimeout(resolve, 100));
process.stdout.write(`${JSON.stringify({ indexed: await app.literature.index.size() })}\n`);
stop.abort();
await following;
await app.close();
