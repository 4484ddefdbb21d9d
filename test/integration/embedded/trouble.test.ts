import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { locateBinaries } from '../../../src/db/embedded/binaries.ts';
import { StartupError } from '../../../src/kernel/errors.ts';
import { afterwards, open, query, startWriter, temporaryHome, until, whoIsLeft } from './fixture.ts';

const isRoot = process.getuid?.() === 0;
const here = fileURLToPath(import.meta.url);
/** The checkout and this Node can be used by an ordinary user. */
const isReachable =
  isRoot &&
  spawnSync(process.execPath, ['-e', `fs.readFileSync(${JSON.stringify(here)})`], { uid: 65534, gid: 65534 }).status ===
    0;

async function refusal(home: string): Promise<string> {
  const error: unknown = await open(home, 'serve').then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StartupError)) throw new Error('expected a StartupError', { cause: error });
  expect(error.message).toMatch(/^[^\n]+[.]$/);
  return error.message;
}

async function homeWithRows(): Promise<string> {
  const home = temporaryHome();
  const database = await open(home, 'serve');
  await query(database, 'CREATE TABLE kept AS SELECT 7 AS n');
  await database.close();
  return home;
}

describe('a home in trouble', () => {
  it('says which file is missing in a broken data directory, leaves it alone, and starts once it is mended', async () => {
    const home = await homeWithRows();
    const version = join(home, 'pg', 'PG_VERSION');
    rmSync(version);
    expect(await refusal(home)).toMatch(/not a whole PostgreSQL data directory.*backup/);
    writeFileSync(version, '15\n');
    expect(await refusal(home)).toMatch(/made by PostgreSQL 15/);
    writeFileSync(version, '18\n');
    expect(await query(await open(home, 'serve'), 'SELECT n FROM kept')).toEqual([7]);
  }, 60_000);

  it('tells of a damaged control file and changes nothing', async () => {
    const home = await homeWithRows();
    const control = join(home, 'pg', 'global', 'pg_control');
    const good = readFileSync(control);
    writeFileSync(control, Buffer.alloc(good.length, 0x5a));
    expect(await refusal(home)).toMatch(/cannot open its data directory.*left as it is/);
    expect(await whoIsLeft(home, 0)).toEqual([]);
    writeFileSync(control, good);
    expect(await query(await open(home, 'serve'), 'SELECT n FROM kept')).toEqual([7]);
  }, 60_000);

  it('starts over after a first start that was interrupted', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, 'pg.new-0badcafe', 'data', 'base'), { recursive: true });
    writeFileSync(join(home, 'pg.new-0badcafe', 'data', 'PG_VERSION'), '18\n');
    writeFileSync(join(home, 'pg.password'), '');
    mkdirSync(join(home, 'pg'));
    const database = await open(home, 'serve');
    expect(await query(database, 'SELECT 1 AS n')).toEqual([1]);
    expect(() => statSync(join(home, 'pg.new-0badcafe'))).toThrow();
  }, 60_000);

  it('is not bricked by a kill in the middle of its first start', async () => {
    const home = temporaryHome();
    for (const delayMs of [250, 450, 700]) {
      const writer = startWriter(home, 'serve');
      await Promise.race([writer.opened, new Promise((resolve) => setTimeout(resolve, delayMs))]);
      writer.child.kill('SIGKILL');
      await writer.exited;
    }
    expect(await query(await open(home, 'serve'), 'SELECT 1 AS n')).toEqual([1]);
  }, 60_000);

  it('mends a lost password file, and a stale postmaster.pid whose number went to another process', async () => {
    const home = await homeWithRows();
    rmSync(join(home, 'pg.password'));
    writeFileSync(join(home, 'pg', 'postmaster.pid'), `${process.pid}\n${join(home, 'pg')}\n1\n20000\n\n\n`);
    expect(await query(await open(home, 'serve'), 'SELECT n FROM kept')).toEqual([7]);
  }, 60_000);

  it('never steals a server that somebody else started on its data directory', async () => {
    const home = await homeWithRows();
    const binaries = await locateBinaries();
    const arguments_ = ['-D', join(home, 'pg'), '-c', 'port=39871', '-c', 'unix_socket_directories='];
    const foreign = isRoot
      ? spawn('unshare', ['-U', '--map-user=1000', '--map-group=1000', binaries.postgres, ...arguments_], {
          stdio: 'ignore',
        })
      : spawn(binaries.postgres, arguments_, { stdio: 'ignore' });
    const ended = new Promise((resolve) => foreign.once('exit', resolve));
    afterwards(async () => {
      foreign.kill('SIGINT');
      await ended;
    });
    await until(() => {
      try {
        return readFileSync(join(home, 'pg', 'postmaster.pid'), 'utf8').includes('ready');
      } catch {
        return false;
      }
    });
    expect(await refusal(home)).toContain(`pid ${foreign.pid ?? 0}`);
    expect(foreign.exitCode).toBeNull();
  }, 60_000);

  it('says in time that no folder can be made where it should be', async () => {
    expect(await refusal('/proc/mia-home')).toContain('MIA_HOME /proc/mia-home cannot be used');
  });

  it('says that it is a file', async () => {
    const home = join(temporaryHome(), 'file');
    writeFileSync(home, '');
    expect(await refusal(home)).toMatch(/is not a directory/);
  });

  it.skipIf(isRoot)('says that it is not writable', async () => {
    const home = temporaryHome();
    chmodSync(home, 0o500);
    expect(await refusal(home)).toMatch(/not writable/);
    chmodSync(home, 0o700);
  });

  it('may lie deeper than a socket path can be long, and have blanks and quotes in its name', async () => {
    const home = join(temporaryHome(), 'a b"c\'d', 'x'.repeat(120), 'y'.repeat(120));
    const database = await open(home, 'serve');
    expect(await query(database, 'SELECT 1 AS n')).toEqual([1]);
    await database.close();
  }, 60_000);

  it.skipIf(!isRoot)(
    'says that its disk is full, at the first start and later',
    async ({ skip }) => {
      const home = temporaryHome();
      const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', home]);
      if (mount.status !== 0) skip('this machine lets no test mount a small disk');
      afterwards(() => void execFileSync('umount', ['-l', home]));
      expect(await refusal(home)).toMatch(/disk of .* is full/);
      execFileSync('mount', ['-o', 'remount,size=100m', home]);
      await (await open(home, 'serve')).close();
      spawnSync('dd', ['if=/dev/zero', `of=${join(home, 'filler')}`, 'bs=64k'], { stdio: 'ignore' });
      expect(await refusal(home)).toMatch(/disk of .* is full/);
      rmSync(join(home, 'filler'));
      const database = await open(home, 'serve');
      expect(await query(database, 'SELECT 1 AS n')).toEqual([1]);
      await database.close();
    },
    60_000,
  );
});

