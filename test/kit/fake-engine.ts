import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UpstreamUnavailableError } from '../../src/kernel/errors.ts';
import type {
  EngineCapabilities,
  EngineJobState,
  JobKey,
  JobReference,
  JobSpec,
  PipelineLauncher,
} from '../../src/pipelines/index.ts';

/** What becomes of the jobs of a run. */
export const fates = [
  'works',
  'works',
  'works',
  'fails',
  'infrastructureOnce',
  'infrastructure',
  'vanishes',
  'cancelled',
] as const;
export type Fate = (typeof fates)[number];

/** The fate of a run, by its parameter `mark`. */
export function fateOf(mark: string): Fate {
  const place = Number.parseInt(mark.replace(/\D/g, ''), 10) % fates.length;
  return fates[place] ?? 'works';
}

interface Job {
  readonly id: string;
  readonly folder: string;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly fate: Fate;
  readonly attempt: number;
  readonly cancelled: boolean;
}

/**
 * An engine whose jobs are files, so that they go on while whoever submitted them is killed. It is as bad as engines are: answers get lost
 * before and after the deed, it is silent now and then, jobs vanish, the machine below them fails.
 */
export class FakeEngine implements PipelineLauncher {
  readonly name = 'fake';
  readonly #root: string;
  readonly #chance: () => number;

  /** @param chance - 0 to 1, for when it does not answer */
  constructor(root: string, chance: () => number) {
    this.#root = root;
    this.#chance = chance;
  }

  capabilities(): Promise<EngineCapabilities> {
    return Promise.resolve({
      version: 'fake',
      isolation: 'NONE',
      runsImages: false,
      cpus: 64,
      memoryMiB: 65_536,
      gpus: 0,
      gpuTypes: [],
      warnings: [],
    });
  }

  async submit(job: JobSpec): Promise<string> {
    this.#maybeSilent(0.1);
    const params: { readonly mark: string } = JSON.parse(await readFile(join(job.folder, 'params.json'), 'utf8'));
    const id = randomUUID();
    const now = Date.now();
    const startsAt = now + 20 + this.#chance() * 100;
    const made = {
      id,
      folder: job.folder,
      startsAt,
      endsAt: startsAt + 50 + this.#chance() ** 2 * 3_000,
      attempt: job.attempt,
    };
    await this.#save(job, { ...made, fate: fateOf(params.mark), cancelled: false });
    this.#maybeSilent(0.1);
    return id;
  }

  async status(reference: JobReference): Promise<EngineJobState> {
    this.#maybeSilent(0.1);
    const job = await this.#job(reference);
    return job === undefined ? { state: 'UNKNOWN' } : await stateOf(job);
  }

  async cancel(reference: JobReference): Promise<void> {
    this.#maybeSilent(0.1);
    const job = await this.#job(reference);
    if (job !== undefined) await this.#save(reference, { ...job, cancelled: true });
    this.#maybeSilent(0.1);
  }

  logs(): ReturnType<PipelineLauncher['logs']> {
    return Promise.resolve({ bytes: new Uint8Array(), nextOffset: 0 });
  }

  async findByRunId(key: JobKey): Promise<string | undefined> {
    this.#maybeSilent(0.1);
    return (await this.#idsOf(key))[0];
  }

  /** Every job there ever was: of which attempt of which run, and whether it lives. */
  async jobs(): Promise<readonly { readonly runId: string; readonly attempt: number; readonly living: boolean }[]> {
    const all: { runId: string; attempt: number; living: boolean }[] = [];
    for (const name of existsSync(this.#root) ? await readdir(this.#root) : []) {
      const [runId = '', attempt = '0'] = name.split('.');
      const key = { runId, attempt: Number(attempt) };
      for (const engineJobId of await this.#idsOf(key)) {
        const job = await this.#job({ ...key, engineJobId });
        const living = job !== undefined && !job.cancelled && job.fate !== 'vanishes' && job.endsAt > Date.now();
        all.push({ ...key, living });
      }
    }
    return all;
  }

  #maybeSilent(likely: number): void {
    if (this.#chance() < likely) throw new UpstreamUnavailableError('The engine does not answer.');
  }

  #folderOf({ runId, attempt }: JobKey): string {
    return join(this.#root, `${runId}.${attempt}`);
  }

  async #idsOf(key: JobKey): Promise<readonly string[]> {
    const names = existsSync(this.#folderOf(key)) ? await readdir(this.#folderOf(key)) : [];
    return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
  }

  async #job(key: JobKey & { readonly engineJobId: string }): Promise<Job | undefined> {
    const file = join(this.#folderOf(key), `${key.engineJobId}.json`);
    return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined;
  }

  async #save(key: JobKey, job: Job): Promise<void> {
    await mkdir(this.#folderOf(key), { recursive: true });
    const file = join(this.#folderOf(key), `${job.id}.json`);
    const draft = `${file}.${randomUUID()}`;
    await writeFile(draft, JSON.stringify(job));
    await rename(draft, file);
  }
}

async function stateOf(job: Job): Promise<EngineJobState> {
  const now = Date.now();
  const ended = {
    state: 'ENDED',
    startedAt: new Date(job.startsAt),
    endedAt: new Date(job.endsAt),
    node: 'fake',
    gpuIds: [],
  } as const;
  const none = {
    signal: undefined,
    reason: undefined,
    use: { wallS: 1, cpuS: undefined, memoryMiB: undefined },
  } as const;
  if (job.cancelled) return { ...ended, ...none, outcome: 'CANCELLED', exitCode: undefined };
  if (now < job.startsAt) return { state: 'QUEUED', reason: undefined };
  if (job.fate === 'vanishes') return { state: 'UNKNOWN' };
  if (now < job.endsAt) return { state: 'RUNNING', startedAt: ended.startedAt, node: 'fake', gpuIds: [] };
  if (job.fate === 'fails') return { ...ended, ...none, outcome: 'FAILED', exitCode: 1 };
  if (job.fate === 'infrastructure' || (job.fate === 'infrastructureOnce' && job.attempt === 1))
    return { ...ended, ...none, outcome: 'INFRASTRUCTURE', exitCode: undefined };
  await runBody(job.folder);
  return { ...ended, ...none, outcome: 'SUCCEEDED', exitCode: 0 };
}

/** What the body would have left behind, whole from the first look on. */
async function runBody(folder: string): Promise<void> {
  const output = join(folder, 'outputs', 'participants.tsv');
  if (existsSync(output) || !existsSync(join(folder, 'inputs'))) return;
  const [slug = ''] = await readdir(join(folder, 'inputs'));
  const table = await readFile(join(folder, 'inputs', slug, 'participants.tsv'), 'utf8');
  await writeFile(`${folder}/job/draft-${randomUUID()}`, table).catch(() => undefined);
  const draft = join(folder, 'job', `table-${randomUUID()}`);
  await writeFile(draft, table);
  await rename(draft, output);
}

/** Numbers from 0 to 1 that are the same for the same seed. */
export function seeded(seed: string): () => number {
  let counter = 0;
  return () => {
    counter += 1;
    return createHash('sha256').update(`${seed} ${counter}`).digest().readUInt32BE(0) / 2 ** 32;
  };
}
