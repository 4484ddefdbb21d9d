import type { BlobStore } from '../files/index.ts';
import { InvalidInputError, UpstreamUnavailableError } from '../kernel/errors.ts';
import type { LogStream } from './model.ts';
import type { PipelineLauncher } from './ports.ts';
import { redactLog } from './redact-log.ts';
import { engineStates, isFinal, type PipelineRun } from './run-model.ts';
import type { RunFolders } from './run-ports.ts';

/** Most bytes of one answer. */
const pieceBytes = 64 * 1_024;
const engineMs = 10_000;

/** A piece of a log for people. */
export interface LogPiece {
  readonly text: string;
  readonly nextOffset: number;
  readonly complete: boolean;
}

/** Where logs are. */
export interface LogParts {
  readonly blobs: BlobStore;
  readonly folders: RunFolders;
  readonly launchers: ReadonlyMap<string, PipelineLauncher>;
}

/**
 * What a run wrote to a stream, from a byte on: of one that has ended what is kept, of one that goes on what its engine has. Offsets of the
 * two are not the same where something was redacted: read what has ended from its begin.
 * @throws UpstreamUnavailableError when the engine does not answer
 */
export async function readLog(
  run: PipelineRun,
  { stream, offset }: { readonly stream: LogStream; readonly offset: number },
  { blobs, folders, launchers }: LogParts,
): Promise<LogPiece> {
  if (offset < 0) throw new InvalidInputError('offset: must be 0 or more.', { fields: ['offset'] });
  if (run.logs !== undefined) return await pieceOf(blobs.read(run.logs[stream]), offset);
  const launcher = launchers.get(run.engine);
  const mayRun = engineStates.some((state) => state === run.state);
  if (launcher === undefined || !mayRun || run.engineJobId === undefined)
    return { text: '', nextOffset: offset, complete: isFinal(run.state) };
  const job = {
    runId: run.id,
    attempt: run.attempt,
    folder: folders.pathOf(run.id, run.attempt),
    engineJobId: run.engineJobId,
  };
  const signal = AbortSignal.timeout(engineMs);
  try {
    const slice = await launcher.logs(job, { stream, offset, limitBytes: pieceBytes }, signal);
    return {
      text: redactLog(Buffer.from(slice.bytes).toString('utf8')),
      nextOffset: slice.nextOffset,
      complete: false,
    };
  } catch (error) {
    if (signal.aborted)
      throw new UpstreamUnavailableError(
        `The engine ${run.engine} does not answer: ask again later.`,
        {},
        { cause: error },
      );
    throw error;
  }
}

async function pieceOf(bytes: AsyncIterable<Uint8Array>, offset: number): Promise<LogPiece> {
  const pieces: Uint8Array[] = [];
  let at = 0;
  let length = 0;
  // To its end, so that the bytes are checked.
  for await (const chunk of bytes) {
    const wanted = chunk.subarray(Math.max(0, offset - at), Math.max(0, offset + pieceBytes - at));
    at += chunk.byteLength;
    length += wanted.byteLength;
    pieces.push(wanted);
  }
  const nextOffset = offset + length;
  return { text: Buffer.concat(pieces).toString('utf8'), nextOffset, complete: nextOffset >= at };
}