describe('the user that PostgreSQL runs as', () => {
  it.skipIf(!isReachable)(
    'is this user, where that is not root',
    async () => {
      const home = temporaryHome();
      chownSync(home, 65534, 65534);
      const writer = startWriter(home, 'serve', 65534);
      expect(await writer.opened).toMatch(/^open /);
      await until(() => writer.acknowledged.length > 0);
      expect(statSync(join(home, 'pg')).uid).toBe(65534);
      writer.child.kill('SIGTERM');
      await writer.exited;
      expect(await whoIsLeft(home, 5000)).toEqual([]);
    },
    60_000,
  );

  it.skipIf(!isRoot)(
    'is root in a user namespace, below a home that only root can enter',
    async () => {
      const home = join(temporaryHome(), 'private', 'home');
      mkdirSync(dirname(home), { mode: 0o700 });
      const database = await open(home, 'serve');
      expect(await query(database, 'SELECT 1 AS n')).toEqual([1]);
      expect(statSync(join(home, 'pg')).uid).toBe(0);
      await database.close();
    },
    60_000,
  );

  it.skipIf(!isRoot)(
    'is nobody, where user namespaces are refused to root, and the data directory changes hands',
    async () => {
      const home = temporaryHome();
      chmodSync(home, 0o700);
      const without = { toolPath: '/nonexistent' };
      const first = await open(home, 'serve', without);
      await query(first, 'CREATE TABLE kept AS SELECT 7 AS n');
      expect(statSync(join(home, 'pg')).uid).toBe(65534);
      expect(statSync(join(home, 'pg.password')).mode & 0o777).toBe(0o600);
      await first.close();
      const second = await open(home, 'serve');
      expect(await query(second, 'SELECT n FROM kept')).toEqual([7]);
      expect(statSync(join(home, 'pg', 'base')).uid).toBe(0);
      await second.close();
      const third = await open(home, 'serve', without);
      expect(await query(third, 'SELECT n FROM kept')).toEqual([7]);
      await third.close();
    },
    60_000,
  );

  it.skipIf(!isRoot)('is told, when nobody cannot enter a directory above the home', async () => {
    const home = join(temporaryHome(), 'home');
    const opening = open(home, 'serve', { toolPath: '/nonexistent' });
    await expect(opening).rejects.toThrow(/nobody.*cannot enter.*MIA_HOME/);
  });
});
