import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, StartupError } from '../../kernel/errors.ts';
import { type HomePaths, homeError } from './home-files.ts';
import { busyExitStatus, parseBirthMessage } from './protocol.ts';

/** The supervisor's file beside this one: `.ts` in a checkout, `.js` once built. */
const entry = fileURLToPath(new URL(`./supervisor${extname(import.meta.url)}`, import.meta.url));

/**
 * Starts a supervisor in a session of its own, which shares no stream with this process: what waits for the end of our
 * output must not wait for the database.
 * @returns `listening` when it can be reached, `busy` when another one has the home
 * @throws StartupError with its reason when it cannot come up
 */
export async function spawnSupervisor(paths: HomePaths, toolPath: string): Promise<'listening' | 'busy'> {
  const log = openLog(paths);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, paths.home, toolPath], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    cwd: '/',
    env: { PATH: toolPath, LC_ALL: 'C', TZ: 'UTC' },
  });
  closeSync(log);
  child.unref();
  try {
    return await new Promise((resolve, reject) => {
      child.on('message', (value) => {
        const message = parseBirthMessage(value);
        if (message?.type === 'listening') resolve('listening');
        if (message?.type === 'failed') reject(new StartupError(message.message));
      });
      child.once('error', (error) =>
        reject(new StartupError(`The database supervisor cannot run: ${messageOf(error)}.`)),
      );
      child.once('exit', (status, signal) => {
        if (status === busyExitStatus) resolve('busy');
        else reject(new StartupError(`The database supervisor ended (${signal ?? status ?? '?'}): see ${paths.log}.`));
      });
    });
  } finally {
    if (child.connected) child.disconnect();
  }
}

function openLog(paths: HomePaths): number {
  try {
    return openSync(paths.log, 'a', 0o600);
  } catch (error) {
    throw homeError(paths.home, error);
  }
}
