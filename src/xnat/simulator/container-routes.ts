import { json, SimError, type SimReply, text } from './exchange.ts';
import { findProject } from './lookups.ts';
import { storeFile } from './resources.ts';
import type { Route } from './router.ts';
import { type Call, param } from './simulation.ts';
import type { SimContainer } from './world.ts';

/** A pretended container service: one command with two wrappers, whose containers finish by the simulator's clock. */
export const containerRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/xapi/commands', handler: () => json([command]) },
  { method: 'GET', pattern: '/xapi/commands/available', handler: available },
  { method: 'GET', pattern: '/xapi/commands/:id', handler: readCommand },
  { method: 'GET', pattern: '/xapi/projects/:project/wrappers/:wrapper/launch', handler: launchUi },
  { method: 'POST', pattern: '/xapi/projects/:project/wrappers/:wrapper/root/:root/launch', handler: launch },
  { method: 'POST', pattern: '/xapi/projects/:project/wrappers/:wrapper/root/:root/bulklaunch', handler: bulkLaunch },
  { method: 'GET', pattern: '/xapi/projects/:project/containers', handler: listContainers },
  { method: 'GET', pattern: '/xapi/containers/:id', handler: (call) => json(render(call, findContainer(call))) },
  { method: 'GET', pattern: '/xapi/containers/:id/logs/:stream', handler: readLog },
  { method: 'POST', pattern: '/xapi/projects/:project/containers/:id/kill', handler: kill },
  { method: 'GET', pattern: '/data/workflows/:id', handler: readWorkflow },
];

const wrappers = [
  { id: 1, name: 'count-files-session', root: 'session' },
  { id: 2, name: 'count-files-fails', root: 'session' },
] as const;

const command = {
  id: 1,
  name: 'count-files',
  label: 'Count files',
  description: 'Counts the files of a session (simulated)',
  version: '1.0',
  type: 'docker',
  image: 'simulated/count-files:1.0',
  'command-line': 'count-files /input > /output/count.txt',
  mounts: [],
  inputs: [
    {
      name: 'message',
      description: 'Text written beside the count',
      type: 'string',
      required: false,
      'default-value': '',
    },
  ],
  outputs: [{ name: 'count', mount: 'output', path: 'count.txt', required: true }],
  xnat: wrappers.map((wrapper) => ({
    id: wrapper.id,
    name: wrapper.name,
    contexts: ['xnat:imageSessionData'],
    'external-inputs': [{ name: wrapper.root, type: 'Session', required: true, 'load-children': true }],
    'derived-inputs': [],
    'output-handlers': [
      {
        name: 'count-resource',
        'accepts-command-output': 'count',
        'as-a-child-of': wrapper.root,
        type: 'Resource',
        label: 'COUNT',
      },
    ],
  })),
};

/** Milliseconds after the launch at which each state begins. */
const states = [
  [0, 'Created'],
  [200, 'Running'],
  [600, 'Finalizing'],
  [800, 'Complete'],
] as const;

function available(call: Call): SimReply {
  const project = call.request.query.get('project');
  if (project !== undefined && project !== '') findProject(call, 'read', project);
  return json(
    wrappers.map((wrapper) => ({
      'command-id': command.id,
      'command-name': command.name,
      'command-description': command.description,
      'wrapper-id': wrapper.id,
      'wrapper-name': wrapper.name,
      'wrapper-description': '',
      'image-name': command.image,
      'image-type': command.type,
      enabled: true,
      'root-element-name': wrapper.root,
    })),
  );
}

function readCommand(call: Call): SimReply {
  if (param(call, 'id') !== '1') throw new SimError(404, 'Not Found');
  return json(command);
}

function launchUi(call: Call): SimReply {
  findProject(call, 'read');
  const session = call.request.query.get('session') ?? '';
  return json({
    meta: { 'wrapper-id': Number(param(call, 'wrapper')) },
    'input-config': [],
    'input-values': [{ name: 'session', values: [{ value: session, label: session, children: [] }] }],
  });
}

async function launch(call: Call): Promise<SimReply> {
  const inputs = await readInputs(call);
  try {
    const container = start(call, inputs);
    return json({
      status: 'success',
      'workflow-id': String(container.workflowId),
      params: inputs,
      'command-id': command.id,
      'wrapper-id': container.wrapperId,
    });
  } catch (error) {
    if (!(error instanceof SimError) || error.status === 403) throw error;
    // The container service answers every failed launch with 500.
    return json(
      {
        status: 'failure',
        message: error.message,
        params: inputs,
        'command-id': command.id,
        'wrapper-id': Number(param(call, 'wrapper')),
      },
      500,
    );
  }
}

async function bulkLaunch(call: Call): Promise<SimReply> {
  const inputs = await readInputs(call);
  const parsed: unknown = JSON.parse(inputs['session'] ?? '[]');
  const sessions = Array.isArray(parsed) ? parsed.map(String) : [];
  const successes: unknown[] = [];
  const failures: unknown[] = [];
  for (const session of sessions) {
    try {
      const one = start(call, { ...inputs, session });
      successes.push({ status: 'success', 'workflow-id': String(one.workflowId), params: { ...inputs, session } });
    } catch (error) {
      failures.push({
        status: 'failure',
        message: error instanceof Error ? error.message : '',
        params: { ...inputs, session },
      });
    }
  }
  return json({ 'bulk-launch-id': call.sim.newId(), 'pipeline-name': command.name, successes, failures });
}

