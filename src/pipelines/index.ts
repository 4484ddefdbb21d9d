export { engineMisfits } from './check-engine.ts';
export { type CheckedParameters, checkParameters, type ParameterMisfit } from './check-parameters.ts';
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
