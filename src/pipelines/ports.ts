import type {
  EngineCapabilities,
  EngineJobState,
  JobKey,
  JobReference,
  JobSpec,
  LogSlice,
  LogStream,
  Pipeline,
  PythonEnvironment,
} from './model.ts';

/** Which piece of a log is read. */
export interface LogRequest {
  readonly stream: LogStream;
  /** First byte. */
  readonly offset: number;
  /** Most bytes of the answer. */
  readonly limitBytes: number;
}

/**
 * Runs jobs. It neither stages inputs nor collects outputs (decision 14). Every method throws UpstreamUnavailableError when the engine
 * does not answer, which says nothing about any job, and UpstreamContractError when it answers what cannot be read.
 */
export interface PipelineLauncher {
  /** `local`, `slurm`, … */
  readonly name: string;

  /** What it can do now. */
  capabilities(signal: AbortSignal): Promise<EngineCapabilities>;

  /**
   * Starts or queues a job. Not idempotent: when the answer was lost, ask `findByRunId` before submitting again. The body of one attempt
   * runs at most once whatever the engine does.
   * @returns the engine's id of the job
   * @throws PipelineRejectedError when the engine cannot give what the job asks for, or a name, path or image is not of the strict form
   */
  submit(job: JobSpec, signal: AbortSignal): Promise<string>;

  /** What became of a job, also after the catalog or the engine was restarted, or the engine forgot it. */
  status(job: JobReference, signal: AbortSignal): Promise<EngineJobState>;

  /**
   * Ends a job with all its processes. Returns when the engine took the order; ending an ended or unknown job is no error. Call it too
   * after an end that was not the program's own (`INFRASTRUCTURE`, or lost): it frees what the engine may still hold.
   */
  cancel(job: JobReference, signal: AbortSignal): Promise<void>;

  /** A piece of what a job wrote; empty where nothing is there (yet). */
  logs(job: JobReference, request: LogRequest, signal: AbortSignal): Promise<LogSlice>;

  /** The engine's id of the job of this attempt, or undefined when it never got one. */
  findByRunId(job: JobKey & { readonly folder: string }, signal: AbortSignal): Promise<string | undefined>;
}

/** Pipelines that are there. */
export interface PipelineShelf {
  /** All, by name and version. @throws StartupError when a shipped specification is not right */
  list(): Promise<readonly Pipeline[]>;
}

/** Makes Python environments. */
export interface PythonEnvironments {
  /**
   * The environment of a requirements file; made once, then shared by all runs.
   * @param requirements - text of a requirements file in which every package has a version and hashes
   * @throws InvalidInputError when a line is not pinned
   * @throws UpstreamUnavailableError when it cannot be made now: no interpreter, no package index
   */
  prepare(requirements: string, signal: AbortSignal): Promise<PythonEnvironment>;
}
