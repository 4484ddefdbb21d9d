import { decode } from './exchange.ts';
import type { Handler } from './simulation.ts';

/** A route: segments are literal, `:name` takes one, a last `*name` takes the rest. */
export interface Route {
  readonly method: string;
  readonly pattern: string;
  readonly handler: Handler;
}

interface Compiled {
  readonly route: Route;
  readonly segments: readonly string[];
}

/** Finds routes by method and path. Earlier routes win, so literal ones are listed first. */
export class Router {
  readonly #compiled: readonly Compiled[];

  constructor(routes: readonly Route[]) {
    this.#compiled = routes.map((route) => ({ route, segments: route.pattern.split('/').slice(1) }));
  }

  /** @returns the handler and its parameters, or which methods the path knows */
  find(
    method: string,
    path: string,
  ): { readonly handler: Handler; readonly params: Record<string, string> } | { readonly known: readonly string[] } {
    const parts = path.replace(/\/+$/, '').split('/').slice(1);
    const known: string[] = [];
    for (const { route, segments } of this.#compiled) {
      const params = match(segments, parts);
      if (params === undefined) continue;
      if (route.method === method || (method === 'HEAD' && route.method === 'GET'))
        return { handler: route.handler, params };
      known.push(route.method);
    }
    return { known };
  }
}

/** `/data/archive/…`, `/REST/…` and `/archive/…` are other spellings of `/data/…`. */
export function normalisePath(path: string): string {
  return path.replace(/\/{2,}/g, '/').replace(/^\/(?:data\/archive|REST\/archive|REST|archive)(?=\/|$)/, '/data');
}

function match(segments: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    if (segment.startsWith('*')) {
      if (index >= parts.length) return undefined;
      params[segment.slice(1)] = parts.slice(index).map(decode).join('/');
      return params;
    }
    const part = parts[index];
    if (part === undefined || part === '') return undefined;
    if (segment.startsWith(':')) params[segment.slice(1)] = decode(part);
    else if (segment !== part) return undefined;
  }
  return segments.length === parts.length ? params : undefined;
}
