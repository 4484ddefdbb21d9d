import { mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completeLinks, locateBinaries } from '../../../src/db/embedded/binaries.ts';
import { rotateLog } from '../../../src/db/embedded/home-files.ts';
import { takeHomeLock } from '../../../src/db/embedded/home-lock.ts';
import { homePort } from '../../../src/db/embedded/machine.ts';
import { postgresSettings } from '../../../src/db/embedded/settings.ts';
import { explainFailure } from '../../../src/db/embedded/startup-failure.ts';
import { afterwards } from './fixture.ts';

const gib = 1024 ** 3;

function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'mia-parts-'));
  afterwards(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe('the programs of PostgreSQL', () => {
  it('are named with a way out, where the package is missing', async () => {
    await expect(locateBinaries('sunos-x64')).rejects.toThrow(/no embedded PostgreSQL for sunos-x64.*DATABASE_URL/);
    const other = process.platform === 'darwin' ? 'linux-arm64' : 'darwin-arm64';
    await expect(locateBinaries(other)).rejects.toThrow(/is not installed.*npm ci/);
  });

  it('get the library links that npm was told not to make', async () => {
    const root = join(temporaryDirectory(), 'native');
    mkdirSync(join(root, 'lib'), { recursive: true });
    const links = [{ source: 'native/lib/liba.so.6.18', target: 'native/lib/liba.so.6' }];
    writeFileSync(join(root, 'pg-symlinks.json'), JSON.stringify(links));
    await completeLinks(root, 'x');
    await completeLinks(root, 'x');
    expect(readlinkSync(join(root, 'lib', 'liba.so.6'))).toBe('liba.so.6.18');
  });
});

describe('the settings', () => {
  it('fit a large machine, a small one and a container with little shared memory', () => {
    const large = postgresSettings({ memoryBytes: 24 * gib, diskFreeBytes: 100 * gib, shmFreeBytes: 12 * gib }, 1);
    expect(large).toMatchObject({
      shared_buffers: '512MB',
      max_wal_size: '6144MB',
      dynamic_shared_memory_type: 'posix',
    });
    const small = postgresSettings({ memoryBytes: gib, diskFreeBytes: 4 * gib, shmFreeBytes: gib / 16 }, 1);
    expect(small).toMatchObject({ shared_buffers: '64MB', max_wal_size: '512MB', dynamic_shared_memory_type: 'mmap' });
  });

  it('ask for the same port below the range of outgoing connections', () => {
    expect(homePort('/a/.mia')).toBe(homePort('/a/.mia'));
    for (const home of ['/', '/a/.mia', `/${'x'.repeat(300)}`]) {
      expect(homePort(home)).toBeGreaterThanOrEqual(20_000);
      expect(homePort(home)).toBeLessThan(32_000);
    }
  });
});

describe('a failed start', () => {
  const place = { dataDir: '/h/pg', logPath: '/h/pg.log', diskFreeBytes: gib };

  it.each([
    ['FATAL:  could not write lock file "postmaster.pid": No space left on device', 'disk-full'],
    ['LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', 'port-taken'],
    ['FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use', 'still-held'],
    ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', 'no-memory'],
    ['FATAL:  could not open file "pg_wal": Permission denied', 'not-writable'],
    ['PANIC:  could not locate a valid checkpoint record', 'broken'],
    ['', 'broken'],
  ])('with %j is %s', (line, kind) => {
    expect(explainFailure(`2026-01-01 00:00:00 UTC [1] ${line}\n`, place).kind).toBe(kind);
  });

  it('without a word on a full disk is told as such', () => {
    expect(explainFailure('', { ...place, diskFreeBytes: 0 }).kind).toBe('disk-full');
  });
});

describe('the files of a home', () => {
  it('keep the log from growing without bound', async () => {
    const path = join(temporaryDirectory(), 'pg.log');
    writeFileSync(path, 'x'.repeat(100));
    await rotateLog(path, 100);
    expect(statSync(path).size).toBe(100);
    await rotateLog(path, 99);
    expect([statSync(path).size, statSync(`${path}.1`).size]).toEqual([0, 100]);
    await rotateLog(join(path, 'absent'));
  });

  it('are locked by one at a time', () => {
    const path = join(temporaryDirectory(), 'db.lock');
    const first = takeHomeLock(path);
    expect(first).toBeDefined();
    expect(takeHomeLock(path)).toBeUndefined();
    first?.release();
    const second = takeHomeLock(path);
    expect(second).toBeDefined();
    second?.release();
  });
});
