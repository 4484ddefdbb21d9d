import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);

const costSchema = z.object({ requests: z.number(), seconds: z.number() });
const resultSchema = z.object({
  /** Login and the list of subjects. */
  once: costSchema,
  /** The rest, which grows with the subjects looked into. */
  walk: costSchema.extend({ scans: z.number(), resources: z.number(), files: z.number() }),
});

/** What a walk of the whole project cost, and the scans and files it saw. */
export interface RivalWalk {
  readonly requests: number;
  readonly seconds: number;
  readonly scans: number;
  readonly files: number;
}

/** A project to be walked by a client of others. */
export interface WalkRequest {
  readonly python: string;
  readonly client: 'xnatpy' | 'pyxnat';
  readonly url: string;
  readonly project: string;
  /** Only every n-th subject is looked into; what that cost is multiplied by n. */
  readonly every: number;
  readonly resources: boolean;
}

/** Lets an unmodified client walk a project; counts are for the whole of it, scaled where not every subject was looked into. */
export async function walkByRival(walk: WalkRequest): Promise<RivalWalk> {
  const { client, url, project, every, resources } = walk;
  const script = resolve(import.meta.dirname, `walk_${client}.py`);
  const args = [script, url, project, String(every), resources ? 'resources' : 'items'];
  const { stdout } = await run(walk.python, args, { maxBuffer: 1 << 26 });
  // Clients print lines of their own: the result is the last.
  const { once, walk: seen } = resultSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  return {
    requests: once.requests + seen.requests * every,
    seconds: once.seconds + seen.seconds * every,
    scans: seen.scans * every,
    files: seen.files * every,
  };
}
