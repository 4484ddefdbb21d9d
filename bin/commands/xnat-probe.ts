import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { connectXnat } from '../../src/compose-xnat.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { type ProbeAnswer, type ProbeReport, probeServer } from '../../src/xnat/index.ts';

interface Flags {
  readonly url: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly ca?: string;
  readonly allowPrivate: boolean;
  readonly maxProjects: number;
  readonly timeoutS: number;
  readonly json: boolean;
}

/** Adds `mia xnat probe`: what a real XNAT allows an account, before anything is connected. */
export function register(program: Command): void {
  const xnat =
    program.commands.find((one) => one.name() === 'xnat') ?? program.command('xnat').description('XNAT servers');
  xnat
    .command('probe')
    .description(
      'check what an XNAT allows an account: version, projects, rights, custom forms, container service, paging',
    )
    .requiredOption('--url <url>', 'address of the XNAT')
    .option('--user <login>', 'login or alias; without it as guest')
    .option('--password-file <file>', 'file with the password or alias secret; "-" reads standard input')
    .option('--ca <file>', 'certificate authority of a private server (PEM)')
    .option('--allow-private', 'allow private and loopback addresses and plain http', false)
    .option('--max-projects <number>', 'projects to look into one by one', count, 20)
    .option('--timeout-s <number>', 'for each request', count, 30)
    .option('--json', 'print the report as one JSON object', false)
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const server = connectXnat({
    url: flags.url,
    credentials: credentials(flags),
    allowPrivate: flags.allowPrivate,
    timeoutMs: flags.timeoutS * 1000,
    ca: flags.ca === undefined ? undefined : readFileSync(flags.ca, 'utf8'),
    logger: silentLogger,
  });
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  try {
    const report = await probeServer(server, { maxProjects: flags.maxProjects }, abort.signal);
    console.log(flags.json ? JSON.stringify(report) : describe(report));
    process.exitCode = report.login.ok ? 0 : 1;
  } finally {
    await server.close(AbortSignal.timeout(5000)).catch(() => undefined); // a server that cannot log us out was probed all the same
  }
}

const aliasForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function credentials(flags: Flags) {
  if (flags.user === undefined) return { kind: 'guest' } as const;
  if (flags.passwordFile === undefined) throw new InvalidArgumentError('--user needs --password-file');
  const secret = readFileSync(flags.passwordFile === '-' ? 0 : flags.passwordFile, 'utf8').replace(/\r?\n$/, '');
  if (aliasForm.test(flags.user)) return { kind: 'alias', alias: flags.user, secret } as const;
  return { kind: 'password', login: flags.user, password: secret } as const;
}

function count(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}

function describe(report: ProbeReport): string {
  const say = <T>(answer: ProbeAnswer<T>, words: (value: T) => string): string =>
    answer.ok ? words(answer.value) : `no (${answer.reason})`;
  const lines = [
    `XNAT             ${report.url}`,
    `logged in as     ${say(report.login, String)}`,
    `version          ${say(report.version, String)}`,
    `clock            ${report.clockSkewMs === undefined ? 'unknown' : `${Math.round(report.clockSkewMs / 1000)} s ahead of ours`}`,
    `data types       ${say(report.dataTypes, String)}`,
    `custom forms     ${say(report.customForms, String)}`,
    `container cmds   ${say(report.containerCommands, String)}`,
    `frozen search    ${say(report.frozenSearch, (works) => (works ? 'works' : 'does not hold'))}`,
    `paging           ${say(report.paging, (one) => `limit ${yes(one.limitWorks)}, offset ${yes(one.offsetWorks)}, order ${one.stableOrder ? 'held' : 'changes'}`)}`,
    `projects         ${say(report.projects, (rows) => String(rows.length + report.projectsNotProbed))}`,
  ];
  const projects = report.projects.ok ? report.projects.value : [];
  for (const one of projects) {
    const parts = [
      say(one.accessibility, String),
      one.role ?? 'no role',
      `experiments ${say(one.experiments, String)}`,
      `members ${one.mayListUsers ? 'visible' : 'hidden'}`,
    ];
    lines.push(`  ${one.id.padEnd(24)} ${parts.join(', ')}`);
  }
  if (report.projectsNotProbed > 0) lines.push(`  … and ${report.projectsNotProbed} more`);
  return [...lines, `asked with       ${report.requests} requests`].join('\n');
}

const yes = (works: boolean): string => (works ? 'works' : 'is ignored');
