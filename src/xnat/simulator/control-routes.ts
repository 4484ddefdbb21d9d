import { z } from 'zod';
import { json, SimError, type SimReply } from './exchange.ts';
import { faultSchema } from './faults.ts';
import { itemTree } from './item-tree.ts';
import type { Route } from './router.ts';
import type { Call } from './simulation.ts';

/** The simulator's own controls. No login: the simulator listens on the loopback address by default. */
export const controlRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/_sim/fault', handler: (call) => json(call.sim.faults.list()) },
  { method: 'POST', pattern: '/_sim/fault', handler: addFault },
  { method: 'DELETE', pattern: '/_sim/fault', handler: clearFaults },
  { method: 'GET', pattern: '/_sim/version', handler: (call) => json(state(call)) },
  { method: 'POST', pattern: '/_sim/version', handler: putVersion },
  { method: 'POST', pattern: '/_sim/group', handler: addGroup },
  { method: 'GET', pattern: '/_sim/state', handler: dump },
];

async function addFault(call: Call): Promise<SimReply> {
  const fault = parse(faultSchema, await call.request.body());
  if (fault.kind === 'clock-zone') call.sim.clock.offsetMinutes = fault.offsetMinutes;
  if (fault.kind === 'token-expired') call.sim.accounts.tokens.clear();
  return json({ id: call.sim.faults.add(fault) }, 201);
}

function clearFaults(call: Call): SimReply {
  call.sim.faults.clear();
  call.sim.clock.offsetMinutes = 0;
  return json({ cleared: true });
}

const versionSchema = z.strictObject({
  /** A source's published version (IDC's data release). */
  idc: z.number().int().optional(),
  /** Stops the clock at an instant (ISO 8601), moves it on, or lets it run. */
  time: z.iso.datetime().optional(),
  advanceMs: z.number().min(0).optional(),
  running: z.literal(true).optional(),
});

async function putVersion(call: Call): Promise<SimReply> {
  const wanted = parse(versionSchema, await call.request.body());
  const { clock, source } = call.sim;
  if (wanted.running === true) clock.release();
  if (wanted.time !== undefined) clock.set(Date.parse(wanted.time));
  if (wanted.advanceMs !== undefined) clock.advance(wanted.advanceMs);
  if (wanted.idc === undefined) return json(state(call));
  if (source === undefined || !source.versions.includes(wanted.idc))
    throw new SimError(400, `no IDC version ${wanted.idc} is loaded`);
  return json({ ...state(call), ...source.moveTo(wanted.idc), idc: wanted.idc });
}

function state(call: Call): Record<string, unknown> {
  const { clock, source, world } = call.sim;
  let scans = 0;
  for (const experiment of world.experiments.values()) scans += experiment.scans.size;
  return {
    idc: source?.current() ?? null,
    idcVersions: source?.versions ?? [],
    time: new Date(clock.now()).toISOString(),
    offsetMinutes: clock.offsetMinutes,
    projects: world.projects.size,
    subjects: world.subjects.size,
    experiments: world.experiments.size,
    scans,
  };
}

const groupSchema = z.strictObject({
  project: z.string(),
  id: z.string(),
  name: z.string(),
  xsiTypes: z.array(z.string()).optional(),
});

/** A custom group, which the real server only makes through its web pages. */
async function addGroup(call: Call): Promise<SimReply> {
  const { project: id, ...group } = parse(groupSchema, await call.request.body());
  const project = call.sim.world.projects.get(id);
  if (project === undefined) throw new SimError(404, 'Not Found');
  project.groups.set(group.id, group);
  return json(group, 201);
}

/** The whole truth about one project, for tests that compare a mirror with it. */
function dump(call: Call): SimReply {
  const { world, clock } = call.sim;
  const project = world.projects.get(call.request.query.get('project') ?? '');
  if (project === undefined) throw new SimError(404, 'Not Found');
  const subjects = [...project.subjects.keys()].flatMap((id) => world.subjects.get(id) ?? []);
  const trees = subjects.map((subject) => itemTree({ world, clock }, subject));
  return json({
    accessibility: project.accessibility,
    members: Object.fromEntries(project.members),
    project: itemTree({ world, clock }, project),
    subjects: trees,
  });
}

function parse<T>(schema: z.ZodType<T>, body: Uint8Array): T {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString('utf8') || '{}');
  } catch {
    throw new SimError(400, 'not JSON');
  }
  const result = schema.safeParse(value);
  if (!result.success) throw new SimError(400, z.prettifyError(result.error));
  return result.data;
}
