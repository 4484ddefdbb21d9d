import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import {
  CatalogError,
  messageOf,
  PipelineRejectedError,
  UpstreamContractError,
  UpstreamUnavailableError,
} from '../../kernel/errors.ts';
import type { SlurmRestVersion } from '../compile-slurm.ts';
import { offeredVersions, readSlurmReply, type SlurmReply } from '../read-slurm.ts';

/** How slurmrestd is reached. */
export interface SlurmRestOptions {
  /** Address without `/slurm/…`. */
  readonly url: string;
  readonly user: string;
  /** File with the token; read again for every call, so that whoever renews it need not tell us. */
  readonly jwtFile: string;
  /** Longest wait for one answer: a controller that is away makes slurmrestd silent for 18 s. */
  readonly timeoutMs: number;
}

/** Slurm's own numbers for a job it does not know (any more), and for one that has ended: no errors to us. */
const harmless: readonly number[] = [2017, 2021];
/** What a site or a job has wrong, by Slurm's numbers; asking again will not help. */
const refusals: Readonly<Record<number, string>> = {
  2000: 'the partition does not exist (SLURM_PARTITION)',
  2012: 'the script is too long',
  2014: 'no node has that much memory, or that many GPUs of that type',
  2015: 'it asks for more than the partition allows',
  2045: 'the account may not submit (SLURM_ACCOUNT)',
};
/** A token this close to its end is not sent any more. */
const tokenMarginS = 5;
/** Versions whose form we know; the first is the one that was run against a real Slurm. */
const knownVersions: readonly SlurmRestVersion[] = [38, 39, 40, 41, 42, 37, 36];

const claims = z.object({ exp: z.number().optional() });

/** slurmrestd over HTTP. An answer with errors that are not harmless is thrown as what it means. */
export class SlurmRest {
  readonly #options: SlurmRestOptions;
  #version: SlurmRestVersion | undefined;

  constructor(options: SlurmRestOptions) {
    this.#options = options;
  }

  /** The version spoken with this server, found out once. */
  async version(signal: AbortSignal): Promise<SlurmRestVersion> {
    if (this.#version !== undefined) return this.#version;
    const { status, text } = await this.#exchange('GET', '/openapi/v3', undefined, signal);
    if (status !== 200) throw this.#away(`it answers ${status} to the question for its versions`);
    const offered = offeredVersions(text);
    const version = knownVersions.find((one) => offered.includes(one));
    if (version === undefined)
      throw new UpstreamContractError(
        `slurmrestd at ${this.#options.url} offers ${offered.map((one) => `v0.0.${one}`).join(', ') || 'no version'}; known are v0.0.36 to v0.0.42.`,
      );
    this.#version = version;
    return version;
  }

  /** @param path - below `/slurm/v0.0.N` */
  async call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    signal: AbortSignal,
    body?: unknown,
  ): Promise<SlurmReply> {
    const version = await this.version(signal);
    const { status, text } = await this.#exchange(method, `/slurm/v0.0.${version}${path}`, body, signal);
    if (status === 404) {
      // Another slurmrestd stands here now: it is asked again what it offers.
      this.#version = undefined;
      throw this.#away(`it no longer offers v0.0.${version}`);
    }
    if (status === 401 || text.trim() === 'Authentication failure') throw this.#tokenRefused();
    const reply = readSlurmReply(text);
    const fault = reply.errors.find(({ code }) => !harmless.includes(code));
    // A job that was given a number is in the queue, whatever Slurm warns of (2068: no node is up now).
    if (fault !== undefined && (reply.jobId ?? 0) === 0) throw this.#errorOf(fault);
    return reply;
  }

  #errorOf({ code, message }: { readonly code: number; readonly message: string }): CatalogError {
    const refusal = refusals[code];
    if (refusal !== undefined) {
      const reason = `Slurm refuses this job: ${refusal} (error ${code}, ${message}).`;
      return new PipelineRejectedError(reason, { reasons: [reason] });
    }
    if (code === 5005 || /auth/i.test(message)) return this.#tokenRefused();
    if (code === 2002) return this.#away(`the user ${this.#options.user} may not do that (error 2002)`);
    return this.#away(`error ${code}, ${message}`);
  }

  #tokenRefused(): CatalogError {
    return this.#away(`it refuses the token in ${this.#options.jwtFile} for ${this.#options.user}: write a new one`);
  }

  #away(what: string): UpstreamUnavailableError {
    return new UpstreamUnavailableError(`slurmrestd at ${this.#options.url} cannot be used now: ${what}.`);
  }

  async #exchange(
    method: string,
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const headers = { 'X-SLURM-USER-NAME': this.#options.user, 'X-SLURM-USER-TOKEN': await this.#token() };
    try {
      const response = await fetch(this.#options.url + path, {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.#options.timeoutMs)]),
      });
      return { status: response.status, text: await response.text() };
    } catch (cause) {
      signal.throwIfAborted();
      throw new UpstreamUnavailableError(
        `slurmrestd at ${this.#options.url} does not answer: ${messageOf(cause)}.`,
        {},
        { cause },
      );
    }
  }

  /** slurmrestd answers an expired token with a 500 like any other: so the end is looked at here. */
  async #token(): Promise<string> {
    const { jwtFile } = this.#options;
    const token = await readFile(jwtFile, 'utf8').then(
      (text) => text.trim().replace(/^SLURM_JWT=/, ''),
      (cause: unknown) => {
        throw new UpstreamUnavailableError(`SLURM_JWT_FILE cannot be read: ${messageOf(cause)}.`, {}, { cause });
      },
    );
    const end = expiryOf(token);
    if (end === undefined) throw this.#away(`${jwtFile} holds no JSON Web Token`);
    if (end - tokenMarginS < Date.now() / 1_000)
      throw this.#away(
        `the token in ${jwtFile} ended at ${new Date(end * 1_000).toISOString()}; write a new one (scontrol token)`,
      );
    return token;
  }
}

/** When a token ends, seconds since 1970, never for one without an end; undefined for what is no token. */
function expiryOf(token: string): number | undefined {
  const [, payload = ''] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token) ?? [];
  try {
    const parsed = claims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    return parsed.success ? (parsed.data.exp ?? Number.MAX_SAFE_INTEGER / 1_000) : undefined;
  } catch {
    return undefined;
  }
}
