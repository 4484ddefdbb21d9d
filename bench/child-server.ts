import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/mia.ts', import.meta.url));

/** A server in a process of its own. */
export interface ChildServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a Node program that prints a JSON line with `url` on standard output when it answers.
 * @param env - all of its environment but for PATH: what is set where the benchmark runs must not change what is measured
 */
export async function startChild(args: readonly string[], env: Readonly<Record<string, string>>): Promise<ChildServer> {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await saidUrl(child, args.join(' '));
  child.stdout.resume();
  return {
    url,
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** Starts `mia serve` on a free port and waits until it is ready. */
export async function startServe(env: Readonly<Record<string, string>>): Promise<ChildServer> {
  return await startChild([program, 'serve', '--log-level', 'error'], { PORT: '0', ...env });
}

async function saidUrl(
  child: ChildProcess & { readonly stdout: NodeJS.ReadableStream },
  what: string,
): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) {
    const said: unknown = line.startsWith('{') ? JSON.parse(line) : {};
    if (typeof said === 'object' && said !== null && 'url' in said && typeof said.url === 'string') return said.url;
  }
  throw new Error(`${what} ended before it answered`);
}
