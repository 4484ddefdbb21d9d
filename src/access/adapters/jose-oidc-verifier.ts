import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import { messageOf, UnauthenticatedError, UpstreamUnavailableError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { OidcSubject, OidcVerifier } from '../ports.ts';

/** Whose tokens are good here. */
export interface OidcSettings {
  /** Exactly as the issuer writes itself in `iss`. */
  readonly issuer: string;
  /** What `aud` must hold: tokens for other services are not for us. */
  readonly audience: string;
}

/** Signatures whose key the verifier cannot itself sign with (RFC 8725 section 3.1): no HMAC, no `none`. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** How far apart the clocks of issuer and catalog may be. */
const clockToleranceS = 30;
/** How long an issuer may take to answer. */
const timeoutMs = 5_000;
/** How soon it is asked again: after a failure, or for a key it did not have. */
const cooldownMs = 5_000;
/** How long keys are kept, and so the longest that a removed key is still good. */
const keysKeptMs = 300_000;
/** How long the place of the keys is kept. */
const discoveryKeptMs = 3_600_000;

const discoveryDocument = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

const claims = z.object({
  sub: z.string().regex(/^[^\p{C}]{1,255}$/u),
  name: z
    .string()
    .regex(/^[^\p{C}]{1,200}$/u)
    .optional()
    .catch(undefined),
});

/**
 * Proves access tokens of an OpenID Connect issuer (RFC 9068, OpenID Connect Discovery 1.0). The issuer is first asked when the first
 * of its tokens comes; a key it did not have before is looked for again, and keys it took away are gone with that.
 */
export class JoseOidcVerifier implements OidcVerifier {
  readonly #settings: OidcSettings;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #keys: { readonly find: JWTVerifyGetKey; readonly until: number } | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(settings: OidcSettings, clock: Clock, logger: Logger) {
    this.#settings = settings;
    this.#clock = clock;
    this.#logger = logger;
  }

  async verify(token: string): Promise<OidcSubject> {
    const { issuer, audience } = this.#settings;
    this.#refuseForeign(token);
    const find = await this.#findKeys();
    try {
      const options = {
        issuer,
        audience,
        algorithms,
        clockTolerance: clockToleranceS,
        requiredClaims: ['exp', 'sub'],
        currentDate: this.#clock(),
      };
      const { sub, name } = claims.parse((await jwtVerify(token, find, options)).payload);
      return { issuer, subject: sub, ...(name !== undefined && { displayName: name }) };
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  /** What can be refused without asking anybody is: a stranger's tokens cause no traffic. */
  #refuseForeign(token: string): void {
    try {
      const { alg } = decodeProtectedHeader(token);
      if (alg === undefined || !algorithms.includes(alg))
        throw new UnauthenticatedError('The token is not signed in a way that is accepted here: RS, PS, ES or EdDSA.');
      if (decodeJwt(token).iss !== this.#settings.issuer)
        throw new UnauthenticatedError(
          `The token is of another issuer: this catalog takes those of ${this.#settings.issuer}.`,
        );
    } catch (error) {
      if (error instanceof UnauthenticatedError) throw error;
      throw new UnauthenticatedError('The token cannot be read: it is no JSON Web Token.', {}, { cause: error });
    }
  }

  async #findKeys(): Promise<JWTVerifyGetKey> {
    const now = this.#clock().getTime();
    if (this.#keys !== undefined && now < this.#keys.until) return this.#keys.find;
    if (now - this.#failedAt < cooldownMs) throw this.#unavailable(undefined);
    try {
      const find = createRemoteJWKSet(await this.#discover(), {
        timeoutDuration: timeoutMs,
        cooldownDuration: cooldownMs,
        cacheMaxAge: keysKeptMs,
      });
      this.#keys = { find, until: now + discoveryKeptMs };
      return find;
    } catch (error) {
      this.#failedAt = now;
      throw this.#unavailable(error);
    }
  }

  /** Where the issuer has its keys (OpenID Connect Discovery 1.0, section 4). */
  async #discover(): Promise<URL> {
    const { issuer } = this.#settings;
    const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { accept: 'application/json' },
    });
    if (!response.ok) throw new Error(`discovery answered ${response.status}`);
    const document = discoveryDocument.parse(await response.json());
    if (document.issuer !== issuer) throw new Error(`discovery is of the issuer ${document.issuer}`);
    return new URL(document.jwks_uri);
  }

  #refusal(error: unknown): Error {
    if (error instanceof errors.JWTExpired)
      return new UnauthenticatedError('The token has expired: sign in again.', {}, { cause: error });
    if (error instanceof errors.JWTClaimValidationFailed)
      return new UnauthenticatedError(
        `The token is not for this catalog: its \`${error.claim}\` is not right.`,
        {},
        { cause: error },
      );
    const ofTheIssuer =
      error instanceof errors.JWKSTimeout ||
      error instanceof errors.JWKSInvalid ||
      (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC') ||
      !(error instanceof errors.JOSEError || error instanceof z.ZodError);
    if (ofTheIssuer) return this.#unavailable(error);
    return new UnauthenticatedError(
      'The token is not one of the issuer: its signature or key is not right.',
      {},
      { cause: error },
    );
  }

  #unavailable(cause: unknown): UpstreamUnavailableError {
    if (cause !== undefined)
      this.#logger.warn('oidc.issuerUnavailable', { issuer: this.#settings.issuer, error: messageOf(cause) });
    return new UpstreamUnavailableError(
      'The identity provider does not answer, so its tokens cannot be proven at the moment: try again in a few seconds. Access tokens of this catalog work.',
      { retryAfterMs: cooldownMs },
      { cause },
    );
  }
}
