import { once } from 'node:events';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type SimulatorOptions, simulatorCollections, startXnatSimulator } from '../../src/compose-xnat.ts';
import { createLogger, createOutput } from '../output.ts';
import { terminationSignal } from '../termination-signal.ts';

interface SimulatorFlags {
  readonly port: number;
  readonly host: string;
  readonly load: readonly string[];
  readonly collections: readonly string[];
  readonly data: string;
  readonly abide: string;
  readonly schemas?: string;
  readonly user: SimulatorOptions['users'];
  readonly copies: number;
  readonly latencyMs: number;
  readonly tokenLifeS: number;
  readonly logLevel: string;
  readonly json?: boolean;
}

const root = resolve(import.meta.dirname, '../..');

/** `mia xnat-simulator`: a pretended XNAT that loads public metadata, for tests and demonstrations. */
export function registerXnatSimulator(program: Command): void {
  program
    .command('xnat-simulator')
    .description('a pretended XNAT server (login admin / admin) filled with IDC collections or the ABIDE table')
    .option('--port <number>', 'port; 0 takes a free one', wholeNumber, 8085)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(
      new Option('--load <sources>', 'comma-separated: idc, abide, none').argParser(sources).default(['idc'], 'idc'),
    )
    .option('--collections <ids>', 'IDC collections, comma-separated', collections, simulatorCollections)
    .option('--data <folder>', 'folder of the IDC extracts', resolve(root, 'data/idc'))
    .option(
      '--abide <file>',
      'ABIDE I phenotypic table (not shipped)',
      resolve(root, '../shared/data/abide/Phenotypic_V1_0b_preprocessed1.csv'),
    )
    .option('--schemas <folder>', 'serve these XSD files instead of the built-in documents')
    .option(
      '--user <name:password:role>',
      'another account; role is admin, user or PROJECT=owner|member|collaborator[+…]; repeatable',
      addUser,
      [],
    )
    .option('--copies <number>', 'load each IDC collection so many times (for measuring)', wholeNumber, 1)
    .option('--latency-ms <number>', 'delay every answer', wholeNumber, 0)
    .option('--token-life-s <number>', 'life of alias tokens', wholeNumber, 2 * 24 * 3600)
    .option('--log-level <level>', 'debug (every request), info, warn or error', 'warn')
    .option('--json', 'events as JSON lines')
    .action(simulate);
}

async function simulate(flags: SimulatorFlags): Promise<void> {
  const stop = terminationSignal();
  const simulator = await startXnatSimulator({
    host: flags.host,
    port: flags.port,
    users: flags.user,
    idc: flags.load.includes('idc')
      ? { folder: flags.data, collections: flags.collections, copies: flags.copies }
      : undefined,
    abide: flags.load.includes('abide') ? { path: flags.abide } : undefined,
    schemas: flags.schemas,
    latencyMs: flags.latencyMs,
    tokenLifeMs: flags.tokenLifeS * 1000,
    logger: createLogger(flags.logLevel),
  });
  const { url } = simulator;
  createOutput(flags.json).event('ready', { url }, `XNAT simulator: ${url}  (login admin / admin; Ctrl-C stops it)`);
  if (!stop.aborted) await once(stop, 'abort');
  await simulator.close();
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}

function sources(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !['idc', 'abide', 'none'].includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is not idc, abide or none`);
  return names;
}

function collections(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !simulatorCollections.includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`"${unknown}" is none of ${simulatorCollections.join(', ')}`);
  return names;
}

function addUser(text: string, before: SimulatorOptions['users']): SimulatorOptions['users'] {
  const [login, password, role = 'user'] = text.split(':');
  if (login === undefined || login === '' || password === undefined)
    throw new InvalidArgumentError('must be name:password:role');
  if (role === 'admin' || role === 'user') return [...before, { login, password, role }];
  const pairs = role.split('+').map((pair) => pair.split('='));
  if (!pairs.every(([, group]) => group !== undefined && ['owner', 'member', 'collaborator'].includes(group))) {
    throw new InvalidArgumentError('role must be admin, user or PROJECT=owner|member|collaborator');
  }
  const memberships = Object.fromEntries(pairs.map(([project = '', group = '']) => [project, group]));
  return [...before, { login, password, role: 'user', memberships }];
}