async function readInputs(call: Call): Promise<Record<string, string>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(await call.request.body()).toString('utf8'));
  } catch {
    throw new SimError(415, 'The body must be JSON');
  }
  if (typeof parsed !== 'object' || parsed === null) throw new SimError(400, 'The body must be an object');
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
}

function start(call: Call, inputs: Record<string, string>): SimContainer {
  const project = findProject(call, 'edit');
  const wrapper = wrappers.find((one) => String(one.id) === param(call, 'wrapper') && one.root === param(call, 'root'));
  if (wrapper === undefined) throw new SimError(404, 'Unknown wrapper');
  const session = sessionOf(call, inputs['session'] ?? '');
  if (session?.project !== project.id) throw new SimError(500, `Could not resolve session ${inputs['session'] ?? ''}`);
  const { world, clock } = call.sim;
  const container: SimContainer = {
    id: world.serial('container'),
    workflowId: world.serial('workflow') + 1000,
    wrapperId: wrapper.id,
    project: project.id,
    user: call.user.login,
    inputs,
    launchedAt: clock.now(),
  };
  world.containers.set(container.id, container);
  return container;
}

function sessionOf(call: Call, address: string) {
  const key = address.slice(address.lastIndexOf('/') + 1);
  return call.sim.world.experiments.get(decodeURIComponent(key));
}

function stateOf(call: Call, container: SimContainer): string {
  if (container.killedAt !== undefined) return 'Killed';
  const age = call.sim.clock.now() - container.launchedAt;
  const state = states.findLast(([from]) => age >= from)?.[1] ?? 'Created';
  if (state !== 'Complete') return state;
  if (container.wrapperId === 2) return 'Failed';
  finish(call, container);
  return state;
}

/** A finished container has stored a resource with one small file on its session. */
function finish(call: Call, container: SimContainer): void {
  if (container.created !== undefined) return;
  const session = sessionOf(call, container.inputs['session'] ?? '');
  if (session === undefined) return;
  const label = `COUNT_${container.id}`;
  const resource = { id: call.sim.world.serial('resource'), label, format: 'TEXT', content: 'COUNT', tags: '' };
  const bytes = Buffer.from(`${session.scans.size} scans\n${container.inputs['message'] ?? ''}\n`, 'utf8');
  storeFile(resource, { path: 'count.txt', bytes, format: 'TEXT', content: 'COUNT', tags: '' }, true);
  session.resources = [...(session.resources ?? []), resource];
  container.created = `/archive/experiments/${session.id}/resources/${label}`;
}

function findContainer(call: Call): SimContainer {
  const container = call.sim.world.containers.get(Number(param(call, 'id')));
  if (container === undefined) throw new SimError(404, 'Not Found');
  findProject(call, 'read', container.project);
  return container;
}

function listContainers(call: Call): SimReply {
  const project = findProject(call, 'read');
  const own = [...call.sim.world.containers.values()].filter((one) => one.project === project.id);
  return json(own.map((one) => render(call, one)));
}

function render(call: Call, container: SimContainer): Record<string, unknown> {
  const status = stateOf(call, container);
  const history = states.filter(([from]) => container.launchedAt + from <= call.sim.clock.now());
  return {
    id: container.id,
    'command-id': command.id,
    'wrapper-id': container.wrapperId,
    'container-id': status === 'Created' ? null : `c${container.id}`,
    'workflow-id': String(container.workflowId),
    project: container.project,
    'user-id': container.user,
    status,
    'status-time': new Date(call.sim.clock.now()).toISOString(),
    'docker-image': command.image,
    'command-line': command['command-line'],
    env: { XNAT_PASS: 'not-for-anyone' },
    mounts: [],
    inputs: Object.entries(container.inputs).map(([name, value]) => ({ type: 'raw', name, value, sensitive: false })),
    outputs: [{ name: 'count', type: 'Resource', label: 'COUNT', created: container.created ?? null }],
    history: history.map(([from, state]) => ({
      status: state,
      'entity-type': 'system',
      'time-recorded': new Date(container.launchedAt + from).toISOString(),
      exitCode: state === 'Finalizing' ? (container.wrapperId === 2 ? '1' : '0') : null,
    })),
    'log-paths': [],
    backend: 'docker',
  };
}

function readLog(call: Call): SimReply {
  const container = findContainer(call);
  return text(param(call, 'stream') === 'stdout' ? `container ${container.id} ${stateOf(call, container)}\n` : '');
}

function kill(call: Call): SimReply {
  const container = findContainer(call);
  findProject(call, 'edit');
  if (!['Complete', 'Failed', 'Killed'].includes(stateOf(call, container))) container.killedAt = call.sim.clock.now();
  return text(`c${container.id}`);
}

function readWorkflow(call: Call): SimReply {
  const container = [...call.sim.world.containers.values()].find((one) => String(one.workflowId) === param(call, 'id'));
  if (container === undefined) throw new SimError(404, 'Not Found');
  findProject(call, 'read', container.project);
  const state = stateOf(call, container);
  const status = state === 'Created' ? 'Queued' : state;
  const session = container.inputs['session'] ?? '';
  const fields = {
    wrk_workflowData_id: container.workflowId,
    pipeline_name: command.name,
    status,
    ID: session.slice(session.lastIndexOf('/') + 1),
    data_type: 'xnat:imageSessionData',
    ExternalID: container.project,
  };
  return json({
    items: [
      { field: '', meta: { isHistory: false, 'xsi:type': 'wrk:workflowData' }, data_fields: fields, children: [] },
    ],
  });
}
