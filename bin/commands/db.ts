import type { Command } from 'commander';
import { openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger, createOutput } from '../output.ts';

/** `mia db …`: care of the database. */
export function registerDb(program: Command): void {
  const db = program.command('db').description('care of the database');
  db.command('migrate')
    .description('bring the schema up to date (every start does so, too)')
    .option('--json', 'end with one JSON object')
    .action(async (options: { readonly json?: boolean }) => {
      const app = await openApplication(readConfig(), 'cli', createLogger('info'));
      await app.close();
      createOutput(options.json).event('done', { migrated: true }, 'The schema is up to date.');
    });
}
