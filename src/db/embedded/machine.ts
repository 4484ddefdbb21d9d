import { statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { StartupError } from '../../kernel/errors.ts';
import type { Machine } from './settings.ts';

/** Bytes that an ordinary user may still write to the disk of `path`; 0 when it cannot be told. */
export function diskFreeBytes(path: string): number {
  return freeBytes(path) ?? 0;
}

function freeBytes(path: string): number | undefined {
  try {
    const disk = statfsSync(path);
    return disk.bavail * disk.bsize;
  } catch {
    return undefined;
  }
}

/** What PostgreSQL's settings depend on; memory is the container's limit where there is one. */
export function describeMachine(home: string): Machine {
  const limit = process.constrainedMemory();
  return {
    memoryBytes: limit > 0 ? Math.min(limit, totalmem()) : totalmem(),
    diskFreeBytes: diskFreeBytes(home),
    shmFreeBytes: process.platform === 'linux' ? freeBytes('/dev/shm') : Number.MAX_SAFE_INTEGER,
  };
}

/**
 * A free loopback port at or after `wanted`, between 20000 and 31999: below the range from which systems take ports for
 * outgoing connections, so that none of those can take it while PostgreSQL restarts.
 */
export async function freePort(wanted: number): Promise<number> {
  for (let step = 0; step < 500; step += 1) {
    const port = 20_000 + ((wanted - 20_000 + step) % 12_000);
    if (await isFree(port)) return port;
  }
  throw new StartupError('No loopback port between 20000 and 31999 is free for PostgreSQL.');
}

/** The port a home asks for first: the same at every start, different for most homes. */
export function homePort(home: string): number {
  let hash = 0;
  for (const character of home) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return 20_000 + (hash % 12_000);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
