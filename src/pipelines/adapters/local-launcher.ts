import { spawn } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { cpus, hostname, release, totalmem, userInfo } from 'node:os';
import { extname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PipelineRejectedError, UpstreamUnavailableError } from '../../kernel/errors.ts';
import { refuseUnfit } from '../check-engine.ts';
import { compileContainer, compilePlain, compileSandboxed, type LocalCommand } from '../compile-local.ts';
import { jobMark } from '../job-environment.ts';
import { checkJob, jobName } from '../job-grammar.ts';
import type { ExitMarker } from '../job-marker.ts';
import type { EngineCapabilities, EngineJobState, JobKey, JobReference, JobSpec, LogSlice } from '../model.ts';
import type { LogRequest, PipelineLauncher } from '../ports.ts';
import { jobFile, makeJobFolder, readExitMarker, readIfThere, readLog, writeOnce } from './job-folder.ts';
import { type LocalPlan, localPlan, supervisorNote } from './local-plan.ts';
import { type FoundTools, findTools, holdsImage } from './local-tools.ts';
import { findTree, killTree, processIdentity } from './process-tree.ts';
import { runQuietly } from './run-quietly.ts';

/** The supervisor's file beside this one: `.ts` in a checkout, `.js` once built. */
const entry = fileURLToPath(new URL(`./local-supervisor${extname(import.meta.url)}`, import.meta.url));
/** Who a container is when the catalog is root. */
const nobody = 65_534;
/** Longest wait for a supervisor's first sign of life, and for its last. */
const patienceMs = 20_000;
/** Longest wait for the note of a supervisor that has the job already. */
const noteMs = 3_000;

/** How jobs run on this machine. */
export interface LocalLauncherOptions {
  /** Whether a job may run as a plain process where no sandbox can be had (`MIA_LOCAL_UNSANDBOXED=1`). */
  readonly unsandboxed: boolean;
  /** Most bytes of each log. */
  readonly logBytes: number;
  /** What is looked for, strongest first; a test narrows it. */
  readonly isolations: readonly ('CONTAINER' | 'SANDBOX')[];
}

/**
 * Runs jobs on this machine: in a container when the job has an image that is here, else in a bubblewrap sandbox, else, only where the
 * operator allows it, as a plain process. Each job has a supervisor of its own, which the end of the catalog does not end.
 */
export class LocalLauncher implements PipelineLauncher {
  readonly name = 'local';
  readonly #options: LocalLauncherOptions;
  #tools: Promise<FoundTools> | undefined;

  constructor(options: LocalLauncherOptions) {
    this.#options = options;
  }

  async capabilities(_signal: AbortSignal): Promise<EngineCapabilities> {
    const tools = await this.#found();
    const isolation = tools.sandbox ? 'SANDBOX' : 'NONE';
    const plain =
      'Jobs without an image run as plain processes: they can read what the catalog can, and use the network.';
    const none = 'No sandbox works here: install bubblewrap, or set MIA_LOCAL_UNSANDBOXED=1 to run plain processes.';
    const warnings = tools.sandbox ? [] : [this.#options.unsandboxed ? plain : none];
    return {
      version: `Linux ${release()}`,
      isolation,
      runsImages: tools.container !== undefined,
      cpus: cpus().length,
      memoryMiB: Math.floor(totalmem() / 1_048_576),
      gpus: 0,
      gpuTypes: [],
      warnings,
    };
  }

  async submit(job: JobSpec, signal: AbortSignal): Promise<string> {
    checkJob(job);
    const { command, environment, isolation, cleanup } = await this.#compile(job, signal);
    await makeJobFolder(job.folder);
    if (isolation === 'CONTAINER' && process.getuid?.() === 0) await chown(join(job.folder, 'outputs'), nobody, nobody);
    const plan: LocalPlan = {
      isolation,
      command: [...command],
      ...(environment === undefined ? {} : { environment: { ...environment } }),
      ...(cleanup === undefined ? {} : { cleanup: [...cleanup] }),
      job: jobName(job),
      mark: markOf(job),
      timeoutS: job.limits.timeoutS,
      memoryMiB: job.limits.memoryMiB,
      processes: job.limits.processes,
      logBytes: this.#options.logBytes,
    };
    // Whoever wrote it first: a job begun under one plan is not told another.
    await writeOnce(jobFile(job.folder, 'plan.json'), JSON.stringify(plan));
    await startSupervisor(job.folder);
    return jobName(job);
  }

  async status(job: JobReference, _signal: AbortSignal): Promise<EngineJobState> {
    const ended = await readExitMarker(job.folder);
    if (ended !== undefined) return ended;
    const note = await readNote(job.folder);
    if (note?.job !== jobName(job)) return { state: 'UNKNOWN' };
    const startedAt = new Date(note.startedAt * 1_000);
    if (isAlive(note)) return { state: 'RUNNING', startedAt, node: note.node, gpuIds: [] };
    // It may have written its marker between the two looks.
    return (
      (await readExitMarker(job.folder)) ?? {
        state: 'ENDED',
        outcome: 'INFRASTRUCTURE',
        exitCode: undefined,
        signal: undefined,
        reason: 'Its supervisor was ended before the job was: by hand, or with the machine.',
        startedAt,
        endedAt: undefined,
        node: note.node,
        gpuIds: [],
        use: { wallS: undefined, cpuS: undefined, memoryMiB: undefined },
      }
    );
  }

  async cancel(job: JobReference, signal: AbortSignal): Promise<void> {
    await makeJobFolder(job.folder);
    // Whoever makes `body` has the job: a job that has not begun never will.
    if (await writeOnce(jobFile(job.folder, 'body'), '')) {
      const marker: ExitMarker = { outcome: 'CANCELLED', reason: 'It was cancelled before it began.' };
      await writeOnce(jobFile(job.folder, 'exit.json'), JSON.stringify(marker));
      return;
    }
    const note = await waitForNote(job.folder, signal);
    if (note !== undefined && isAlive(note)) await endSupervisor(note, signal);
    // What a supervisor left that was itself ended.
    if (findTree(undefined, markOf(job)).pids.length > 0) await killTree(undefined, markOf(job));
    const cleanup = await readCleanup(job.folder);
    if (cleanup !== undefined) await runQuietly(cleanup);
  }

  logs(job: JobReference, request: LogRequest, _signal: AbortSignal): Promise<LogSlice> {
    return readLog(job.folder, request);
  }

  async findByRunId(job: JobKey & { readonly folder: string }, _signal: AbortSignal): Promise<string | undefined> {
    return (await readNote(job.folder))?.job === jobName(job) ? jobName(job) : undefined;
  }

  #found(): Promise<FoundTools> {
    this.#tools ??= findTools(this.#options.isolations);
    return this.#tools;
  }

