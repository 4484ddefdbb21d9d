import { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import { ForbiddenError, UnauthenticatedError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { AliasToken } from '../model.ts';
import { parseJsonAs, parseText } from '../parse-json.ts';
import type { TextReply } from '../ports.ts';

/** What an account proves itself with. */
export type XnatCredentials =
  | { readonly kind: 'password'; readonly login: string; readonly password: string }
  | ({ readonly kind: 'alias' } & AliasToken)
  | { readonly kind: 'guest' };

/** One unauthenticated exchange of the login itself. */
export type LoginSend = (
  request: {
    readonly operation: string;
    readonly method: 'GET' | 'DELETE';
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
  },
  signal: AbortSignal,
) => Promise<TextReply>;

/** What a login needs. */
export interface LoginOptions {
  readonly credentials: XnatCredentials;
  readonly send: LoginSend;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each new token, so that the owner can store it instead of a password. */
  readonly onToken?: ((token: AliasToken) => void) | undefined;
  /** A token is re-issued this long before it expires. */
  readonly renewBeforeMs: number;
}

const tokenSchema = z.looseObject({
  alias: z.string().min(1),
  secret: z.union([z.string(), z.number()]).transform(String),
  estimatedExpirationTime: z.union([z.string(), z.number()]).nullish(),
});

/**
 * Keeps one account logged in. A password is traded for an alias token at the first use and forgotten; the token is
 * re-issued before it expires, and a session that the server dropped is opened anew.
 */
export class Login {
  #password: { readonly login: string; readonly password: string } | undefined;
  #token: AliasToken | undefined;
  #session: string | undefined;
  #opening: Promise<void> | undefined;
  /** The server's no to the password. It is not asked again: servers lock accounts after a few wrong ones. */
  #refusal: UnauthenticatedError | undefined;
  readonly #guest: boolean;
  readonly #options: Omit<LoginOptions, 'credentials'>;
  /** Tokens issued here, so that `close` can withdraw the last one. */
  #issued = false;

  constructor(options: LoginOptions) {
    const { credentials, ...rest } = options;
    this.#options = rest;
    this.#guest = credentials.kind === 'guest';
    if (credentials.kind === 'password') this.#password = { login: credentials.login, password: credentials.password };
    if (credentials.kind === 'alias')
      this.#token = { alias: credentials.alias, secret: credentials.secret, expiresAt: credentials.expiresAt };
  }

  /** Headers for a request, logging in first where needed. */
  async headers(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    if (this.#guest) return {};
    if (this.#session === undefined || this.#tokenEndsSoon()) await this.#openOnce(signal);
    return this.#session === undefined ? {} : { cookie: `JSESSIONID=${this.#session}` };
  }

  /**
   * Forgets the session that a request used, after a 401 or a login page.
   * @returns whether logging in again can help
   */
  dropSession(usedCookie: string | undefined): boolean {
    if (this.#guest) return false;
    if (usedCookie === undefined || usedCookie === `JSESSIONID=${this.#session ?? ''}`) this.#session = undefined;
    return true;
  }

  /** Logs out; withdraws the token if `revoke`. */
  async close(revoke: boolean, signal: AbortSignal): Promise<void> {
    const cookie = this.#session;
    if (revoke && this.#issued && this.#token !== undefined) await this.#invalidate(this.#token, signal);
    if (cookie !== undefined) {
      this.#session = undefined;
      const headers = { cookie: `JSESSIONID=${cookie}` };
      await this.#options.send(
        { operation: 'session.close', method: 'DELETE', path: '/data/JSESSION', headers },
        signal,
      );
    }
  }

  #tokenEndsSoon(): boolean {
    if (this.#token?.expiresAt === undefined) return false;
    return Date.parse(this.#token.expiresAt) - this.#options.clock().getTime() < this.#options.renewBeforeMs;
  }

  /** Many requests may find themselves logged out at once; one of them logs in, the others wait for it. */
  async #openOnce(signal: AbortSignal): Promise<void> {
    this.#opening ??= this.#open(signal).finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
  }

  async #open(signal: AbortSignal): Promise<void> {
    if (this.#token === undefined) await this.#trade(signal);
    else if (this.#tokenEndsSoon()) await this.#renew(this.#token, signal);
    const token = this.#token;
    if (token === undefined) throw new UnauthenticatedError('no token to log in to XNAT with');
    const headers = { authorization: basic(token.alias, token.secret) };
    const reply = await this.#options.send(
      { operation: 'session.open', method: 'GET', path: '/data/JSESSION', headers },
      signal,
    );
    if (reply.status === 401)
      throw new UnauthenticatedError('XNAT no longer takes the alias token; it has expired or was withdrawn');
    const session = parseText(reply).trim();
    if (!/^[\w.!-]{4,200}$/.test(session)) throw new UnauthenticatedError('XNAT opened no session');
    this.#session = session;
  }

  async #trade(signal: AbortSignal): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal;
    if (this.#password === undefined)
      throw new UnauthenticatedError('neither a password nor a token is left to log in with');
    this.#token = await this.#issue({ authorization: basic(this.#password.login, this.#password.password) }, signal);
    this.#password = undefined;
  }

  async #renew(old: AliasToken, signal: AbortSignal): Promise<void> {
    this.#token = await this.#issue({ authorization: basic(old.alias, old.secret) }, signal);
    this.#session = undefined;
    await this.#invalidate(old, signal);
  }

  async #issue(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<AliasToken> {
    const path = '/data/services/tokens/issue';
    const reply = await this.#options.send({ operation: 'token.issue', method: 'GET', path, headers }, signal);
    if (reply.status === 401) {
      this.#refusal = new UnauthenticatedError('XNAT refuses the login or password');
      throw this.#refusal;
    }
    if (reply.status === 403) throw new ForbiddenError('this account may not have alias tokens; guests never may');
    const answer = parseJsonAs(tokenSchema, 'an alias token')(reply);
    const token = { alias: answer.alias, secret: answer.secret, expiresAt: expiry(answer.estimatedExpirationTime) };
    this.#issued = true;
    this.#options.logger.info('xnat.token.issued', { expiresAt: token.expiresAt });
    this.#options.onToken?.(token);
    return token;
  }

  async #invalidate(token: AliasToken, signal: AbortSignal): Promise<void> {
    const path = `/data/services/tokens/invalidate/${encodeURIComponent(token.alias)}/${encodeURIComponent(token.secret)}`;
    const headers = { authorization: basic(token.alias, token.secret) };
    const reply = await this.#options.send({ operation: 'token.invalidate', method: 'GET', path, headers }, signal);
    if (reply.status >= 400) this.#options.logger.warn('xnat.token.invalidate.refused', { status: reply.status });
  }
}

function basic(user: string, secret: string): string {
  return `Basic ${Buffer.from(`${user}:${secret}`, 'utf8').toString('base64')}`;
}

function expiry(value: string | number | null | undefined): string | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  const instant = typeof value === 'number' || /^\d{10,}$/.test(value) ? Number(value) : Date.parse(value);
  return Number.isNaN(instant) ? undefined : new Date(instant).toISOString();
}
