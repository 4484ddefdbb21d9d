import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { postgresProcesses, processStartTime } from '../../../src/db/embedded/processes.ts';
import { parseControlFile } from '../../../src/db/embedded/protocol.ts';
import { killRounds, open, query, startWriter, temporaryHome, until, whoIsLeft } from './fixture.ts';

function supervisorPid(home: string): number {
  const control = parseControlFile(readFileSync(join(home, 'db.supervisor.json'), 'utf8'));
  if (control === undefined) throw new Error('no supervisor');
  return control.pid;
}

async function missingRows(database: { readonly url: string }, acknowledged: readonly number[]): Promise<number[]> {
  const stored = new Set((await query(database, 'SELECT number FROM counted', 20_000)).map(Number));
  return acknowledged.filter((number) => !stored.has(number));
}

describe('kill -9', () => {
  it(`of PostgreSQL, ${killRounds} times during commits, loses nothing acknowledged and brings it back on the same port`, async () => {
    const home = temporaryHome();
    const writer = startWriter(home, 'serve');
    expect(await writer.opened).toMatch(/^open /);
    const database = await open(home, 'cli');
    const { port } = database;
    for (let round = 0; round < killRounds; round += 1) {
      const before = writer.acknowledged.length;
      await until(() => writer.acknowledged.length > before + 20);
      await sleep(Math.random() * 200);
      const { pid } = database;
      process.kill(pid, 'SIGKILL');
      await until(() => database.pid !== pid);
      expect(database.port).toBe(port);
      expect(JSON.parse(readFileSync(join(home, 'db.json'), 'utf8'))).toMatchObject({ pid: database.pid, port });
      expect(await missingRows(database, [...writer.acknowledged])).toEqual([]);
    }
    writer.child.kill('SIGTERM');
    await writer.exited;
    await database.close();
    expect(await whoIsLeft(home, 0)).toEqual([]);
  }, 240_000);

  it(`of the process that serves, ${killRounds} times, loses nothing acknowledged and leaves no orphan`, async () => {
    const home = temporaryHome();
    const acknowledged: number[] = [];
    for (let round = 0; round < killRounds; round += 1) {
      const writer = startWriter(home, 'serve');
      // Every other round starts at once after the kill, while the old one still ends.
      expect(await writer.opened).toMatch(/^open /);
      await until(() => writer.acknowledged.length > 20);
      await sleep(Math.random() * 200);
      writer.child.kill('SIGKILL');
      await writer.exited;
      acknowledged.push(...writer.acknowledged);
      if (round % 2 === 0) expect(await whoIsLeft(home, 5000)).toEqual([]);
    }
    expect(await whoIsLeft(home, 5000)).toEqual([]);
    expect(await missingRows(await open(home, 'serve'), acknowledged)).toEqual([]);
  }, 240_000);

  it('of the supervisor: living clients get the database back on the same port, and no second server gets in', async () => {
    const home = temporaryHome();
    const writer = startWriter(home, 'serve');
    expect(await writer.opened).toMatch(/^open /);
    const database = await open(home, 'cli');
    const { pid, port } = database;
    await until(() => writer.acknowledged.length > 20);
    process.kill(supervisorPid(home), 'SIGKILL');
    await until(() => database.pid !== pid);
    expect(database.port).toBe(port);
    expect(processStartTime(pid)).toBeUndefined();
    await expect(open(home, 'serve')).rejects.toThrow(`pid ${writer.child.pid ?? 0}`);
    const before = writer.acknowledged.length;
    await until(() => writer.acknowledged.length > before);
    expect(await missingRows(database, [...writer.acknowledged])).toEqual([]);
  }, 60_000);

  it('of supervisor and client together leaves nothing running', async () => {
    const home = temporaryHome();
    const writer = startWriter(home, 'serve');
    expect(await writer.opened).toMatch(/^open /);
    await until(() => writer.acknowledged.length > 5);
    writer.child.kill('SIGKILL');
    process.kill(supervisorPid(home), 'SIGKILL');
    expect(await whoIsLeft(home, 5000)).toEqual([]);
    expect(await missingRows(await open(home, 'serve'), writer.acknowledged)).toEqual([]);
  }, 60_000);

  it('of one backend or of everything at once is recovered from', async () => {
    const home = temporaryHome();
    const database = await open(home, 'serve');
    await query(database, 'CREATE TABLE kept AS SELECT 1 AS n');
    const { pid } = database;
    const backend = Number(
      (await query(database, `SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'`))[0],
    );
    process.kill(backend, 'SIGKILL');
    expect(await query(database, 'SELECT n FROM kept', 10_000)).toEqual([1]);
    for (const each of postgresProcesses(join(home, 'pg'))) process.kill(each, 'SIGKILL');
    await until(() => database.pid !== pid);
    expect(await query(database, 'SELECT n FROM kept', 10_000)).toEqual([1]);
  }, 60_000);
});
