import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { connectXnat } from '../../src/compose-xnat.ts';
import { messageOf, StartupError } from '../../src/kernel/errors.ts';
import { type ProbeAnswer, type ProbeReport, probeServer } from '../../src/xnat/index.ts';
import { createLogger, createOutput } from '../output.ts';
import { terminationSignal } from '../termination-signal.ts';
import { registerXnatPush } from './xnat-push.ts';

interface ProbeOptions {
  readonly url: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly ca?: string;
  readonly allowPrivate: boolean;
  readonly maxProjects: number;
  readonly timeoutS: number;
  readonly json?: boolean;
}

/** `mia xnat …`: XNAT servers, before anything is connected to them. */
export function registerXnat(program: Command): void {
  const xnat = program.command('xnat').description('XNAT servers');
  xnat
    .command('probe')
    .description(
      'check what an XNAT allows an account: version, projects, rights, custom forms, container service, paging',
    )
    .requiredOption('--url <url>', 'address of the XNAT', parseUrl)
    .option('--user <login>', 'login or alias; without it as guest')
    .option('--password-file <file>', 'file with the password or alias secret; "-" reads standard input')
    .option('--ca <file>', 'certificate authority of a private server (PEM)')
    .option('--allow-private', 'allow private and loopback addresses and plain http', false)
    .option('--max-projects <number>', 'projects to look into one by one', parseCount, 20)
    .option('--timeout-s <number>', 'for each request', parseCount, 30)
    .option('--json', 'end with one JSON object')
    .action(async (options: ProbeOptions, command: Command) => {
      if (options.user !== undefined && options.passwordFile === undefined)
        command.error('error: --user needs --password-file');
      await probe(options);
    });
  registerXnatPush(xnat);
}

/** Probes and reports; exit code 1 when the server does not know this account or does not answer. */
async function probe(options: ProbeOptions): Promise<void> {
  const signal = terminationSignal();
  const server = connectXnat({
    url: options.url,
    credentials: credentials(options),
    allowPrivate: options.allowPrivate,
    timeoutMs: options.timeoutS * 1000,
    ca: options.ca === undefined ? undefined : readText(options.ca),
    logger: createLogger('error'),
  });
  try {
    const report = await probeServer(server, { maxProjects: options.maxProjects }, signal);
    createOutput(options.json).event('probed', { ...report }, describe(report));
    if (!report.login.ok) process.exitCode = 1;
  } finally {
    await server.close(AbortSignal.timeout(5000)).catch(() => undefined); // a server that cannot log us out was probed all the same
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw new StartupError(`Cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

const aliasForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function credentials({ user, passwordFile }: ProbeOptions) {
  if (user === undefined || passwordFile === undefined) return { kind: 'guest' } as const;
  const secret = readText(passwordFile).replace(/\r?\n$/, '');
  if (aliasForm.test(user)) return { kind: 'alias', alias: user, secret } as const;
  return { kind: 'password', login: user, password: secret } as const;
}

function parseUrl(text: string): string {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? '')) throw new InvalidArgumentError('It must be an http(s) URL.');
  return text;
}

function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function describe(report: ProbeReport): string {
  const say = <T>(answer: ProbeAnswer<T>, words: (value: T) => string): string =>
    answer.ok ? words(answer.value) : `no (${answer.reason})`;
  const lines = [
    `XNAT             ${report.url}`,
    `logged in as     ${say(report.login, String)}`,
    `version          ${say(report.version, String)}`,
    `clock            ${report.clockSkewMs === undefined ? 'unknown' : `${(report.clockSkewMs / 1000).toFixed(1)} s from ours`}`,
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
