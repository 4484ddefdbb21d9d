import { spawn } from 'node:child_process';

/** Longest a tidying command may take. */
const longestMs = 30_000;

/** Runs a command for its effect; that there was nothing to tidy is no error. */
export async function runQuietly([command = '', ...args]: readonly string[]): Promise<void> {
  await new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore', timeout: longestMs });
    child.once('error', resolve);
    child.once('exit', resolve);
  });
}
