import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEmbeddedDatabase } from '../../../src/db/embedded/index.ts';
import { StartupError } from '../../../src/kernel/errors.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { open, query, startWriter, temporaryHome, whoIsLeft } from './fixture.ts';

const permissions = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the embedded database', () => {
  it('starts, keeps its rows over a stop and leaves nothing running', async () => {
    const home = temporaryHome();
    const first = await open(home, 'serve');
    await query(first, 'CREATE TABLE kept AS SELECT 7 AS n');
    expect(permissions(join(home, 'pg'))).toBe('700');
    for (const name of ['pg.password', 'pg.log', 'db.json']) expect(permissions(join(home, name))).toBe('600');
    const status: unknown = JSON.parse(readFileSync(join(home, 'db.json'), 'utf8'));
    expect(status).toMatchObject({ pid: first.pid, port: first.port, serve: { pid: process.pid } });
    await first.close();
    await first.close();
    expect(await whoIsLeft(home, 0)).toEqual([]);
    expect(existsSync(join(home, 'db.json'))).toBe(false);
    const second = await open(home, 'serve');
    expect(await query(second, 'SELECT n FROM kept')).toEqual([7]);
    expect(second.port).toBe(first.port);
  });

  it('is PostgreSQL 18 with durable, deterministic settings', async () => {
    const database = await open(temporaryHome(), 'cli');
    const show = async (name: string): Promise<unknown> => (await query(database, `SHOW ${name}`))[0];
    expect(await show('server_version')).toMatch(/^18\./);
    for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) expect(await show(name)).toBe('on');
    expect(await show('listen_addresses')).toBe('127.0.0.1');
    expect(await show('timezone')).toBe('UTC');
    expect(await show('server_encoding')).toBe('UTF8');
    const sorted = await query(
      database,
      `SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['b','ä','Z','a']) AS x`,
    );
    expect(sorted).toEqual(['Zabä']);
    expect(await query(database, `SELECT upper('ä')`)).toEqual(['Ä']);
    await query(database, 'CREATE EXTENSION pg_trgm');
  });

  it('refuses a wrong password', async () => {
    const database = await open(temporaryHome(), 'cli');
    const url = database.url.replace(/:[0-9a-f]+@/, ':wrong@');
    await expect(query({ url }, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  it('is joined by others while it runs, and goes on until the last one leaves', async () => {
    const home = temporaryHome();
    const serve = await open(home, 'serve');
    const cli = await open(home, 'cli');
    expect(cli.pid).toBe(serve.pid);
    expect(cli.url).toBe(serve.url);
    await serve.close();
    expect(await query(cli, 'SELECT 1 AS n')).toEqual([1]);
    expect(JSON.parse(readFileSync(join(home, 'db.json'), 'utf8'))).toMatchObject({ serve: null });
    await cli.close();
    expect(await whoIsLeft(home, 0)).toEqual([]);
  });

  it('has one server only, and names it to the second', async () => {
    const home = temporaryHome();
    const first = startWriter(home, 'serve');
    expect(await first.opened).toMatch(/^open /);
    const second = openEmbeddedDatabase({ home, role: 'serve', logger: silentLogger });
    await expect(second).rejects.toThrow(StartupError);
    await expect(second).rejects.toThrow(`pid ${first.child.pid ?? 0}`);
    const cli = await open(home, 'cli');
    first.child.kill('SIGTERM');
    await first.exited;
    const third = await open(home, 'serve');
    expect(third.pid).toBe(cli.pid);
  });

  it('is one database when many open it at the same moment', async () => {
    const home = temporaryHome();
    const all = await Promise.all(Array.from({ length: 4 }, () => open(home, 'cli')));
    expect(new Set(all.map((database) => database.pid)).size).toBe(1);
    await Promise.all(all.map((database) => database.close()));
    expect(await whoIsLeft(home, 0)).toEqual([]);
  });

  it('can be opened again while it stops', async () => {
    const home = temporaryHome();
    const first = await open(home, 'serve');
    const closing = first.close();
    const second = await open(home, 'serve');
    await closing;
    expect(await query(second, 'SELECT 1 AS n')).toEqual([1]);
  });

  it('ends the wait for a start when told to', async () => {
    const home = temporaryHome();
    const reason = new Error('enough');
    const opening = openEmbeddedDatabase({ home, role: 'cli', logger: silentLogger, signal: AbortSignal.timeout(150) });
    await expect(opening).rejects.toThrow();
    const signal = AbortSignal.abort(reason);
    await expect(openEmbeddedDatabase({ home, role: 'cli', logger: silentLogger, signal })).rejects.toBe(reason);
    expect(await whoIsLeft(home, 10_000)).toEqual([]);
  });

  it('never holds the output of a command open', () => {
    const home = temporaryHome();
    const script = `
      const { openEmbeddedDatabase } = await import(${JSON.stringify(new URL('../../../src/db/embedded/index.ts', import.meta.url).href)});
      const { silentLogger } = await import(${JSON.stringify(new URL('../../../src/kernel/logger.ts', import.meta.url).href)});
      await openEmbeddedDatabase({ home: ${JSON.stringify(home)}, role: 'cli', logger: silentLogger });
      console.log('opened');`;
    // Returns only at the end of its output; the command ends without close().
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(output).toBe('opened\n');
  });
});
