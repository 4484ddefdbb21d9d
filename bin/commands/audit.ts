import { type Command, InvalidArgumentError } from 'commander';
import { verifyChain } from '../../src/access/index.ts';
import { openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger, createOutput } from '../output.ts';

interface VerifyOptions {
  readonly json?: boolean;
  readonly expectHead?: string;
}

/** `mia audit …`: the trail of writes. */
export function registerAudit(program: Command): void {
  const audit = program.command('audit').description('the trail of what was written, and what was refused');
  audit
    .command('verify')
    .description('check that no entry was changed, removed or reordered; prints the head, to be kept elsewhere')
    .option('--expect-head <hash>', 'a head that was kept: some entry must have it', parseHash)
    .option('--json', 'end with one JSON object')
    .action(async (options: VerifyOptions) => await verify(options));
}

/** Exit code 1 when the chain is broken. */
async function verify({ json, expectHead }: VerifyOptions): Promise<void> {
  const app = await openApplication(readConfig(), 'cli', createLogger('warn'));
  try {
    const { entries, head, broken } = await verifyChain(app.trail, expectHead);
    const sentence =
      broken === undefined
        ? `The audit trail is whole: ${entries} entries. Keep this head elsewhere: ${head.hash}`
        : `The audit trail is broken after ${entries} sound entries: ${broken.message}`;
    createOutput(json).event(
      'done',
      { sound: broken === undefined, entries, head, ...(broken && { broken }) },
      sentence,
    );
    if (broken !== undefined) process.exitCode = 1;
  } finally {
    await app.close();
  }
}

function parseHash(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('It must be 64 hexadecimal digits.');
  return text.toLowerCase();
}
