import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installElasticsearch } from './install-elasticsearch.ts';

/** A real Elasticsearch on this machine, for tests and benchmarks. */
export interface ElasticsearchServer {
  readonly url: string;
  /** Ends the process as a crash would, keeping its data. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** 10 s on a quiet machine; a busy one needs minutes. */
const startTimeoutMs = 300_000;

/**
 * Starts a server on a free port with data of its own.
 * @param heap - of the Java process; touched at once, so it is the least memory taken
 * @throws ElasticsearchUnavailable where it cannot be had; Error with the end of its log when it does not come up in time
 */
export async function startElasticsearch(heap = '512m'): Promise<ElasticsearchServer> {
  const { home, jdk } = await installElasticsearch();
  const folder = mkdtempSync(join(tmpdir(), 'mia-elasticsearch-'));
  const [port, transport] = [await freePort(), await freePort()];
  writeConfig(home, folder, port, transport);
  const url = `http://127.0.0.1:${port}`;
  const start = async (): Promise<ChildProcess> => {
    const environment = {
      PATH: process.env['PATH'],
      HOME: folder,
      ES_JAVA_HOME: jdk,
      ES_PATH_CONF: join(folder, 'config'),
      ES_TMPDIR: join(folder, 'tmp'),
      ES_JAVA_OPTS: `-Xms${heap} -Xmx${heap} -XX:ActiveProcessorCount=2`,
    };
    // It refuses to run as root.
    const drop = process.getuid?.() === 0 ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'] : [];
    if (drop.length > 0) execFileSync('chown', ['-R', 'nobody', folder]);
    const [command, ...args] = [...drop, join(home, 'bin/elasticsearch')];
    const child = spawn(command, args, { cwd: folder, env: environment, stdio: ['ignore', 'ignore', 'ignore'] });
    // Nothing of it may outlive us, however we end.
    process.once('exit', () => child.kill('SIGKILL'));
    await waitUntilUp(url, child, folder);
    return child;
  };
  let child = await start();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
    // Killing the launcher leaves the server a moment to notice.
    for (let attempt = 0; attempt < 100 && (await answers(url)); attempt++) await sleep(100);
  };
  return {
    url,
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      child = await retryLocked(start);
    },
    async stop() {
      await end('SIGTERM');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function writeConfig(home: string, folder: string, port: number, transport: number): void {
  for (const name of ['config', 'data', 'logs', 'tmp']) mkdirSync(join(folder, name), { recursive: true });
  cpSync(join(home, 'config'), join(folder, 'config'), { recursive: true });
  const settings = {
    'cluster.name': 'catalog-tests',
    'discovery.type': 'single-node',
    'network.host': '127.0.0.1',
    'http.port': port,
    'transport.port': transport,
    'path.data': join(folder, 'data'),
    'path.logs': join(folder, 'logs'),
    'xpack.security.enabled': false,
    'cluster.routing.allocation.disk.threshold_enabled': false,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${value}`);
  writeFileSync(join(folder, 'config/elasticsearch.yml'), `${lines.join('\n')}\n`);
}

async function waitUntilUp(url: string, child: ChildProcess, folder: string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`Elasticsearch did not come up: ${logTail(folder)}`);
    }
    await sleep(250);
  }
}

/** After a kill the old server may hold the data directory for a second or two. */
async function retryLocked(start: () => Promise<ChildProcess>): Promise<ChildProcess> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === 3) throw error;
      await sleep(2000);
    }
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    return response.ok;
  } catch {
    return false;
  }
}

function logTail(folder: string): string {
  try {
    return readFileSync(join(folder, 'logs/catalog-tests.log'), 'utf8').slice(-2000);
  } catch {
    return 'no log';
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
