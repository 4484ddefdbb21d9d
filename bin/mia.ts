#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { CatalogError, messageOf, StartupError } from '../src/kernel/errors.ts';
import { registerAsk } from './commands/ask.ts';
import { registerAudit } from './commands/audit.ts';
import { registerDb } from './commands/db.ts';
import { registerIngest } from './commands/ingest.ts';
import { registerMine } from './commands/mine.ts';
import { registerModel } from './commands/model.ts';
import { registerSearch } from './commands/search.ts';
import { registerServe } from './commands/serve.ts';
import { registerToken } from './commands/token.ts';
import { registerXnat } from './commands/xnat.ts';
import { registerXnatSimulator } from './commands/xnat-simulator.ts';
import { createOutput } from './output.ts';

/** Exit codes: 0 all well, 1 failed, 2 wrong usage, 3 done with rejections. */
async function main(): Promise<void> {
  const program = new Command('mia')
    .description('FAIR catalog of multi-modal medical imaging datasets')
    .showHelpAfterError('(mia --help lists what there is)')
    .exitOverride();
  const commands = [
    registerSearch,
    registerAsk,
    registerServe,
    registerIngest,
    registerDb,
    registerToken,
    registerAudit,
    registerMine,
    registerModel,
    registerXnat,
    registerXnatSimulator,
  ];
  for (const register of commands) register(program);
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    if (error instanceof CommanderError) return;
    process.stderr.write(`${sentenceOf(error)}\n`);
    if (process.argv.includes('--json')) createOutput(true).event('failed', { error: messageOf(error) });
  }
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof CommanderError)) return 1;
  return error.exitCode === 0 ? 0 : 2;
}

/** Faults the caller can mend are one sentence; a fault of ours shows where it happened. */
function sentenceOf(error: unknown): string {
  if (error instanceof StartupError || error instanceof CatalogError) return error.message;
  if (error instanceof Error && error.name === 'AbortError')
    return 'Stopped; what was committed stays, and the same command goes on from there.';
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}

await main();
