import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/mia.ts', import.meta.url));

/** A running `mia serve`. */
export interface ServeProcess {
  readonly url: string;
  /** Stops it by SIGTERM and waits for its end. */
  stop(): Promise<void>;
}

/** Starts `mia serve` on a free port and waits until it is ready. */
export async function startServe(env: Readonly<Record<string, string>>): Promise<ServeProcess> {
  const server = spawn(process.execPath, [program, 'serve', '--log-level', 'error'], {
    env: { PATH: process.env['PATH'], PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    await ended;
  };
  for await (const line of createInterface({ input: server.stdout })) {
    const event = JSON.parse(line) as { event: string; url?: string };
    if (event.event === 'ready' && event.url !== undefined) return { url: event.url, stop };
  }
  throw new Error('the server ended before it was ready');
}
