import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import type { ContainerEngine } from '../compile-local.ts';

const run = promisify(execFile);
const options = { timeout: 15_000, env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: userInfo().homedir } };

/** What this machine has to keep a job by itself. */
export interface FoundTools {
  /** Whether bubblewrap is there and works: many kernels forbid it to plain users. */
  readonly sandbox: boolean;
  /** Podman, or docker with its daemon; undefined when neither answers. */
  readonly container: ContainerEngine | undefined;
}

/** Looks for tools by using them: one that is installed but forbidden is not there. */
export async function findTools(wanted: readonly ('CONTAINER' | 'SANDBOX')[]): Promise<FoundTools> {
  const [sandbox, container] = await Promise.all([
    wanted.includes('SANDBOX') ? sandboxWorks() : false,
    wanted.includes('CONTAINER') ? findContainerEngine() : undefined,
  ]);
  return { sandbox, container };
}

async function sandboxWorks(): Promise<boolean> {
  const folders = ['/usr', '/bin', '/lib', '/lib64'].flatMap((path) => ['--ro-bind-try', path, path]);
  const isolation = ['--unshare-all', '--uid', '65534', '--gid', '65534', '--cap-drop', 'ALL'];
  return answers('bwrap', [...isolation, ...folders, '--proc', '/proc', '--dev', '/dev', '--', '/bin/true']);
}

/** As root a container is nobody; a plain user stays who they are, which podman must be told. */
async function findContainerEngine(): Promise<ContainerEngine | undefined> {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const user = uid === 0 ? '65534:65534' : `${uid}:${gid}`;
  if (await answers('podman', ['info']))
    return { command: ['podman'], user, runOptions: uid === 0 ? [] : ['--userns', 'keep-id'] };
  return (await answers('docker', ['info'])) ? { command: ['docker'], user, runOptions: [] } : undefined;
}

/** Whether an image is on this machine. */
export async function holdsImage(engine: ContainerEngine, image: string): Promise<boolean> {
  const [command = '', ...args] = engine.command;
  return answers(command, [...args, 'image', 'inspect', '--', image]);
}

async function answers(command: string, args: readonly string[]): Promise<boolean> {
  try {
    await run(command, args, options);
    return true;
  } catch {
    return false;
  }
}
