import { existsSync, readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { BenchResult, Figure, SkippedFigure } from './figure.ts';

/** A benchmark's module. */
interface BenchModule {
  readonly run: () => Promise<BenchResult>;
}

const folder = new URL('./', import.meta.url);
const notBenches = new Set(['run.ts', 'figure.ts']);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !notBenches.has(file))
  .map((file) => file.slice(0, -'.ts'.length));

/** `npm run bench -- NAME [--json]`: 0 all targets met, 1 a target missed, 2 wrong usage. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true });
  const [name] = positionals;
  if (name === undefined || !names.includes(name) || !existsSync(new URL(`${name}.ts`, folder))) {
    process.stderr.write(`Which benchmark? One of: ${names.join(', ')}\n`);
    return 2;
  }
  const { run } = (await import(new URL(`${name}.ts`, folder).href)) as BenchModule; // every file here exports run()
  const result = await run();
  if (values.json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
  else for (const figure of result.figures) process.stdout.write(`${describe(figure)}\n`);
  return result.figures.some((figure) => !('skipped' in figure) && figure.met === false) ? 1 : 0;
}

function describe(figure: Figure | SkippedFigure): string {
  if ('skipped' in figure) return `${figure.name}: skipped, ${figure.skipped}`;
  const { name, value, unit, rival, rivalValue, ratio, target, met } = figure;
  const beside =
    rival === undefined ? '' : `; ${rival}: ${rivalValue ?? '?'}${ratio === undefined ? '' : ` (${ratio} x)`}`;
  const verdict = target === undefined ? '' : `; wanted ${target}: ${met === true ? 'met' : 'MISSED'}`;
  return `${name}: ${value} ${unit}${beside}${verdict}`;
}

process.exitCode = await main();
