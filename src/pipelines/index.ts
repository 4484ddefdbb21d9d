export { cancelRun } from './cancel-run.ts';
export { engineMisfits } from './check-engine.ts';
export { type CheckedParameters, checkParameters, type ParameterMisfit } from './check-parameters.ts';
export { describeEngines, type EngineNow } from './describe-engines.ts';
export { followRun } from './follow-run.ts';
export { followRuns } from './follow-runs.ts';
export type { LaunchParts } from './launch-model.ts';
export { launchPipeline } from './launch-pipeline.ts';
export { datasetOfWhere, findRun, hasCrate, listRuns, mayOpen, runOf, runScopeOf } from './list-runs.ts';
export type {
  DerivedKind,
  EndedJob,
  EngineCapabilities,
  EngineJobState,
  GpuRequest,
  InputRules,
  Isolation,
  JobKey,
  JobOutcome,
  JobReference,
  JobSpec,
  LogSlice,
  LogStream,
  OutputSpec,
  ParameterKind,
  ParameterSpec,
  ParameterValue,
  Pipeline,
  PipelineFile,
  PipelineSpec,
  PythonEnvironment,
  ResourceLimits,
  ResourceUse,
  SplitRule,
} from './model.ts';
export { assemblePipeline, parsePipelineSpec } from './parse-spec.ts';
export type { LogRequest, PipelineLauncher, PipelineShelf, PythonEnvironments } from './ports.ts';
export { type LogParts, readLog } from './read-log.ts';
export {
  type OutputLimits,
  type ReconcileParts,
  type ReconcileTimes,
  usualLimits,
  usualTimes,
} from './reconcile-parts.ts';
export { reconcileRun } from './reconcile-run.ts';
export { rerun } from './rerun.ts';
export type {
  FrozenCohort,
  LaunchReason,
  PipelineRun,
  RunEvent,
  RunFile,
  RunId,
  RunOutput,
  RunState,
  RunUse,
  RunWhere,
} from './run-model.ts';
export type { Claim, RegistrationStore, RunFolders, RunQuota, RunScope, RunStore } from './run-ports.ts';
export { writeCrate } from './write-crate.ts';
