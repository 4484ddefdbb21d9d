import type { Clock } from '../kernel/clock.ts';
import { messageOf, UnauthenticatedError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { guest, highestRole, type Principal } from './model.ts';
import { narrowPrincipal } from './narrow-principal.ts';
import type { OidcSubject, OidcVerifier, PrincipalStore, StoredToken } from './ports.ts';
import { hashToken } from './tokens.ts';

/** Who sends an `Authorization` header. */
export interface Authenticator {
  /**
   * No header is a guest.
   * @throws UnauthenticatedError when credentials are given but not good; they never fall back to guest
   * @throws UpstreamUnavailableError when they are of OIDC and the issuer does not answer
   */
  authenticate(header: string | undefined): Promise<Principal>;
  /** Resolves when every use of a token that was to be written down is. */
  settle(): Promise<void>;
}

/** What an authenticator works with. */
export interface AuthenticatorParts {
  readonly store: PrincipalStore;
  /** Absent when no issuer is configured: then JSON Web Tokens are unknown tokens. */
  readonly oidc: OidcVerifier | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often the use of one token is written down. */
const noteEveryMs = 60_000;
/** Tokens whose last note is remembered; beyond that memory begins anew, and the store itself keeps the pace. */
const remembered = 10_000;

/** A JSON Web Token by its looks (RFC 7519 section 3): three parts, the first of them a JSON object. */
const jwtShape = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/;

/** Tells callers by their bearer tokens: own ones, and those of the OIDC issuer. */
export function createAuthenticator(parts: AuthenticatorParts): Authenticator {
  const { store, oidc, clock } = parts;
  const uses = noteUses(parts);
  return {
    settle: uses.settle,
    authenticate: async (header) => {
      if (header === undefined || header.trim() === '') return guest;
      const token = /^Bearer +([\w.~+/=-]{1,8192})$/i.exec(header.trim())?.[1];
      if (token === undefined) throw new UnauthenticatedError('The Authorization header must be `Bearer` and a token.');
      const stored = await store.tokenByHash(hashToken(token));
      if (stored === undefined && oidc !== undefined && jwtShape.test(token))
        return await oidcPrincipal(await oidc.verify(token), store);
      const principal = principalOf(stored, clock());
      uses.note(principal.token?.id);
      return principal;
    },
  };
}

function principalOf(stored: StoredToken | undefined, now: Date): Principal {
  if (stored === undefined)
    throw new UnauthenticatedError('The access token is not known here: check it, or create a new one.');
  if (stored.revokedAt !== undefined) throw new UnauthenticatedError('The access token was revoked: create a new one.');
  if (stored.expiresAt !== undefined && stored.expiresAt <= now)
    throw new UnauthenticatedError('The access token has expired: create a new one.');
  return narrowPrincipal(stored);
}

/** The principal of an OIDC subject, made at first sight; a guest in all but name until a grant is given. */
async function oidcPrincipal(subject: OidcSubject, store: PrincipalStore): Promise<Principal> {
  const name = `oidc:${subject.issuer}:${subject.subject}`;
  const known = await store.standing(name);
  if (known !== undefined) return { id: known.id, name, role: highestRole(known.catalogRoles), grants: known.grants };
  const id = await store.transaction(async (tx) => {
    const principal = await tx.ensurePrincipal(name, subject.displayName);
    if (principal.made)
      await tx.audit({
        actor: principal.id,
        action: 'principal.create',
        object: { kind: 'Principal', id: principal.id },
        outcome: 'DONE',
      });
    return principal.id;
  });
  return { id, name, role: 'GUEST', grants: [] };
}

/** Writes uses of tokens down off the request's path, and at most once a minute for each token. */
function noteUses({ store, clock, logger }: AuthenticatorParts): {
  readonly note: (id: string | undefined) => void;
  readonly settle: () => Promise<void>;
} {
  const lastNotes = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  return {
    note: (id) => {
      const now = clock();
      if (id === undefined || now.getTime() - (lastNotes.get(id) ?? 0) < noteEveryMs) return;
      if (lastNotes.size >= remembered) lastNotes.clear();
      lastNotes.set(id, now.getTime());
      const written = store
        .noteTokenUse(id, now)
        .catch((error: unknown) => logger.warn('token.useNotNoted', { error: messageOf(error) }))
        .finally(() => underWay.delete(written));
      underWay.add(written);
    },
    settle: async () => {
      await Promise.all(underWay);
    },
  };
}
