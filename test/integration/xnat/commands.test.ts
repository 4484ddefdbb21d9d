import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SmallXnat, startSmallXnat } from './small-xnat.ts';

const mia = resolve(import.meta.dirname, '../../../bin/mia.ts');

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((settle) => {
    const child = execFile(process.execPath, [mia, ...args], (_, out, err) =>
      settle({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

describe('the XNAT commands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mia-probe-'));
  let xnat: SmallXnat;
  beforeAll(async () => {
    xnat = await startSmallXnat();
    writeFileSync(join(folder, 'good'), 'admin\n');
    writeFileSync(join(folder, 'bad'), 'nope\n');
  });
  afterAll(async () => {
    await xnat.close();
    rmSync(folder, { recursive: true });
  });
  const probe = (password: string, ...more: readonly string[]): Promise<Ended> =>
    run('xnat', 'probe', '--url', xnat.url, '--user', 'admin', '--password-file', join(folder, password), ...more);

  it('probe what an account may do, as one JSON object', async () => {
    const { code, out } = await probe('good', '--allow-private', '--json');
    const report: unknown = JSON.parse(out.trim().split('\n').at(-1) ?? '');
    expect(report).toMatchObject({ event: 'probed', login: { ok: true, value: 'admin' }, version: { value: '1.9.2' } });
    expect(code).toBe(0);
  });

  it('end with 1 for a wrong password and for an address that is not allowed', async () => {
    expect((await probe('bad', '--allow-private', '--json')).code).toBe(1);
    expect(await probe('good')).toMatchObject({ code: 1, out: '' });
  });

  it('end with 2 for wrong usage', async () => {
    expect((await run('xnat', 'probe', '--url', 'ftp://x')).code).toBe(2);
    expect((await run('xnat', 'probe', '--url', xnat.url, '--user', 'admin')).code).toBe(2);
    expect((await run('xnat-simulator', '--load', 'everything')).code).toBe(2);
  });

  it('start a simulator, say where it is, and end it on a signal', async () => {
    const child = spawn(process.execPath, [mia, 'xnat-simulator', '--port', '0', '--load', 'none']);
    const [first] = await once(child.stdout, 'data');
    const ready: unknown = JSON.parse(String(first));
    expect(ready).toMatchObject({ event: 'ready', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
