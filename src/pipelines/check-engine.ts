import { PipelineRejectedError } from '../kernel/errors.ts';
import type { EngineCapabilities, ResourceLimits } from './model.ts';

/** Why an engine cannot give a job what it asks for; one sentence each, empty when it can. */
export function engineMisfits(name: string, limits: ResourceLimits, can: EngineCapabilities): readonly string[] {
  const { gpus } = limits;
  const misfits: string[] = [];
  const over = (what: string, asked: number, most: number): void => {
    if (asked > most) misfits.push(`It asks for ${asked} ${what}; one job of ${name} gets ${most} at most.`);
  };
  over('cores', limits.cpus, can.cpus);
  over('MiB of memory', limits.memoryMiB, can.memoryMiB);
  over('GPUs', gpus?.count ?? 0, can.gpus);
  if (gpus?.type !== undefined && can.gpus > 0 && !can.gpuTypes.includes(gpus.type))
    misfits.push(
      `It asks for GPUs of type ${gpus.type}; ${name} has ${can.gpuTypes.join(', ') || 'none with a type'}.`,
    );
  return misfits;
}

/** @throws PipelineRejectedError when an engine cannot give a job what it asks for: never does it run with less */
export function refuseUnfit(name: string, limits: ResourceLimits, can: EngineCapabilities): void {
  const reasons = engineMisfits(name, limits, can);
  if (reasons.length > 0) throw new PipelineRejectedError(reasons.join(' '), { reasons });
}
