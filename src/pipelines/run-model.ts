import type { Branded, DatasetId, PrincipalId } from '../kernel/ids.ts';
import type { ParameterValue, PipelineSpec, ResourceLimits, ResourceUse } from './model.ts';

export type RunId = Branded<'RunId'>;

/** States of a run, in their order; the last four are final. A new attempt begins at STAGING again, with a higher number. */
export const runStates = [
  'REQUESTED',
  'STAGING',
  'SUBMITTING',
  'QUEUED',
  'RUNNING',
  'COLLECTING',
  'REGISTERING',
  'SUCCEEDED',
  'FAILED',
  'CANCELLED',
  'LOST',
] as const;
export type RunState = (typeof runStates)[number];

/** States that a run never leaves. */
export const finalStates = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'LOST'] as const satisfies readonly RunState[];

/** States in which a job of the run may live in its engine. */
export const engineStates = ['SUBMITTING', 'QUEUED', 'RUNNING'] as const satisfies readonly RunState[];

/** Whether a run has ended. */
export function isFinal(state: RunState): boolean {
  return finalStates.some((final) => final === state);
}

/** Whether a run may go from one state to another within an attempt: only on, never back, and never out of a final state. */
export function mayFollow(from: RunState, to: RunState): boolean {
  return !isFinal(from) && runStates.indexOf(to) > runStates.indexOf(from);
}

/** The subjects a run works on, as they were when it was asked for. */
export interface FrozenCohort {
  readonly datasetId: DatasetId;
  readonly slug: string;
  /** Version of the dataset's record. */
  readonly datasetVersion: number;
  /** The filter that chose them, as it was given. */
  readonly where: unknown;
  /** Ids of the subjects, in order. */
  readonly memberIds: readonly string[];
  /** SHA-256 (hex) of the canonical JSON of dataset, version and members. */
  readonly sha256: string;
}

/** What a run did use, as far as its engine says. */
export interface RunUse extends ResourceUse {
  readonly node?: string;
  readonly gpuIds: readonly string[];
}

/** A file of a pipeline, its bytes in the store of files. */
export interface SpecFile {
  /** Beside the specification. */
  readonly path: string;
  readonly sha256: string;
  readonly byteSize: number;
}

/** What a body wrote to its streams, capped and without secrets, in the store of files. */
export interface RunLogs {
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of a pipeline. */
export interface PipelineRun {
  readonly id: RunId;
  /** The pipeline as it was when the run was asked for. */
  readonly spec: PipelineSpec;
  /** SHA-256 (hex) over its specification, program and requirements. */
  readonly pipelineSha256: string;
  readonly pipelineFiles: readonly SpecFile[];
  /** Absent once its owner was erased. */
  readonly ownerId?: PrincipalId;
  readonly owner?: string;
  readonly engine: string;
  readonly engineJobId?: string;
  readonly state: RunState;
  readonly attempt: number;
  readonly cohort: FrozenCohort;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly limits: ResourceLimits;
  readonly requestedAt: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  /** When it ends at the latest, whatever its engine says. */
  readonly deadline: Date;
  readonly exitCode?: number;
  /** Why it did not succeed, in a sentence. */
  readonly error?: string;
  readonly use?: RunUse;
  readonly derivedDatasetId?: DatasetId;
  /** The run it repeats. */
  readonly rerunOf?: RunId;
  readonly logs?: RunLogs;
}

/** Something that happened to a run. */
export interface RunEvent {
  readonly at: Date;
  readonly state: RunState;
  readonly attempt: number;
  /** What happened, where the state alone does not say it. */
  readonly message?: string;
}

/** A file a run was given. */
export interface RunFile {
  /** Below the run's folder, with slashes, such as `inputs/abide/participants.tsv`. */
  readonly path: string;
  readonly byteSize: number;
  readonly sha256: string;
  readonly mediaType: string;
}

/** A file a run made. */
export interface RunOutput extends RunFile {
  /** The dataset it was registered in. */
  readonly datasetId?: DatasetId;
}

/** Which runs; all that is given must hold. */
export interface RunWhere {
  readonly state?: readonly RunState[];
  readonly pipeline?: string;
  readonly engine?: string;
  readonly datasetId?: DatasetId;
}

/** Why a run was not taken; `code` is for programs, `message` for people. */
export interface LaunchReason {
  readonly code: LaunchReasonCode;
  readonly message: string;
}

/** What can stand against a run. */
export const launchReasonCodes = [
  'NO_ACCESS_TO_ROWS',
  'DATA_USE_NOT_ACCEPTED',
  'EMPTY_COHORT',
  'VARIABLE_MISSING',
  'MODALITY_MISSING',
  'FILES_NOT_HELD',
  'PARAMETER_UNKNOWN',
  'PARAMETER_MISSING',
  'PARAMETER_INVALID',
  'ENGINE_UNKNOWN',
  'ENGINE_UNFIT',
  'QUOTA_EXCEEDED',
  'DATASET_NOT_FIT',
] as const;
export type LaunchReasonCode = (typeof launchReasonCodes)[number];
