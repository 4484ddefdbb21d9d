import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);

const walkSchema = z.object({
  requests: z.number(),
  seconds: z.number(),
  subjects: z.number(),
  sessions: z.number(),
  scans: z.number(),
  resources: z.number(),
});

/** What a walk cost and saw. */
export type RivalWalk = z.infer<typeof walkSchema>;

/** A project to be walked by a client of others. */
export interface WalkRequest {
  readonly python: string;
  readonly client: 'xnatpy' | 'pyxnat';
  readonly url: string;
  readonly project: string;
  /** Only every n-th subject is looked into; the result is multiplied by n. */
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
  const seen = walkSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  const scaled = Object.entries(seen).map(([name, value]) => [name, value * every]);
  return walkSchema.parse(Object.fromEntries(scaled));
}
