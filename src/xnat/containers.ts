import { z } from 'zod';
import { UpstreamUnavailableError } from '../kernel/errors.ts';
import { itemsSchema, toItem } from './model.ts';
import { checkShape, parseJson, parseJsonAs, parseText } from './parse-json.ts';
import { dataPath, xapiPath } from './paths.ts';
import type { TextReply, XnatServer } from './ports.ts';

const commandSchema = z
  .looseObject({
    'command-id': z.number(),
    'command-name': z.string(),
    'wrapper-id': z.number(),
    'wrapper-name': z.string(),
    'image-name': z.string().optional(),
    enabled: z.boolean().optional(),
    'root-element-name': z.string().nullish(),
  })
  .transform((row) => ({
    commandId: row['command-id'],
    commandName: row['command-name'],
    wrapperId: row['wrapper-id'],
    wrapperName: row['wrapper-name'],
    imageName: row['image-name'],
    enabled: row.enabled ?? true,
    rootElement: row['root-element-name'] ?? undefined,
  }));

/** A container command this account may launch in a project. */
export type AvailableCommand = z.infer<typeof commandSchema>;

/** Commands of the container service for a project and item type. @throws NotFoundError without the plugin */
export async function listAvailableCommands(
  server: XnatServer,
  options: { readonly project: string; readonly xsiType: string },
  signal: AbortSignal,
): Promise<readonly AvailableCommand[]> {
  return server.send(
    {
      operation: 'containers.available',
      method: 'GET',
      path: xapiPath('commands', 'available'),
      query: { project: options.project, xsiType: options.xsiType },
      read: parseJsonAs(z.array(commandSchema), 'available commands'),
    },
    signal,
  );
}

/** A container to launch. */
export interface ContainerLaunch {
  readonly project: string;
  readonly wrapperId: number;
  /** `session`, `scan`, … as the wrapper names it. */
  readonly rootElement: string;
  /** Input names and values; the root input is an archive address such as `/archive/experiments/E1`. */
  readonly inputs: Readonly<Record<string, string>>;
}

const launchSchema = z.looseObject({
  status: z.string(),
  'workflow-id': z.union([z.string(), z.number()]).optional(),
  message: z.string().optional(),
});

/**
 * Starts a container. Never retried: the server may have started one although it answered 500.
 * @returns the workflow to poll; the container's own id is assigned later
 * @throws UpstreamUnavailableError with the server's message when it refused
 */
export async function launchContainer(
  server: XnatServer,
  launch: ContainerLaunch,
  signal: AbortSignal,
): Promise<{ readonly workflowId: string }> {
  return server.send(
    {
      operation: 'containers.launch',
      method: 'POST',
      path: xapiPath(
        'projects',
        launch.project,
        'wrappers',
        String(launch.wrapperId),
        'root',
        launch.rootElement,
        'launch',
      ),
      body: { kind: 'text', contentType: 'application/json', text: JSON.stringify(launch.inputs) },
      idempotent: false,
      alsoAccept: [500],
      read: parseLaunch,
    },
    signal,
  );
}

function parseLaunch(reply: TextReply): { readonly workflowId: string } {
  const answer = checkShape(launchSchema, parseJson(reply), 'a launch report');
  if (answer.status !== 'success' || answer['workflow-id'] === undefined) {
    throw new UpstreamUnavailableError(`XNAT did not launch the container: ${answer.message ?? answer.status}`, {
      retried: false,
    });
  }
  return { workflowId: String(answer['workflow-id']) };
}

/** State of a workflow, as text: Queued, Running, In Progress, Complete, Failed, `Failed (…)`. */
export async function readWorkflowStatus(
  server: XnatServer,
  options: { readonly workflowId: string },
  signal: AbortSignal,
): Promise<string> {
  const { items } = await server.send(
    {
      operation: 'workflows.read',
      method: 'GET',
      path: dataPath('workflows', options.workflowId),
      query: { format: 'json' },
      read: parseJsonAs(itemsSchema, 'a workflow'),
    },
    signal,
  );
  return items.map(toItem).find((item) => !item.isHistory)?.fields['status'] ?? '';
}

const containerSchema = z
  .looseObject({
    id: z.number(),
    'container-id': z.string().nullish(),
    'workflow-id': z.union([z.string(), z.number()]).nullish(),
    status: z.string(),
    'status-time': z.string().nullish(),
    'docker-image': z.string().nullish(),
    outputs: z
      .array(z.looseObject({ name: z.string(), label: z.string().nullish(), created: z.string().nullish() }))
      .nullish(),
    history: z
      .array(
        z.looseObject({
          status: z.string(),
          'time-recorded': z.union([z.string(), z.number()]).nullish(),
          exitCode: z.string().nullish(),
        }),
      )
      .nullish(),
  })
  .transform((row) => ({
    id: row.id,
    containerId: row['container-id'] ?? undefined,
    workflowId:
      row['workflow-id'] === null || row['workflow-id'] === undefined ? undefined : String(row['workflow-id']),
    status: row.status,
    statusTime: row['status-time'] ?? undefined,
    image: row['docker-image'] ?? undefined,
    /** Archive addresses the server says it made; to be verified by reading them. */
    createdUris: (row.outputs ?? []).flatMap((output) =>
      output.created === null || output.created === undefined ? [] : [output.created],
    ),
    exitCode: row.history
      ?.flatMap((event) => (event.exitCode === null || event.exitCode === undefined ? [] : [event.exitCode]))
      .at(-1),
  }));

/** A container; `env` and inputs are left out on purpose, they may carry secrets. */
export type ContainerState = z.infer<typeof containerSchema>;

/** Containers of a project; match `workflowId` with what the launch gave. */
export async function listContainers(
  server: XnatServer,
  options: { readonly project: string },
  signal: AbortSignal,
): Promise<readonly ContainerState[]> {
  const path = xapiPath('projects', options.project, 'containers');
  return server.send(
    { operation: 'containers.list', method: 'GET', path, read: parseJsonAs(z.array(containerSchema), 'containers') },
    signal,
  );
}

/** Output of a container so far. */
export async function readContainerLog(
  server: XnatServer,
  options: { readonly id: number; readonly stream: 'stdout' | 'stderr' },
  signal: AbortSignal,
): Promise<string> {
  const path = xapiPath('containers', String(options.id), 'logs', options.stream);
  return server.send({ operation: 'containers.log', method: 'GET', path, read: parseText }, signal);
}

/** Stops a container; stopping a stopped one is fine. */
export async function killContainer(
  server: XnatServer,
  options: { readonly project: string; readonly id: number },
  signal: AbortSignal,
): Promise<void> {
  const path = xapiPath('projects', options.project, 'containers', String(options.id), 'kill');
  await server.send(
    { operation: 'containers.kill', method: 'POST', path, idempotent: true, read: () => undefined },
    signal,
  );
}
