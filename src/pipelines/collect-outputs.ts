import type { BlobStore } from '../files/index.ts';
import { jobOf, launcherOf, limited } from './follow-job.ts';
import type { LogStream, OutputSpec } from './model.ts';
import { failure, type ReconcileParts, type Step } from './reconcile-parts.ts';
import { redactLog } from './redact-log.ts';
import type { PipelineRun, RunFile } from './run-model.ts';
import type { FoundFile } from './run-ports.ts';

const pieceBytes = 256 * 1_024;

/**
 * Takes what an ended job left into the store of files: its logs, and of a job that ended well the outputs that its pipeline promises.
 * Anything that is no plain file with a plain name ends the run: a body that leaves such things is not to be trusted with the rest.
 */
export const collectOutputs: Step = async (claim, parts, signal) => {
  const { run } = claim;
  const logs = {
    stdout: await storeLog(run, 'stdout', parts, signal),
    stderr: await storeLog(run, 'stderr', parts, signal),
  };
  if (run.error !== undefined) return failure(run.error, { logs, cleanupMs: parts.times.pollMs });
  const found = await parts.folders.scan(run.id, run.attempt, parts.limits.files);
  const fault = faultOf(found, run.spec.outputs, parts);
  if (fault !== undefined) return failure(fault, { logs, cleanupMs: parts.times.pollMs });
  const { promised, others } = sorted(found, run.spec.outputs);
  const outputs: RunFile[] = [];
  for (const { path, byteSize } of promised) {
    const stored = await storeOutput(parts.blobs, parts.folders.read(run.id, run.attempt, path), { byteSize, signal });
    outputs.push({ path: `outputs/${path}`, ...stored, mediaType: mediaTypeOf(path, run.spec.outputs) });
  }
  const message = others === 0 ? undefined : `${others} files that the pipeline does not promise are not kept.`;
  return { to: 'REGISTERING', logs, outputs, againInMs: 0, ...(message !== undefined && { message }) };
};

type Found = Extract<FoundFile, { kind: 'file' }>;

function faultOf(
  found: readonly FoundFile[],
  promises: readonly OutputSpec[],
  { limits }: ReconcileParts,
): string | undefined {
  if (found.length > limits.files) return `The program left more than ${limits.files} files.`;
  const refused = found.find((one) => one.kind === 'refused');
  if (refused !== undefined)
    return `The program left something that is not kept: "${refused.place}" ${refused.reason}.`;
  const files = found.filter((one): one is Found => one.kind === 'file');
  const bytes = files.reduce((sum, { byteSize }) => sum + byteSize, 0);
  if (bytes > limits.bytes) return `The program left ${bytes} bytes; at most ${limits.bytes} are kept.`;
  const missing = promises.filter((promise) => !files.some(({ path }) => isOf(path, promise)));
  if (missing.length > 0)
    return `The program ended well without the outputs it promises: ${missing.map(({ path }) => path).join(', ')}.`;
  return undefined;
}

function sorted(
  found: readonly FoundFile[],
  promises: readonly OutputSpec[],
): { readonly promised: readonly Found[]; readonly others: number } {
  const files = found.filter((one): one is Found => one.kind === 'file');
  const promised = files.filter(({ path }) => promises.some((promise) => isOf(path, promise)));
  return { promised, others: files.length - promised.length };
}

/** Whether a file is a promised one, or lies in a promised folder. */
function isOf(path: string, promise: OutputSpec): boolean {
  return path === promise.path || path.startsWith(`${promise.path}/`);
}

function mediaTypeOf(path: string, promises: readonly OutputSpec[]): string {
  return promises.find((promise) => promise.path === path)?.mediaType ?? 'application/octet-stream';
}

async function storeOutput(
  blobs: BlobStore,
  bytes: AsyncIterable<Uint8Array>,
  { byteSize, signal }: { readonly byteSize: number; readonly signal: AbortSignal },
): Promise<{ readonly sha256: string; readonly byteSize: number }> {
  // A file that grows while it is read is written by somebody who should have ended.
  return await blobs.put(bytes, { maxBytes: byteSize, signal });
}

/** @returns the SHA-256 of what is kept of a stream */
async function storeLog(
  run: PipelineRun,
  stream: LogStream,
  parts: ReconcileParts,
  signal: AbortSignal,
): Promise<string> {
  const launcher = launcherOf(run, parts);
  const job = jobOf(run, parts);
  const pieces: Uint8Array[] = [];
  let offset = 0;
  while (offset < parts.limits.logBytes) {
    const limitBytes = Math.min(pieceBytes, parts.limits.logBytes - offset);
    const slice = await launcher.logs(job, { stream, offset, limitBytes }, limited(signal, parts));
    if (slice.bytes.length === 0) break;
    pieces.push(slice.bytes);
    offset = slice.nextOffset;
  }
  const cut = offset >= parts.limits.logBytes ? `\n[only the first ${parts.limits.logBytes} bytes are kept]\n` : '';
  const text = redactLog(Buffer.concat(pieces).toString('utf8')) + cut;
  return (await parts.blobs.put([Buffer.from(text)])).sha256;
}
