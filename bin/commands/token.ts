import { type Command, InvalidArgumentError } from 'commander';
import {
  type Caller,
  cliPrincipal,
  createAccessToken,
  everything,
  grantRole,
  type Role,
  revokeAccessToken,
  roles,
  type TokenRecord,
} from '../../src/access/index.ts';
import { type Application, openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { NotFoundError } from '../../src/kernel/errors.ts';
import { datasetIdOf, encodeNodeId } from '../../src/kernel/ids.ts';
import type { LogFields } from '../../src/kernel/logger.ts';
import { createLogger, createOutput, type Output } from '../output.ts';

interface JsonOption {
  readonly json?: boolean;
}

interface CreateOptions extends JsonOption {
  readonly principal: string;
  readonly role: Role;
  readonly name: string;
  /** Milliseconds. */
  readonly expiresIn?: number;
  readonly dataset?: string;
}

/** `mia token …`: access tokens, by whoever has the machine. Each command is in the audit trail under the principal `cli`. */
export function registerToken(program: Command): void {
  const token = program.command('token').description('access tokens of this catalog');
  token
    .command('create')
    .description('give a principal a role and make an access token of theirs; it is shown this once')
    .requiredOption('--principal <name>', 'whose token it is; made when not known yet')
    .requiredOption('--role <role>', `what the token may do: ${roles.join(', ')}`, parseRole)
    .requiredOption('--name <text>', 'what it is for')
    .option('--expires-in <time>', 'how long it is good, such as 90d, 12h or 30m', parseSpan)
    .option('--dataset <slug>', 'the only dataset that role and token are to hold for')
    .option('--json', 'end with one JSON object')
    .action(async (options: CreateOptions) => {
      await withCatalog(options, async (app, output) => await create(app, output, options));
    });
  token
    .command('list')
    .description('all access tokens, without their secrets')
    .option('--json', 'end with one JSON object')
    .action(async (options: JsonOption) => {
      await withCatalog(options, async (app, output) => await list(app, output));
    });
  token
    .command('revoke')
    .description('end an access token, and those that were made with it')
    .argument('<id>', 'the id, as `mia token list` shows it')
    .option('--json', 'end with one JSON object')
    .action(async (id: string, options: JsonOption) => {
      await withCatalog(options, async (app, output) => {
        await revokeAccessToken(id, cliPrincipal, { store: app.principals, clock: app.clock });
        output.event('done', { id, revoked: true }, `${id} is revoked.`);
      });
    });
}

async function create(app: Application, output: Output, options: CreateOptions): Promise<void> {
  const datasetId = options.dataset === undefined ? undefined : await datasetNode(app, options.dataset);
  const caller: Caller = { principal: cliPrincipal, sees: async (id) => await sees(app, id) };
  const { principal, role, name, expiresIn } = options;
  await grantRole({ principal, role, ...(datasetId !== undefined && { datasetId }) }, caller, app.principals);
  const { token, accessToken } = await createAccessToken(
    {
      principal,
      name,
      roles: [role],
      ...(expiresIn !== undefined && { expiresAt: new Date(app.clock().getTime() + expiresIn) }),
      ...(datasetId !== undefined && { datasetIds: [datasetId] }),
    },
    caller,
    { store: app.principals, clock: app.clock },
  );
  output.event(
    'done',
    { token, principal, ...fieldsOf(accessToken) },
    `Access token of ${principal} (shown this once, stored hashed): ${token}`,
  );
}

async function list(app: Application, output: Output): Promise<void> {
  const tokens: LogFields[] = [];
  let after: string | undefined;
  do {
    const page = await app.principals.principals({}, { first: 500, ...(after !== undefined && { after: [after] }) });
    for (const node of page.items)
      for (const token of node.tokens) {
        const fields = { principal: node.name, ...fieldsOf(token) };
        tokens.push(fields);
        output.event('token', fields, sentenceOf(node.name, token));
      }
    after = page.hasNextPage ? page.items.at(-1)?.name : undefined;
  } while (after !== undefined);
  output.event('done', { tokens }, `${tokens.length} tokens.`);
}

function fieldsOf({ id, name, roles: letThrough, datasetIds, ...instants }: TokenRecord): LogFields {
  const { createdAt, expiresAt, lastUsedAt, revokedAt } = instants;
  return {
    id: encodeNodeId('AccessToken', id),
    name,
    roles: letThrough,
    datasetIds: datasetIds.map((datasetId) => encodeNodeId('Dataset', datasetId)),
    createdAt,
    expiresAt: expiresAt ?? null,
    lastUsedAt: lastUsedAt ?? null,
    revokedAt: revokedAt ?? null,
  };
}

function sentenceOf(principal: string, token: TokenRecord): string {
  const { id, name, expiresAt, lastUsedAt, revokedAt } = token;
  const state =
    revokedAt !== undefined
      ? `revoked ${revokedAt.toISOString()}`
      : expiresAt === undefined
        ? 'no end'
        : `until ${expiresAt.toISOString()}`;
  const used = lastUsedAt === undefined ? 'never used' : `last used ${lastUsedAt.toISOString()}`;
  const scope = token.roles.length === 0 ? 'all roles' : token.roles.join(', ');
  return `${encodeNodeId('AccessToken', id)}  ${principal}  ${name}  ${scope}  ${state}  ${used}`;
}

async function datasetNode(app: Application, slug: string): Promise<string> {
  const id = datasetIdOf(slug);
  if (await sees(app, id)) return encodeNodeId('Dataset', id);
  throw new NotFoundError(`There is no dataset ${slug}.`);
}

async function sees(app: Application, datasetId: string): Promise<boolean> {
  return (await app.reader.datasetsByIds([datasetId], everything)).length > 0;
}

async function withCatalog(
  options: JsonOption,
  work: (app: Application, output: Output) => Promise<void>,
): Promise<void> {
  const app = await openApplication(readConfig(), 'cli', createLogger('warn'));
  try {
    await work(app, createOutput(options.json));
  } finally {
    await app.close();
  }
}

/** In capitals or not. */
function parseRole(text: string): Role {
  const role = roles.find((each) => each === text.toUpperCase());
  if (role === undefined) throw new InvalidArgumentError(`It must be one of ${roles.join(', ')}.`);
  return role;
}

/** `90d`, `12h`, `30m`, as milliseconds. */
function parseSpan(text: string): number {
  const [, amount = '', unit = ''] = /^([1-9]\d{0,5})([dhm])$/.exec(text) ?? [];
  const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000 }[unit];
  if (unitMs === undefined) throw new InvalidArgumentError('It must be a number and d, h or m, such as 90d.');
  return Number(amount) * unitMs;
}
