import { PipelineRejectedError, UpstreamContractError } from '../../kernel/errors.ts';
import { refuseUnfit } from '../check-engine.ts';
import { compileSlurmJob, type SlurmSite, slurmComment } from '../compile-slurm.ts';
import { checkJob } from '../job-grammar.ts';
import type { EngineCapabilities, EngineJobState, JobKey, JobReference, JobSpec, LogSlice } from '../model.ts';
import type { LogRequest, PipelineLauncher } from '../ports.ts';
import { isJobOf, judgeSlurmJob, readGres, type SlurmJob } from '../read-slurm.ts';
import { makeJobFolder, readExitMarker, readLog } from './job-folder.ts';
import { SlurmRest, type SlurmRestOptions } from './slurm-rest.ts';

/** How long what a cluster has is believed. */
const capabilitiesMs = 60_000;

/** How a cluster is reached and what it wants said. */
export interface SlurmLauncherOptions extends SlurmRestOptions, SlurmSite {
  /** Milliseconds that only rise. */
  readonly now: () => number;
}

/**
 * Runs jobs on a Slurm cluster through slurmrestd. The folder of a job must be on a file system that the nodes share. Facts of Slurm
 * that it holds are in docs/pipelines.md.
 */
export class SlurmLauncher implements PipelineLauncher {
  readonly name = 'slurm';
  readonly #options: SlurmLauncherOptions;
  readonly #rest: SlurmRest;
  #seen: { readonly at: number; readonly can: EngineCapabilities } | undefined;

  constructor(options: SlurmLauncherOptions) {
    this.#options = options;
    this.#rest = new SlurmRest(options);
  }

  async capabilities(signal: AbortSignal): Promise<EngineCapabilities> {
    const now = this.#options.now();
    if (this.#seen !== undefined && now - this.#seen.at < capabilitiesMs) return this.#seen.can;
    const version = await this.#rest.version(signal);
    const { nodes, release } = await this.#rest.call('GET', '/nodes', signal);
    const gpus = nodes.map(({ gres }) => readGres(gres));
    const most = (values: readonly number[]): number => Math.max(0, ...values);
    const can: EngineCapabilities = {
      version: `slurm ${release ?? ''} (REST v0.0.${version})`,
      isolation: 'NONE',
      runsImages: false,
      cpus: most(nodes.map(({ cpus }) => cpus)),
      memoryMiB: most(nodes.map(({ memoryMiB }) => memoryMiB)),
      gpus: most(gpus.map((one) => one.reduce((sum, { count }) => sum + count, 0))),
      gpuTypes: [...new Set(gpus.flat().map(({ type }) => type))].filter((type) => type !== undefined),
      warnings: [],
    };
    this.#seen = { at: now, can };
    return can;
  }

  async submit(job: JobSpec, signal: AbortSignal): Promise<string> {
    checkJob(job);
    if (job.image !== undefined && job.python === undefined)
      reject('The engine `slurm` runs no images; this pipeline has no Python environment to run in instead.');
    refuseUnfit(this.name, job.limits, await this.capabilities(signal));
    await makeJobFolder(job.folder);
    const body = compileSlurmJob(job, this.#options, await this.#rest.version(signal));
    const { jobId } = await this.#rest.call('POST', '/job/submit', signal, body);
    if (jobId === undefined) throw new UpstreamContractError('slurmrestd took a job and gave it no number.');
    return String(jobId);
  }

  async status(job: JobReference, signal: AbortSignal): Promise<EngineJobState> {
    const known = await this.#find(job, signal);
    const marker = await readExitMarker(job.folder);
    if (known !== undefined) return judgeSlurmJob(known, marker, new Date());
    return marker ?? { state: 'UNKNOWN' };
  }

  async cancel(job: JobReference, signal: AbortSignal): Promise<void> {
    // A number that is another's by now must not be cancelled.
    if ((await this.#find(job, signal)) === undefined) return;
    await this.#rest.call('DELETE', `/job/${job.engineJobId}`, signal);
  }

  logs(job: JobReference, request: LogRequest, _signal: AbortSignal): Promise<LogSlice> {
    return readLog(job.folder, request);
  }

  async findByRunId(key: JobKey & { readonly folder: string }, signal: AbortSignal): Promise<string | undefined> {
    const { jobs } = await this.#rest.call('GET', '/jobs', signal);
    const comment = slurmComment(key);
    // One that was refused stays in the list for a while, and of two that were taken the first has the body.
    const [found] = jobs
      .filter((job) => job.comment === comment)
      .sort((a, b) => Number(isFailed(a)) - Number(isFailed(b)) || a.job_id - b.job_id);
    return found?.job_id.toString();
  }

  async #find(job: JobReference, signal: AbortSignal): Promise<SlurmJob | undefined> {
    if (!/^\d{1,10}$/.test(job.engineJobId)) return undefined;
    const { jobs } = await this.#rest.call('GET', `/job/${job.engineJobId}`, signal);
    return jobs.find((one) => isJobOf(one, job));
  }
}

/** Ended badly: it may never have begun. */
function isFailed(job: SlurmJob): boolean {
  return job.job_state.some((state) => ['FAILED', 'CANCELLED', 'BOOT_FAIL', 'NODE_FAIL'].includes(state));
}

function reject(reason: string): never {
  throw new PipelineRejectedError(reason, { reasons: [reason] });
}
