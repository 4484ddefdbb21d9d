import { type Principal, requireRole } from '../access/index.ts';
import { type Connection, toConnection } from '../kernel/connection.ts';
import { exactly } from '../kernel/count.ts';
import { InvalidInputError, NotFoundError } from '../kernel/errors.ts';
import { type CursorKey, decodeCursor, pageSize } from '../kernel/page.ts';
import type { DataSource, HarvestRun, HarvestRunWhere } from './model.ts';
import type { HarvestStore } from './ports.ts';

const order = 'harvestRun:requestedAt';

/**
 * Runs, latest first.
 * @throws UnauthenticatedError for guests, ForbiddenError for who is no steward of the catalog
 */
export async function listHarvestRuns(
  args: { readonly where: HarvestRunWhere; readonly first: number; readonly after?: string },
  principal: Principal,
  store: HarvestStore,
): Promise<Connection<HarvestRun>> {
  requireRole(principal, 'STEWARD');
  const first = pageSize(args.first);
  const after = args.after === undefined ? undefined : position(args.after);
  const page = await store.runs(args.where, after === undefined ? { first } : { first, after });
  return toConnection(order, page, async () => exactly(await store.countRuns(args.where), 'runs'));
}

/**
 * The source of a name.
 * @throws NotFoundError that names those there are
 */
export async function dataSourceNamed(name: string, store: HarvestStore): Promise<DataSource> {
  const sources = await store.sources();
  const found = sources.find((source) => source.name === name);
  if (found !== undefined) return found;
  const names = sources.map((source) => `"${source.name}"`).join(', ');
  throw new NotFoundError(
    names === ''
      ? 'There is no data source yet: connect one with XNAT_URL and `mia ingest xnat --server NAME`.'
      : `There is no data source of this name; there are ${names}.`,
    { fields: ['source'] },
  );
}

/** A cursor comes from outside: its instant must be one. */
function position(cursor: string): CursorKey {
  const key = decodeCursor(order, ['text', 'uuid'], cursor);
  if (Number.isNaN(Date.parse(String(key[0]))))
    throw new InvalidInputError('`after` is not a cursor of this list: pass `endCursor` of the page before.', {
      fields: ['after'],
    });
  return key;
}
