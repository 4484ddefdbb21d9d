import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ForbiddenError, UnauthenticatedError } from '../../../src/kernel/errors.ts';
import { type AliasToken, listProjects, readLogin } from '../../../src/xnat/index.ts';
import { never, type SmallXnat, startSmallXnat } from './small-xnat.ts';

describe('XNAT login', () => {
  let xnat: SmallXnat;
  beforeEach(async () => {
    xnat = await startSmallXnat();
  });
  afterEach(() => xnat.close());

  const requests = (operation: string): number =>
    xnat.server.usage().operations.find((one) => one.operation === operation)?.requests ?? 0;

  it('trades the password for an alias token once and opens a session with it', async () => {
    expect(await readLogin(xnat.server, never)).toBe('admin');
    await listProjects(xnat.server, {}, never);
    expect(requests('token.issue')).toBe(1);
    expect(requests('session.open')).toBe(1);
  });

  it('hands out the token so that the password need not be stored, and works with it alone', async () => {
    const tokens: AliasToken[] = [];
    const first = xnat.connect({ onToken: (token) => tokens.push(token) });
    await readLogin(first, never);
    await first.close(never);
    const [token] = tokens;
    if (token === undefined) throw new Error('no token');
    const second = xnat.connect({ credentials: { kind: 'alias', ...token } });
    expect(await readLogin(second, never)).toBe('admin');
    expect(token.expiresAt).toMatch(/^\d{4}-.*Z$/);
    await second.close(never);
  });

  it('withdraws its token at the end unless somebody keeps it', async () => {
    await readLogin(xnat.server, never);
    await xnat.server.close(never);
    expect(requests('token.invalidate')).toBe(1);
  });

  it('logs in again when the session ends in the middle', async () => {
    await readLogin(xnat.server, never);
    await xnat.fault({ kind: 'unauthorized', path: '^/data/projects', times: 1 });
    expect((await listProjects(xnat.server, {}, never)).rows).toHaveLength(2);
    expect(requests('session.open')).toBe(2);
    expect(requests('token.issue')).toBe(1);
  });

  it('takes a login page with status 200 for what it is', async () => {
    await readLogin(xnat.server, never);
    await xnat.fault({ kind: 'html-login', path: '^/data/projects', times: 1 });
    expect((await listProjects(xnat.server, {}, never)).rows).toHaveLength(2);
    expect(requests('session.open')).toBe(2);
  });

  it('says "not logged in" when the login page stays', async () => {
    await xnat.fault({ kind: 'html-login', path: '^/data/projects' });
    await expect(listProjects(xnat.server, {}, never)).rejects.toThrow(UnauthenticatedError);
  });

  it('logs in once for many requests that find the session gone together', async () => {
    const server = xnat.connect({ concurrency: 8 });
    await readLogin(server, never);
    await xnat.fault({ kind: 'unauthorized', path: '^/data/projects', times: 4 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => listProjects(server, {}, never)));
    expect(answers.every((answer) => answer.rows.length === 2)).toBe(true);
    const opened = server.usage().operations.find((one) => one.operation === 'session.open')?.requests ?? 0;
    expect(opened).toBeLessThanOrEqual(5);
    await server.close(never);
  });

  it('re-issues the token before it expires', async () => {
    const tokens: AliasToken[] = [];
    let now = Date.now();
    const server = xnat.connect({
      onToken: (token) => tokens.push(token),
      clock: () => new Date(now),
      revokeOnClose: true,
    });
    await readLogin(server, never);
    now = Date.parse(tokens[0]?.expiresAt ?? '') - 5 * 60_000;
    await readLogin(server, never);
    expect(tokens).toHaveLength(2);
    expect(tokens[1]?.alias).not.toBe(tokens[0]?.alias);
    await server.close(never);
  });

  it('refuses a wrong password and a withdrawn token in different words', async () => {
    const wrong = xnat.connect({ credentials: { kind: 'password', login: 'admin', password: 'x' } });
    await expect(readLogin(wrong, never)).rejects.toThrow(/login or password/);
    await readLogin(xnat.server, never);
    await xnat.fault({ kind: 'token-expired', path: '^nothing$' });
    await xnat.fault({ kind: 'unauthorized', path: '^/data/auth', times: 1 });
    await expect(readLogin(xnat.server, never)).rejects.toThrow(/alias token/);
  });

  it('tries a wrong password once, for servers lock accounts', async () => {
    const wrong = xnat.connect({ credentials: { kind: 'password', login: 'admin', password: 'x' } });
    for (const attempt of [1, 2, 3])
      await expect(readLogin(wrong, never), `attempt ${attempt}`).rejects.toThrow(/login or password/);
    expect(wrong.usage().operations.find((one) => one.operation === 'token.issue')?.requests).toBe(1);
  });

  it('tells a guest that guests get no tokens', async () => {
    const guest = xnat.connect({ credentials: { kind: 'guest' } });
    await expect(listProjects(guest, {}, never)).rejects.toThrow(UnauthenticatedError);
    await xnat.fault({ kind: 'forbidden', path: 'tokens/issue' });
    await expect(readLogin(xnat.connect(), never)).rejects.toThrow(ForbiddenError);
  });
});
