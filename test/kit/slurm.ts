import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SlurmLauncher } from '../../src/pipelines/adapters/slurm-launcher.ts';

const run = promisify(execFile);
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A real Slurm of one node with pretended GPUs, all of it in one temporary folder. */
export interface RunningSlurm {
  /** Address of slurmrestd. */
  readonly url: string;
  /** The file the token is in. */
  readonly jwtFile: string;
  /** Writes a token that lasts so many seconds, of root unless another is named. */
  renewToken(seconds: number, user?: string): Promise<void>;
  /** Ends the controller as a power cut would. */
  killController(): Promise<void>;
  startController(): Promise<void>;
  /** Waits until the node takes jobs; makes it do so after a fault drained it. */
  nodeReady(): Promise<void>;
  /** A command of Slurm, such as `scontrol show job 1`. */
  command(name: string, ...args: readonly string[]): Promise<string>;
  launcher(change?: Partial<ConstructorParameters<typeof SlurmLauncher>[0]>): SlurmLauncher;
  stop(): Promise<void>;
}

/** What a test wants of its Slurm. */
export interface SlurmWish {
  /** Seconds that ended jobs stay in the controller's memory. */
  readonly minJobAgeS?: number;
  readonly gpus?: number;
}

interface Ports {
  readonly controller: number;
  readonly node: number;
  readonly rest: number;
}

