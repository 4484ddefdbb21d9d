import type { BenchResult } from './figure.ts';
import { run as graphql } from './graphql.ts';
import { run as ingest } from './ingest.ts';
import { run as mining } from './mining.ts';
import { run as pipelines } from './pipelines.ts';
import { run as retrieval } from './retrieval.ts';
import { run as search } from './search.ts';
import { run as startup } from './startup.ts';
import { run as xnat } from './xnat.ts';
import { run as xnatSimulator } from './xnat-simulator.ts';

/** Benchmarks by name. */
const benches: Readonly<Record<string, () => Promise<BenchResult>>> = {
  graphql,
  ingest,
  mining,
  pipelines,
  retrieval,
  search,
  startup,
  xnat,
  'xnat-simulator': xnatSimulator,
};

const [name = ''] = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const bench = benches[name];
if (bench === undefined) {
  process.stderr.write(`Which benchmark? One of: ${Object.keys(benches).join(', ')}.\n`);
  process.exitCode = 2;
} else {
  process.stdout.write(`${JSON.stringify(await bench())}\n`);
}
