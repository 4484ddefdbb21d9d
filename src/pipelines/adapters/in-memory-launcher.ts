import { refuseUnfit } from '../check-engine.ts';
import { checkJob, jobName } from '../job-grammar.ts';
import { outcomeOf, signalOf } from '../job-marker.ts';
import type { EngineCapabilities, EngineJobState, JobKey, JobReference, JobSpec, LogSlice } from '../model.ts';
import type { LogRequest, PipelineLauncher } from '../ports.ts';

/** What a job does in an engine that is only memory. */
export interface SimulatedBody {
  /** Settles with the exit code once the job is over; `cancelled` asks it to end. */
  readonly ended: Promise<number>;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** Behaviour of the engine; tests make it fail. */
export interface InMemoryOptions {
  readonly start: (job: JobSpec, cancelled: AbortSignal) => SimulatedBody;
  /**
   * Called before and after each order is carried out; throws to be an engine that does not answer, whose order may have been carried
   * out all the same.
   */
  readonly fault?: (call: 'submit' | 'status' | 'cancel' | 'logs' | 'findByRunId', when: 'before' | 'after') => void;
  readonly gpus?: number;
}

interface MemoryJob {
  readonly body: SimulatedBody;
  readonly cancel: AbortController;
  state: EngineJobState;
}

/** An engine without a machine: its jobs are forgotten with it. For tests of what stands above engines. */
export class InMemoryLauncher implements PipelineLauncher {
  readonly name = 'memory';
  readonly #options: InMemoryOptions;
  readonly #jobs = new Map<string, MemoryJob>();
  #submissions = 0;

  constructor(options: InMemoryOptions) {
    this.#options = options;
  }

  /** Bodies that were begun. */
  get submissions(): number {
    return this.#submissions;
  }

  /** Jobs that have not ended. */
  get open(): number {
    return [...this.#jobs.values()].filter(({ state }) => state.state !== 'ENDED').length;
  }

  /** Drops what it knows of ended jobs, as engines do after a while. */
  forgetEnded(): void {
    for (const [id, { state }] of this.#jobs) if (state.state === 'ENDED') this.#jobs.delete(id);
  }

  capabilities(_signal: AbortSignal): Promise<EngineCapabilities> {
    return Promise.resolve({
      version: 'memory',
      isolation: 'NONE',
      runsImages: false,
      cpus: 64,
      memoryMiB: 65_536,
      gpus: this.#options.gpus ?? 0,
      gpuTypes: [],
      warnings: [],
    });
  }

  async submit(job: JobSpec, signal: AbortSignal): Promise<string> {
    checkJob(job);
    refuseUnfit(this.name, job.limits, await this.capabilities(signal));
    return this.#order('submit', () => {
      const id = jobName(job);
      if (!this.#jobs.has(id)) this.#begin(id, job);
      return id;
    });
  }

  async status(job: JobReference, _signal: AbortSignal): Promise<EngineJobState> {
    return this.#order('status', () => this.#jobs.get(job.engineJobId)?.state ?? { state: 'UNKNOWN' });
  }

  async cancel(job: JobReference, _signal: AbortSignal): Promise<void> {
    return this.#order('cancel', () => this.#jobs.get(job.engineJobId)?.cancel.abort());
  }

  async logs(job: JobReference, request: LogRequest, _signal: AbortSignal): Promise<LogSlice> {
    return this.#order('logs', () => {
      const text = this.#jobs.get(job.engineJobId)?.body[request.stream]() ?? '';
      const bytes = Buffer.from(text).subarray(request.offset, request.offset + request.limitBytes);
      return { bytes, nextOffset: request.offset + bytes.length };
    });
  }

  async findByRunId(job: JobKey, _signal: AbortSignal): Promise<string | undefined> {
    return this.#order('findByRunId', () => (this.#jobs.has(jobName(job)) ? jobName(job) : undefined));
  }

  #begin(id: string, job: JobSpec): void {
    const cancel = new AbortController();
    const startedAt = new Date();
    const body = this.#options.start(job, cancel.signal);
    const entry: MemoryJob = { body, cancel, state: { state: 'RUNNING', startedAt, node: 'memory', gpuIds: [] } };
    this.#jobs.set(id, entry);
    this.#submissions += 1;
    void body.ended.then((exitCode) => {
      const endedAt = new Date();
      entry.state = {
        state: 'ENDED',
        outcome: cancel.signal.aborted ? 'CANCELLED' : outcomeOf(exitCode),
        exitCode,
        signal: signalOf(exitCode),
        reason: undefined,
        startedAt,
        endedAt,
        node: 'memory',
        gpuIds: [],
        use: { wallS: (endedAt.getTime() - startedAt.getTime()) / 1_000, cpuS: undefined, memoryMiB: undefined },
      };
    });
  }

  async #order<T>(call: Parameters<NonNullable<InMemoryOptions['fault']>>[0], work: () => T): Promise<T> {
    // As over a network: never in the caller's own turn.
    await Promise.resolve();
    this.#options.fault?.(call, 'before');
    const result = work();
    this.#options.fault?.(call, 'after');
    return result;
  }
}