/** Starts munged, slurmctld, slurmd and slurmrestd. @throws when not root: slurmd starts other users' jobs */
export async function startSlurm(wish: SlurmWish = {}): Promise<RunningSlurm> {
  if (process.getuid?.() !== 0) throw new Error('Slurm on one machine needs root: slurmd starts jobs of other users.');
  const folder = mkdtempSync(join(tmpdir(), 'mia-slurm-'));
  chmodSync(folder, 0o755);
  const [controller = 0, node = 0, rest = 0] = await freePorts(3);
  configure(folder, { controller, node, rest }, { minJobAgeS: 300, gpus: 2, ...wish });
  const daemons = new Daemons(folder);
  const conf = join(folder, 'slurm.conf');
  const command = async (name: string, ...args: readonly string[]): Promise<string> =>
    (await run(name, [...args], { env: { PATH: path, SLURM_CONF: conf }, timeout: 20_000 })).stdout;
  const startController = async (): Promise<void> => {
    daemons.start('slurmctld', ['slurmctld', '-D', '-f', conf]);
    await until('slurmctld', () => command('scontrol', 'ping').then((text) => / UP/.test(text)));
  };
  const jwtFile = join(folder, 'token');
  const renewToken = async (seconds: number, user = 'root'): Promise<void> => {
    writeFileSync(jwtFile, await command('scontrol', 'token', `username=${user}`, `lifespan=${seconds}`), {
      mode: 0o600,
    });
  };
  const nodeReady = async (): Promise<void> => {
    const name = `NodeName=${hostname()}`;
    await until('the node', async () => {
      const text = await command('scontrol', 'show', 'node', hostname());
      if (/State=\S*(?:DRAIN|DOWN)/.test(text)) await command('scontrol', 'update', name, 'State=RESUME');
      return /State=(?:IDLE|MIXED|ALLOCATED)\s/.test(text);
    });
  };
  daemons.start('munged', mungeCommand(folder));
  await until('munged', () =>
    run('munge', ['-n', `--socket=${folder}/munge/sock`], { env: { PATH: path } }).then(() => true),
  );
  await startController();
  daemons.start('slurmd', ['slurmd', '-D', '-f', conf, '-N', hostname()]);
  // slurmrestd refuses to be root or SlurmUser; without any SLURM_JWT it takes no token at all.
  const restArgs = ['-f', conf, '-u', 'nobody', '-g', 'nogroup', '-a', 'rest_auth/jwt', '-s', 'openapi/v0.0.38'];
  daemons.start('slurmrestd', ['slurmrestd', ...restArgs, `127.0.0.1:${rest}`], { SLURM_JWT: 'daemon' });
  await renewToken(3_600);
  await nodeReady();
  const url = `http://127.0.0.1:${rest}`;
  await until('slurmrestd', () => fetch(`${url}/openapi/v3`).then(({ status }) => status === 401));
  return {
    url,
    jwtFile,
    renewToken,
    startController,
    nodeReady,
    command,
    killController: () => daemons.end('slurmctld', 'SIGKILL'),
    launcher: (change = {}) =>
      new SlurmLauncher({
        url,
        jwtFile,
        user: 'root',
        timeoutMs: 5_000,
        partition: undefined,
        account: undefined,
        logBytes: 1_000_000,
        now: () => performance.now(),
        ...change,
      }),
    stop: async () => {
      await command('scancel', '--state=PENDING,RUNNING').catch(() => '');
      for (const name of ['slurmrestd', 'slurmd', 'slurmctld', 'munged']) await daemons.end(name, 'SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function mungeCommand(folder: string): string[] {
  const at = join(folder, 'munge');
  const files = [
    `--socket=${at}/sock`,
    `--pid-file=${at}/pid`,
    `--log-file=${folder}/log/munged.log`,
    `--seed-file=${at}/seed`,
  ];
  return ['munged', '--foreground', '--force', `--key-file=${folder}/munge.key`, ...files];
}

/** Daemons in sessions of their own, logs in the folder. */
class Daemons {
  readonly #folder: string;
  readonly #running = new Map<string, ChildProcess>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  start(name: string, [command = '', ...args]: readonly string[], env: Readonly<Record<string, string>> = {}): void {
    const log = openSync(join(this.#folder, 'log', `${name}.log`), 'a');
    const child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: path, SLURM_CONF: join(this.#folder, 'slurm.conf'), ...env },
    });
    this.#running.set(name, child);
  }

  async end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.#running.get(name);
    this.#running.delete(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const late = pause(8_000).then(() => child.kill('SIGKILL'));
    await Promise.race([ended, late]);
  }
}

function configure(folder: string, ports: Ports, wish: Required<SlurmWish>): void {
  for (const name of ['log', 'state', 'spool', 'dev', 'munge']) mkdirSync(join(folder, name), { recursive: true });
  chmodSync(join(folder, 'munge'), 0o755);
  writeFileSync(join(folder, 'munge.key'), randomBytes(128), { mode: 0o600 });
  writeFileSync(join(folder, 'jwt.key'), randomBytes(32), { mode: 0o600 });
  // Character devices that copy the null device stand for GPUs: Slurm hands out what it can open.
  for (let index = 0; index < wish.gpus; index += 1)
    execFileSync('mknod', ['-m', '666', join(folder, 'dev', `gpu${index}`), 'c', '1', '3']);
  writeFileSync(join(folder, 'slurm.conf'), slurmConf(folder, ports, wish));
  writeFileSync(
    join(folder, 'gres.conf'),
    `AutoDetect=off\nNodeName=${hostname()} Name=gpu Type=a100 File=${folder}/dev/gpu[0-${wish.gpus - 1}]\n`,
  );
  writeFileSync(
    join(folder, 'cgroup.conf'),
    'CgroupAutomount=no\nConstrainCores=no\nConstrainRAMSpace=no\nConstrainDevices=no\nCgroupPlugin=cgroup/v1\n',
  );
}

function slurmConf(folder: string, ports: Ports, wish: Required<SlurmWish>): string {
  const settings: Readonly<Record<string, string | number>> = {
    ClusterName: 'catalogtest',
    SlurmctldHost: `${hostname()}(127.0.0.1)`,
    SlurmctldPort: ports.controller,
    SlurmdPort: ports.node,
    SlurmUser: 'root',
    SlurmdUser: 'root',
    AuthType: 'auth/munge',
    AuthInfo: `socket=${folder}/munge/sock`,
    CredType: 'cred/munge',
    AuthAltTypes: 'auth/jwt',
    AuthAltParameters: `jwt_key=${folder}/jwt.key`,
    StateSaveLocation: `${folder}/state`,
    SlurmdSpoolDir: `${folder}/spool`,
    SlurmctldPidFile: `${folder}/slurmctld.pid`,
    SlurmdPidFile: `${folder}/slurmd.pid`,
    SlurmctldLogFile: `${folder}/log/slurmctld.log`,
    SlurmdLogFile: `${folder}/log/slurmd.log`,
    ProctrackType: 'proctrack/linuxproc',
    TaskPlugin: 'task/none',
    JobAcctGatherType: 'jobacct_gather/none',
    AccountingStorageType: 'accounting_storage/none',
    MpiDefault: 'none',
    SwitchType: 'switch/none',
    SelectType: 'select/cons_tres',
    SelectTypeParameters: 'CR_Core_Memory',
    SchedulerType: 'sched/backfill',
    SchedulerParameters: 'batch_sched_delay=0,sched_interval=5',
    SlurmdParameters: 'config_overrides',
    ReturnToService: 2,
    MinJobAge: wish.minJobAgeS,
    KillWait: 2,
    InactiveLimit: 0,
    GresTypes: 'gpu',
    MaxJobCount: 20_000,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  // More cores than there are, so that the suite's jobs run side by side on a small machine.
  const node = `NodeName=${hostname()} NodeAddr=127.0.0.1 CPUs=4 RealMemory=4096 Gres=gpu:a100:${wish.gpus} State=UNKNOWN`;
  const partition = `PartitionName=main Nodes=${hostname()} Default=YES MaxTime=INFINITE DefMemPerCPU=256 State=UP`;
  return `${[...lines, node, partition].join('\n')}\n`;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (performance.now() < end) {
    if (await isSo().catch(() => false)) return;
    await pause(100);
  }
  throw new Error(`${what} did not come up in 30 s`);
}