  async #compile(job: JobSpec, signal: AbortSignal): Promise<LocalCommand> {
    const tools = await this.#found();
    refuseUnfit(this.name, job.limits, await this.capabilities(signal));
    const { image } = job;
    if (image !== undefined && tools.container !== undefined && (await holdsImage(tools.container, image)))
      return compileContainer({ ...job, image }, tools.container);
    if (image !== undefined && job.python === undefined)
      reject(`The image ${image} is not on this machine; fetch it with podman or docker first.`);
    if (tools.sandbox) return compileSandboxed(job);
    if (this.#options.unsandboxed) return compilePlain(job);
    return reject('No sandbox works here: install bubblewrap, or set MIA_LOCAL_UNSANDBOXED=1 to run plain processes.');
  }
}

function reject(reason: string): never {
  throw new PipelineRejectedError(reason, { reasons: [reason] });
}

function markOf(key: JobKey): string {
  return `${jobMark}=${jobName(key)}`;
}

type Note = ReturnType<typeof supervisorNote.parse>;

async function readNote(folder: string): Promise<Note | undefined> {
  const text = await readIfThere(jobFile(folder, 'supervisor.json'));
  return text === undefined ? undefined : supervisorNote.parse(JSON.parse(text));
}

/** The note of a supervisor that has the job: it writes it at once, unless it was ended at once. */
async function waitForNote(folder: string, signal: AbortSignal): Promise<Note | undefined> {
  const until = performance.now() + noteMs;
  for (;;) {
    const note = await readNote(folder);
    if (note !== undefined || performance.now() > until) return note;
    if ((await readExitMarker(folder)) !== undefined) return undefined;
    await pause(20, undefined, { signal });
  }
}

async function endSupervisor(note: Note, signal: AbortSignal): Promise<void> {
  try {
    process.kill(note.pid, 'SIGTERM');
  } catch {
    return; // It ended meanwhile.
  }
  const until = performance.now() + patienceMs;
  while (isAlive(note)) {
    if (performance.now() > until) throw new UpstreamUnavailableError(`The supervisor ${note.pid} does not end.`);
    await pause(20, undefined, { signal });
  }
}

async function readCleanup(folder: string): Promise<readonly string[] | undefined> {
  const text = await readIfThere(jobFile(folder, 'plan.json'));
  return text === undefined ? undefined : localPlan.parse(JSON.parse(text)).cleanup;
}

/** @throws UpstreamUnavailableError when the job is another machine's, which shares this folder */
function isAlive(note: Note): boolean {
  if (note.node !== hostname())
    throw new UpstreamUnavailableError(`This job runs on ${note.node}; only a catalog there can see to it.`);
  return processIdentity(note.pid) === note.identity;
}

/** Starts a supervisor in a session of its own and waits until it has the job, or has found it begun. */
async function startSupervisor(folder: string): Promise<void> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, folder], {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: userInfo().homedir, LC_ALL: 'C', TZ: 'UTC' },
  });
  let over: string | undefined;
  child.once('error', (error) => (over = error.message));
  child.once('exit', (code) => (over = `it ended with ${String(code)}`));
  child.unref();
  const until = performance.now() + patienceMs;
  while ((await readIfThere(jobFile(folder, 'supervisor.json'))) === undefined) {
    if ((await readExitMarker(folder)) !== undefined) return;
    if (over !== undefined || performance.now() > until)
      throw new UpstreamUnavailableError(`The supervisor of a job cannot start: ${over ?? 'it gives no sign'}.`);
    await pause(10);
  }
}
