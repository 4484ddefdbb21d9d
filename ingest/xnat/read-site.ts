import { ForbiddenError, NotFoundError } from '../../src/kernel/errors.ts';
import {
  type CustomForm,
  cellOf,
  listCustomForms,
  listProjects,
  listTable,
  type ProjectRow,
  readLogin,
  readUserRoles,
  type XnatServer,
} from '../../src/xnat/index.ts';

/** Which project owns an item: a project's own list names itself as the project of what is shared into it. */
export type Owners = ReadonlyMap<string, string>;

/** What one account sees of a server, before any project is looked into. */
export interface Site {
  readonly login: string;
  /** Sees everything: what it does not find is not there. */
  readonly isAdmin: boolean;
  /** By id: all that are listed, those included whose data this account may not read. */
  readonly projects: ReadonlyMap<string, ProjectRow>;
  readonly accessible: ReadonlySet<string>;
  readonly owners: Owners;
  /** How many experiments each project owns. */
  readonly experimentCounts: ReadonlyMap<string, number>;
  readonly forms: readonly CustomForm[];
}

/** Reads what is the same for all projects: seven requests, however many there are. */
export async function readSite(server: XnatServer, signal: AbortSignal): Promise<Site> {
  const login = await readLogin(server, signal);
  const [roles, listed, accessible, subjects, experiments, forms] = await Promise.all([
    readUserRoles(server, { login }, signal).catch(absentAs<readonly string[]>([])),
    listProjects(server, {}, signal),
    listProjects(server, { columns: ['ID'], accessible: true }, signal),
    ownersOf(server, 'subjects', signal),
    ownersOf(server, 'experiments', signal),
    listCustomForms(server, signal).catch(absentAs<readonly CustomForm[]>([])),
  ]);
  const experimentCounts = new Map<string, number>();
  for (const project of experiments.values()) experimentCounts.set(project, (experimentCounts.get(project) ?? 0) + 1);
  return {
    login,
    isAdmin: roles.includes('Administrator'),
    projects: new Map(listed.rows.map((row) => [row.id, row])),
    accessible: new Set(accessible.rows.map((row) => row.id)),
    owners: new Map([...subjects, ...experiments]),
    experimentCounts,
    forms,
  };
}

async function ownersOf(server: XnatServer, kind: 'subjects' | 'experiments', signal: AbortSignal): Promise<Owners> {
  const table = await listTable(
    server,
    { operation: `${kind}.owners`, path: `/data/${kind}`, query: { columns: 'ID,project' } },
    signal,
  );
  return new Map(
    table.rows.flatMap((row) => {
      const id = cellOf(row, 'ID');
      const project = cellOf(row, 'project');
      return id === undefined || project === undefined ? [] : [[id, project] as const];
    }),
  );
}

/** What servers before 1.8 do not have, or do not show to this account. */
function absentAs<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof NotFoundError || error instanceof ForbiddenError) return value;
    throw error;
  };
}
