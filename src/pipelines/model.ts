/** A graphics processor a job asks for. */
export interface GpuRequest {
  /** How many, at least 1. */
  readonly count: number;
  /** Kind as the site names it, such as `a100`; undefined means any. */
  readonly type: string | undefined;
}

/** What a job may use at most. Every job states all of it: an engine's own default is never relied on. */
export interface ResourceLimits {
  /** Whole processor cores. */
  readonly cpus: number;
  /** Memory of all its processes together, MiB. */
  readonly memoryMiB: number;
  /** Wall time from its start, seconds. */
  readonly timeoutS: number;
  /** Processes and threads at one time. */
  readonly processes: number;
  readonly gpus: GpuRequest | undefined;
}

/** Kinds of value a parameter takes; `variable` is the name of a variable of the input dataset, `variables` a list of them. */
export type ParameterKind = 'string' | 'integer' | 'number' | 'boolean' | 'variable' | 'variables';

/** A value of a parameter. */
export type ParameterValue = string | number | boolean | readonly string[];

/** A parameter of a pipeline, handed to its program in `params.json`, never on a command line. */
export interface ParameterSpec {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly description: string;
  readonly required: boolean;
  readonly default: ParameterValue | undefined;
  /** The only texts allowed; undefined means any. */
  readonly values: readonly string[] | undefined;
  /** Bounds of a number, both included. */
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
}

/** Which inputs a pipeline takes. */
export interface InputRules {
  /** Slugs; undefined means any dataset. */
  readonly datasets: readonly string[] | undefined;
  /** DICOM modality codes that every subject must have; empty for a table alone. */
  readonly modalities: readonly string[];
  /** Variables that must be there by name. */
  readonly variables: readonly string[];
  /** Fewest subjects it can work on. */
  readonly subjectsAtLeast: number;
}

/** What becomes of the outputs: a dataset of its own, or resources of the input. */
export type DerivedKind = 'DATASET' | 'RESOURCE';

/** A file or folder below `outputs/` that a pipeline promises. */
export interface OutputSpec {
  /** Path below `outputs/`. */
  readonly path: string;
  readonly description: string;
  /** IANA media type. */
  readonly mediaType: string;
  /** Whether it is kept only as a step on the way. */
  readonly intermediate: boolean;
}

/** Whether anything is fitted, and on which rows: what a model learns from must not be what it is judged on. */
export interface SplitRule {
  /** Parameter that names the column which tells training rows from others. */
  readonly column: string;
  /** Parameter with the value that marks a training row. */
  readonly trainingValue: string;
  /** Parameter with the seed of everything random. */
  readonly seed: string;
}

/**
 * A pipeline: a strict subset of a CWL v1.2 CommandLineTool and what the catalog adds to it (docs/pipelines.md).
 * Immutable: another content is another version.
 */
export interface PipelineSpec {
  /** Lower-case words joined by hyphens. */
  readonly name: string;
  /** 1 and up. */
  readonly version: number;
  /** `name@version`. */
  readonly reference: string;
  readonly title: string;
  readonly description: string;
  /** SPDX identifier of the program's licence. */
  readonly license: string;
  /** Digest-pinned container image (`registry/name@sha256:…`); undefined means it runs in `python`. */
  readonly image: string | undefined;
  /** Requirements file, with a hash for every package, beside the specification. */
  readonly pythonRequirements: string | undefined;
  /** The program's file beside the specification; undefined where the image holds it. */
  readonly program: string | undefined;
  /** Words of the command; paths are relative to the job's folder. No caller's text is ever in it. */
  readonly command: readonly string[];
  readonly limits: ResourceLimits;
  readonly takes: InputRules;
  readonly derives: DerivedKind;
  readonly outputs: readonly OutputSpec[];
  readonly parameters: readonly ParameterSpec[];
  /** Undefined where nothing is fitted. */
  readonly split: SplitRule | undefined;
}

/** A file of a pipeline, at its path beside the specification. */
export interface PipelineFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

/** A pipeline with all it needs to run. */
export interface Pipeline {
  readonly spec: PipelineSpec;
  /** SHA-256 over specification, program and requirements: equal hashes, equal runs. */
  readonly sha256: string;
  /** The specification as written, the program and the requirements. */
  readonly files: readonly PipelineFile[];
}

