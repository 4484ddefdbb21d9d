import type { SimUser } from './accounts.ts';
import { json, loginPage, parseQuery, SimError, type SimReply, text } from './exchange.ts';
import type { Route } from './router.ts';
import { type Call, param, type Simulation } from './simulation.ts';

/** Login, logout, sessions, alias tokens. */
export const authRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/data/JSESSION', handler: openSession },
  { method: 'POST', pattern: '/data/JSESSION', handler: openSession },
  { method: 'DELETE', pattern: '/data/JSESSION', handler: closeSession },
  { method: 'PUT', pattern: '/data/services/auth', handler: formLogin },
  { method: 'POST', pattern: '/data/services/auth', handler: formLogin },
  { method: 'GET', pattern: '/data/auth', handler: (call) => text(`User '${call.user.login}' is logged in`) },
  { method: 'GET', pattern: '/data/services/tokens/issue', handler: issueToken },
  { method: 'GET', pattern: '/data/services/tokens/issue/user/:login', handler: issueToken },
  { method: 'GET', pattern: '/data/services/tokens/show', handler: showTokens },
  { method: 'GET', pattern: '/data/services/tokens/validate/:alias/:secret', handler: validateToken },
  { method: 'GET', pattern: '/data/services/tokens/invalidate/:alias', handler: invalidateToken },
  { method: 'GET', pattern: '/data/services/tokens/invalidate/:alias/:secret', handler: invalidateToken },
];

/** Paths that answer without a login. */
export const openPaths: ReadonlySet<string> = new Set(['/', '/data/services/auth']);

const guest: SimUser = { login: 'guest', password: '', role: 'guest' };

/** Who sends a request: by Basic login, by session cookie, or nobody (`undefined`: the login was wrong or the session is gone). */
export function identify(sim: Simulation, headers: Readonly<Record<string, string | undefined>>): SimUser | undefined {
  const basic = /^Basic\s+(.+)$/i.exec(headers['authorization'] ?? '')?.[1];
  if (basic !== undefined) {
    const plain = Buffer.from(basic, 'base64').toString('utf8');
    const cut = plain.indexOf(':');
    return sim.accounts.authenticate(plain.slice(0, cut), plain.slice(cut + 1));
  }
  const cookie = cookieOf(headers);
  if (cookie === undefined) return guest;
  return sim.accounts.users.get(sim.accounts.sessions.get(cookie) ?? '');
}

/** The session a request carries. */
export function cookieOf(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  return /(?:^|;\s*)JSESSIONID=([^;\s]+)/.exec(headers['cookie'] ?? '')?.[1];
}

/** Front page: the login form; with a Basic login it also opens a session, which is how alias tokens log in there. */
export function frontPage(sim: Simulation, user: SimUser | undefined): SimReply {
  const page = loginPage();
  if (user === undefined || user.role === 'guest') return page;
  return { ...page, headers: { ...page.headers, 'set-cookie': cookieFor(sim.accounts.open(user.login)) } };
}

function cookieFor(session: string): string {
  return `JSESSIONID=${session}; Path=/; HttpOnly`;
}

function openSession(call: Call): SimReply {
  const kept = cookieOf(call.request.headers);
  const session =
    kept !== undefined && call.sim.accounts.sessions.has(kept) ? kept : call.sim.accounts.open(call.user.login);
  const csrf = call.request.query.get('CSRF') === 'true' ? `; XNAT_CSRF=${call.sim.newId()}` : '';
  const reply = text(`${session}${csrf}`);
  return { ...reply, headers: { ...reply.headers, 'set-cookie': cookieFor(session) } };
}

function closeSession(call: Call): SimReply {
  const cookie = cookieOf(call.request.headers);
  if (cookie !== undefined) call.sim.accounts.sessions.delete(cookie);
  return text('');
}

async function formLogin(call: Call): Promise<SimReply> {
  const form = parseQuery(Buffer.from(await call.request.body()).toString('utf8'));
  const user = call.sim.accounts.authenticate(form.get('username') ?? '', form.get('password') ?? '');
  if (user === undefined) throw new SimError(401, 'Login attempt failed. Please try again.');
  const session = call.sim.accounts.open(user.login);
  const reply = text(session);
  return { ...reply, headers: { ...reply.headers, 'set-cookie': cookieFor(session) } };
}

function issueToken(call: Call): SimReply {
  const login = call.params['login'] ?? call.user.login;
  if (call.user.role === 'guest' || (login !== call.user.login && call.user.role !== 'admin'))
    throw new SimError(403, 'Forbidden');
  if (!call.sim.accounts.users.has(login)) throw new SimError(404, 'Not Found');
  return json(call.sim.accounts.issue(login));
}

function showTokens(call: Call): SimReply {
  const own = [...call.sim.accounts.tokens].filter(([, token]) => token.login === call.user.login);
  return json(
    own.map(([alias, token]) => ({
      alias,
      xdatUserId: token.login,
      singleUse: false,
      estimatedExpirationTime: token.expiresAt,
    })),
  );
}

function validateToken(call: Call): SimReply {
  const user = call.sim.accounts.authenticate(param(call, 'alias'), param(call, 'secret'));
  return json(user === undefined ? {} : { valid: user.login });
}

function invalidateToken(call: Call): SimReply {
  const { tokens } = call.sim.accounts;
  const alias = param(call, 'alias');
  const token = tokens.get(alias);
  if (token === undefined) throw new SimError(404, 'Not Found');
  if (token.login !== call.user.login && call.user.role !== 'admin') throw new SimError(403, 'Forbidden');
  tokens.delete(alias);
  return json({ result: 'OK' });
}
