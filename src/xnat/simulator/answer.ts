import { authRoutes, cookieOf, frontPage, identify, openPaths } from './auth-routes.ts';
import { containerRoutes } from './container-routes.ts';
import { controlRoutes } from './control-routes.ts';
import { errorPage, json, loginPage, SimError, type SimReply, type SimRequest, text } from './exchange.ts';
import type { Fault } from './faults.ts';
import { fileRoutes } from './file-routes.ts';
import { importRoutes } from './import-routes.ts';
import { itemRoutes } from './item-routes.ts';
import { listRoutes } from './list-routes.ts';
import { normalisePath, Router } from './router.ts';
import { searchRoutes } from './search-routes.ts';
import type { Simulation } from './simulation.ts';
import { writeRoutes } from './write-routes.ts';
import { xapiRoutes } from './xapi-routes.ts';

/** How the transport must misbehave when it sends an answer. */
export interface Delivery {
  readonly reply: SimReply;
  readonly delayMs: number;
  /** Milliseconds between pieces. */
  readonly trickleMs: number;
  /** Cut the connection after half of the body. */
  readonly reset: boolean;
}

const router = new Router([
  ...controlRoutes,
  ...authRoutes,
  ...searchRoutes,
  ...xapiRoutes,
  ...containerRoutes,
  ...importRoutes,
  ...listRoutes,
  ...fileRoutes,
  ...writeRoutes,
  ...itemRoutes,
]);

/** Answers one request: login, faults, route, error pages. What no route knows is a loud 501. */
export async function answer(sim: Simulation, raw: SimRequest): Promise<Delivery> {
  const request = { ...raw, path: normalisePath(raw.path) };
  const acting = sim.faults.take(request.method, request.path);
  const slow = acting.get('slow');
  const reply = await respond(sim, request, acting);
  return {
    reply: acting.has('truncated') ? truncate(reply) : reply,
    delayMs: slow === undefined || slow.trickle ? 0 : slow.delayMs,
    trickleMs: slow?.trickle === true ? slow.delayMs : 0,
    reset: acting.has('reset'),
  };
}

async function respond(
  sim: Simulation,
  request: SimRequest,
  acting: ReadonlyMap<Fault['kind'], Fault>,
): Promise<SimReply> {
  const injected = injectedReply(sim, request, acting);
  if (injected !== undefined) return injected;
  const user = identify(sim, request.headers);
  if (request.path === '/' || request.path === '') return frontPage(sim, user);
  const control = request.path.startsWith('/_sim/');
  if (!control && !openPaths.has(request.path) && (user === undefined || user.role === 'guest')) {
    return withHeader(
      errorPage(401, 'The request requires user authentication'),
      'www-authenticate',
      'Basic realm="simulated XNAT"',
      401,
    );
  }
  // The old version route must be absent: xnatpy takes a server that has it for XNAT 1.6.
  if (request.path === '/data/version') return errorPage(404, 'Not Found');
  const found = router.find(request.method, request.path);
  if (!('handler' in found)) return notImplemented(request, found.known);
  const caller = user ?? { login: 'guest', password: '', role: 'guest' as const };
  try {
    return await found.handler({ sim, request, params: found.params, user: caller, acting });
  } catch (error) {
    if (!(error instanceof SimError)) throw error;
    return control ? json({ error: error.message }, error.status) : errorPage(error.status, error.message);
  }
}

function notImplemented(request: SimRequest, known: readonly string[]): SimReply {
  const other = known.length === 0 ? '' : ` (only ${[...new Set(known)].join(', ')})`;
  return text(`The XNAT simulator does not implement ${request.method} ${request.path}${other}\n`, 501);
}

function injectedReply(
  sim: Simulation,
  request: SimRequest,
  acting: ReadonlyMap<Fault['kind'], Fault>,
): SimReply | undefined {
  if (acting.has('unauthorized')) {
    const cookie = cookieOf(request.headers);
    if (cookie !== undefined) sim.accounts.sessions.delete(cookie);
    return errorPage(401, 'The request requires user authentication');
  }
  const unavailable = acting.get('unavailable');
  if (unavailable !== undefined) {
    const page = errorPage(503, 'Service Unavailable');
    return unavailable.retryAfterS === undefined
      ? page
      : withHeader(page, 'retry-after', String(unavailable.retryAfterS), 503);
  }
  if (acting.has('server-error')) return errorPage(500, 'Internal Server Error');
  if (acting.has('forbidden')) return errorPage(403, 'Forbidden');
  return acting.has('html-login') ? loginPage() : undefined;
}

function withHeader(reply: SimReply, name: string, value: string, status: number): SimReply {
  return { ...reply, status, headers: { ...reply.headers, [name]: value } };
}

/** A body that ends in the middle although its length is announced right: what a proxy makes of a crashed server. */
function truncate(reply: SimReply): SimReply {
  const whole =
    reply.body instanceof Uint8Array
      ? Buffer.from(reply.body)
      : Buffer.from(typeof reply.body === 'string' ? reply.body : [...reply.body].join(''));
  return { ...reply, body: whole.subarray(0, Math.floor(whole.length / 2)) };
}