/** A Python with exactly the packages of one requirements file. */
export interface PythonEnvironment {
  /** SHA-256 of interpreter version and requirements. */
  readonly sha256: string;
  /** Absolute folder with `bin/python3`. */
  readonly folder: string;
  /** Folders outside of it that the interpreter reads. */
  readonly reads: readonly string[];
}

/** One attempt of one run, as engines know it. */
export interface JobKey {
  /** UUID of the run. */
  readonly runId: string;
  /** 1 and up; each attempt has its own job and its own folder. */
  readonly attempt: number;
}

/**
 * What an engine is told to run. The folder is the job's own: `program/`, `inputs/` and `params.json` are read, `outputs/` is
 * written, `job/` belongs to the engine (logs, markers). The engine must reach it under this path.
 */
export interface JobSpec extends JobKey {
  /** Absolute. */
  readonly folder: string;
  /** Words of the command, at least 2, run in the folder. */
  readonly command: readonly string[];
  /** Added to the engine's own; names are letters, digits and `_`. Values may be any text without NUL. */
  readonly environment: Readonly<Record<string, string>>;
  readonly image: string | undefined;
  readonly python: PythonEnvironment | undefined;
  readonly limits: ResourceLimits;
}

/** How an engine's job is found again. */
export interface JobReference extends JobKey {
  readonly folder: string;
  /** The engine's own id, as `submit` gave it. */
  readonly engineJobId: string;
}

/**
 * How a job ended. `INFRASTRUCTURE`: the engine failed, not the program: it may be tried again as a new attempt, after `cancel` of
 * the old one. All others are final.
 */
export type JobOutcome =
  | 'SUCCEEDED'
  | 'FAILED'
  | 'CANCELLED'
  | 'TIMED_OUT'
  | 'OUT_OF_MEMORY'
  | 'TOO_MANY_PROCESSES'
  | 'INFRASTRUCTURE';

/** What a job used, as far as the engine tells. */
export interface ResourceUse {
  readonly wallS: number | undefined;
  readonly cpuS: number | undefined;
  /** Highest memory of all its processes together, MiB. */
  readonly memoryMiB: number | undefined;
}

/** An ended job. */
export interface EndedJob {
  readonly state: 'ENDED';
  readonly outcome: JobOutcome;
  /** 128 + n after signal n, as shells count; undefined when it never began or nobody saw its end. */
  readonly exitCode: number | undefined;
  readonly signal: number | undefined;
  /** One sentence for people; undefined when there is nothing to say. */
  readonly reason: string | undefined;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
  /** Machine it ran on. */
  readonly node: string | undefined;
  /** Indexes of its graphics processors. */
  readonly gpuIds: readonly string[];
  readonly use: ResourceUse;
}

/**
 * What an engine says of a job. `UNKNOWN`: the engine answered, knows no such job, and the job left no marker: after a time of grace
 * it is lost. An engine that does not answer is an UpstreamUnavailableError, which says nothing of the job.
 */
export type EngineJobState =
  | { readonly state: 'QUEUED'; readonly reason: string | undefined }
  | {
      readonly state: 'RUNNING';
      readonly startedAt: Date | undefined;
      readonly node: string | undefined;
      readonly gpuIds: readonly string[];
    }
  | EndedJob
  | { readonly state: 'UNKNOWN' };

/** How a job is kept from the rest of the machine. */
export type Isolation = 'CONTAINER' | 'SANDBOX' | 'NONE';

/** What an engine can do. */
export interface EngineCapabilities {
  /** Software and version, such as `slurm 22.05.8 (REST v0.0.38)`. */
  readonly version: string;
  /** Strongest isolation it can give to a job without an image. */
  readonly isolation: Isolation;
  /** Whether jobs with an image run in it. */
  readonly runsImages: boolean;
  /** Most of each that one job can get. */
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
  readonly gpuTypes: readonly string[];
  /** What an operator should know; sentences. */
  readonly warnings: readonly string[];
}

/** Streams of a job. */
export type LogStream = 'stdout' | 'stderr';

/** A piece of a log. */
export interface LogSlice {
  readonly bytes: Uint8Array;
  /** Where the next piece begins. */
  readonly nextOffset: number;
}
