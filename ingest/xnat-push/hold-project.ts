import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ConflictError, NotFoundError, RateLimitedError, UpstreamUnavailableError } from '../../src/kernel/errors.ts';
import { deleteFile, downloadFile, uploadFile, type XnatServer } from '../../src/xnat/index.ts';

/** Resource of a project that holds what we know of it; XNAT has no locks, but it never replaces a file unasked. */
export const ownResource = 'MIA_CATALOG';
const lockFile = 'push-lock.json';
const renewEveryMs = 30_000;
/** A lock that was not renewed for so long is nobody's. */
const staleAfterMs = 4 * renewEveryMs;
const attempts = 6;

/** Runs of this process that hold or want a project. */
const running = new Set<string>();

const lockSchema = z.object({
  writer: z.string(),
  dataset: z.string(),
  host: z.string(),
  pid: z.number().int(),
  renewedAt: z.iso.datetime(),
});
type Lock = z.infer<typeof lockSchema>;

/** Who wants to write. */
export interface Holder {
  readonly project: string;
  readonly dataset: string;
  /** A random name of this run. */
  readonly writer: string;
  readonly now: () => Date;
}

/** A project that no other push writes to meanwhile. */
export interface HeldProject {
  /** Aborted when the caller's signal is, and when somebody else took the project over. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

/**
 * Makes this run the only one that pushes into a project, by a small file in it: XNAT stores a file of one name once. A run that
 * was killed leaves its file; it is taken over at once when its process is seen to be gone on this machine, else two minutes after it was
 * last renewed. Clients that know nothing of this file are not kept out.
 * @throws ConflictError while another run holds it
 */
export async function holdProject(server: XnatServer, holder: Holder, signal: AbortSignal): Promise<HeldProject> {
  running.add(holder.writer);
  try {
    await acquire(server, holder, signal);
  } catch (error) {
    running.delete(holder.writer);
    throw error;
  }
  const lost = new AbortController();
  const renewal = setInterval(() => {
    renew(server, holder, signal).catch((error: unknown) => lost.abort(error));
  }, renewEveryMs);
  renewal.unref();
  return {
    signal: AbortSignal.any([signal, lost.signal]),
    release: async () => {
      clearInterval(renewal);
      running.delete(holder.writer);
      // The caller may be stopping: this still has to be said. Whatever goes wrong, the lock grows stale by itself.
      const brief = AbortSignal.timeout(10_000);
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        const released = await releaseLock(server, holder, brief).then(
          () => true,
          () => false,
        );
        if (released) return;
      }
    },
  };
}

async function acquire(server: XnatServer, holder: Holder, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const written = await write(server, holder, false, signal);
    const found = await read(server, holder, signal);
    if (found?.writer === holder.writer) return;
    if (found !== undefined && isAlive(found, holder.now())) throw heldBy(found, holder);
    if (found !== undefined || written === 'duplicate') {
      await write(server, holder, true, signal);
      await sleep(500, undefined, { signal }); // another run may be taking it over, too: the last one to write has it
      const after = await read(server, holder, signal);
      if (after?.writer === holder.writer) return;
      if (after !== undefined) throw heldBy(after, holder);
    }
    if (attempt >= attempts) throw new UpstreamUnavailableError(`XNAT does not keep ${lockFile} in ${holder.project}`);
    await sleep(200 * 2 ** attempt, undefined, { signal });
  }
}

async function renew(server: XnatServer, holder: Holder, signal: AbortSignal): Promise<void> {
  const found = await read(server, holder, signal);
  if (found !== undefined && found.writer !== holder.writer) throw heldBy(found, holder);
  await write(server, holder, true, signal);
}

async function releaseLock(server: XnatServer, holder: Holder, signal: AbortSignal): Promise<void> {
  const found = await read(server, holder, signal);
  if (found?.writer === holder.writer) await deleteFile(server, addressOf(holder), signal);
}

async function write(
  server: XnatServer,
  holder: Holder,
  overwrite: boolean,
  signal: AbortSignal,
): Promise<'sent' | 'duplicate' | 'broken'> {
  const { writer, dataset, now } = holder;
  const lock: Lock = { writer, dataset, host: hostname(), pid: process.pid, renewedAt: now().toISOString() };
  const text = Buffer.from(`${JSON.stringify(lock)}\n`);
  async function* open() {
    yield await Promise.resolve(text);
  }
  try {
    const upload = { ...addressOf(holder), open, byteSize: text.byteLength, overwrite };
    return (await uploadFile(server, upload, signal)).state;
  } catch (error) {
    if (error instanceof UpstreamUnavailableError || error instanceof RateLimitedError) return 'broken';
    throw error;
  }
}

async function read(server: XnatServer, holder: Holder, signal: AbortSignal): Promise<Lock | undefined> {
  try {
    const download = await downloadFile(server, addressOf(holder), signal);
    const chunks: Uint8Array[] = [];
    for await (const chunk of download.bytes) chunks.push(chunk);
    return lockSchema.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8'))).data;
  } catch (error) {
    // A lock nobody can read is as good as none; the next attempt writes over it.
    if (error instanceof NotFoundError || error instanceof SyntaxError) return undefined;
    if (error instanceof UpstreamUnavailableError) return undefined;
    throw error;
  }
}

function isAlive(lock: Lock, now: Date): boolean {
  if (lock.host === hostname() && (lock.pid === process.pid ? !running.has(lock.writer) : !isRunning(lock.pid)))
    return false;
  return now.getTime() - Date.parse(lock.renewedAt) < staleAfterMs;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function heldBy(lock: Lock, { project }: Holder): ConflictError {
  return new ConflictError(
    `Another push, of ${lock.dataset} by process ${lock.pid} on ${lock.host}, writes to project ${project}; wait for its end`,
    { project, host: lock.host, pid: lock.pid, renewedAt: lock.renewedAt },
  );
}

const addressOf = ({ project }: Holder) => ({ project, resource: ownResource, path: lockFile });
