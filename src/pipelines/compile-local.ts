import { jobEnvironment } from './job-environment.ts';
import { jobName } from './job-grammar.ts';
import type { Isolation, JobSpec } from './model.ts';

/** Where a job's folder stands inside a sandbox or container. */
const inside = '/work';
/** Folders of the system a program may read; what is not there is left out. */
const systemFolders = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/etc/alternatives', '/etc/ld.so.cache'];
/** Who a job is where it has an identity of its own: nobody. */
const nobody = '65534';
const mebibyte = 1_048_576;

/** A command as the supervisor starts it. */
export interface LocalCommand {
  readonly isolation: Isolation;
  readonly command: readonly string[];
  /** Of the command; undefined is the supervisor's own. */
  readonly environment: Readonly<Record<string, string>> | undefined;
  /** Ends what outlives the command itself; undefined where ending its processes is enough. */
  readonly cleanup: readonly string[] | undefined;
}

/**
 * A job in a bubblewrap sandbox: own process table, no network, no identity, an empty file system with the system's programs and the
 * job's inputs to read, and `outputs/` and a bounded `/tmp` to write. File descriptor 3 takes bubblewrap's account of the end.
 */
export function compileSandboxed(job: JobSpec): LocalCommand {
  const readable = [...systemFolders, ...(job.python === undefined ? [] : [job.python.folder, ...job.python.reads])];
  const environment = Object.entries(jobEnvironment(job)).flatMap(([name, value]) => ['--setenv', name, value]);
  const limits = processLimits(job);
  return {
    isolation: 'SANDBOX',
    command: [
      ...limits,
      'bwrap',
      ...['--unshare-all', '--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'],
      ...['--uid', nobody, '--gid', nobody, '--hostname', 'mia-job', '--json-status-fd', '3'],
      ...['--proc', '/proc', '--dev', '/dev', '--size', String(job.limits.memoryMiB * mebibyte), '--tmpfs', '/tmp'],
      // After /tmp, which would hide an environment that lies below it.
      ...readable.flatMap((path) => ['--ro-bind-try', path, path]),
      ...['program', 'inputs', 'params.json'].flatMap((name) => [
        '--ro-bind',
        `${job.folder}/${name}`,
        `${inside}/${name}`,
      ]),
      ...['--bind', `${job.folder}/outputs`, `${inside}/outputs`, '--remount-ro', '/', '--chdir', inside],
      ...environment,
      '--',
      ...job.command,
    ],
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    cleanup: undefined,
  };
}

/** A job as a plain process: only limits stand between it and the machine. */
export function compilePlain(job: JobSpec): LocalCommand {
  return {
    isolation: 'NONE',
    command: [...processLimits(job), ...job.command],
    environment: jobEnvironment(job),
    cleanup: undefined,
  };
}

/** Limits of each single process; those of all together are the supervisor's to watch. Data, not address space: threads reserve much of that. */
function processLimits({ limits }: JobSpec): string[] {
  return ['prlimit', `--data=${limits.memoryMiB * mebibyte}`, '--core=0', '--nofile=4096', '--'];
}

/** How containers are started here. */
export interface ContainerEngine {
  /** Words before the subcommand, such as `podman`, `--root`, … */
  readonly command: readonly string[];
  /** Numeric user and group the container runs as; `outputs/` must be theirs. */
  readonly user: string;
  /** Further options of `run`. */
  readonly runOptions: readonly string[];
}

/** A job in a container of podman or docker; the image must be there, nothing is pulled. */
export function compileContainer(job: JobSpec & { readonly image: string }, engine: ContainerEngine): LocalCommand {
  const { limits } = job;
  const name = jobName(job);
  const environment = Object.entries({ ...jobEnvironment(job), PATH: '/usr/local/bin:/usr/bin:/bin' });
  return {
    isolation: 'CONTAINER',
    command: [
      ...engine.command,
      ...['run', '--name', name, '--rm', '--pull', 'never', ...engine.runOptions],
      ...['--network', 'none', '--read-only', '--cap-drop', 'all'],
      ...['--security-opt', 'no-new-privileges', '--user', engine.user, '--pids-limit', String(limits.processes)],
      ...['--memory', `${limits.memoryMiB}m`, '--memory-swap', `${limits.memoryMiB}m`, '--cpus', String(limits.cpus)],
      ...['--ulimit', 'nofile=1024:1024', '--ulimit', 'core=0:0', '--tmpfs', `/tmp:rw,size=${limits.memoryMiB}m`],
      ...['program', 'inputs', 'params.json'].flatMap((entry) => [
        '--volume',
        `${job.folder}/${entry}:${inside}/${entry}:ro`,
      ]),
      ...['--volume', `${job.folder}/outputs:${inside}/outputs:rw`, '--workdir', inside],
      ...environment.flatMap(([key, value]) => ['--env', `${key}=${value}`]),
      ...['--entrypoint', job.command[0] ?? '', '--', job.image],
      ...job.command.slice(1),
    ],
    // The supervisor's own, with the home where images are kept.
    environment: undefined,
    cleanup: [...engine.command, 'rm', '--force', name],
  };
}
