import type { BenchResult, Figure } from './figure.ts';
import { measureAsk } from './mining/measure-ask.ts';
import { measureDiscovery } from './mining/measure-discovery.ts';
import { searchFigures } from './mining/measure-search.ts';
import { storeFigures } from './mining/measure-store.ts';
import { parseFigures } from './mining/parse.ts';

/** Parts by the option that asks for each alone. */
const parts: Readonly<Record<string, () => Promise<readonly Figure[]> | readonly Figure[]>> = {
  '--parse': parseFigures,
  '--store': storeFigures,
  '--search': searchFigures,
  '--discovery': measureDiscovery,
  '--ask': measureAsk,
};

/** Literature: each part alone by its option, all without one. */
export async function run(): Promise<BenchResult> {
  const asked = Object.keys(parts).filter((option) => process.argv.includes(option));
  const figures: Figure[] = [];
  for (const [option, part] of Object.entries(parts)) {
    if (asked.length === 0 || asked.includes(option)) figures.push(...(await part()));
  }
  return { bench: 'mining', figures };
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await run())}\n`);
