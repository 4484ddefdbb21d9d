import { CatalogError, messageOf } from '../kernel/errors.ts';
import { listAvailableCommands } from './containers.ts';
import { listCustomForms } from './custom-fields.ts';
import { listExperiments, listProjects, listTable } from './list-items.ts';
import type { XnatServer } from './ports.ts';
import { listProjectRoles, listProjectUsers, readAccessibility, readLogin } from './read-access.ts';
import { listSearchElements, openSearch, readSnapshotPage } from './search-snapshot.ts';
import { readVersion } from './site.ts';

/** One capability: there or not, and why not. */
export type ProbeAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: string; readonly reason: string };

/** A project as this account may use it. */
export interface ProbedProject {
  readonly id: string;
  readonly name?: string | undefined;
  readonly accessibility: ProbeAnswer<string>;
  /** This account's role by XNAT's own account of it; absent where the server does not say. */
  readonly role?: string | undefined;
  /** Number of experiments this account can list. */
  readonly experiments: ProbeAnswer<number>;
  readonly mayListUsers: boolean;
}

/** How a server pages. */
export interface ProbedPaging {
  /** `limit` is obeyed. */
  readonly limitWorks: boolean;
  /** A second page differs from the first. */
  readonly offsetWorks: boolean;
  /** Whether a paged answer says how many rows there are (it should not; we never rely on it). */
  readonly saysTotal: boolean;
  /** The same page asked twice held the same ids in the same order. */
  readonly stableOrder: boolean;
}

/** What a server allows this account. */
export interface ProbeReport {
  readonly url: string;
  readonly login: ProbeAnswer<string>;
  readonly version: ProbeAnswer<string>;
  readonly clockSkewMs?: number | undefined;
  readonly projects: ProbeAnswer<readonly ProbedProject[]>;
  /** More projects than were looked into. */
  readonly projectsNotProbed: number;
  readonly dataTypes: ProbeAnswer<number>;
  readonly customForms: ProbeAnswer<number>;
  readonly containerCommands: ProbeAnswer<number>;
  readonly paging: ProbeAnswer<ProbedPaging>;
  readonly frozenSearch: ProbeAnswer<boolean>;
  readonly requests: number;
}

/**
 * Asks a server what this account may do, reading only. Each question stands alone: a refusal is an answer.
 * @param maxProjects - projects looked into one by one (two to four requests each)
 */
export async function probeServer(
  server: XnatServer,
  options: { readonly maxProjects: number },
  signal: AbortSignal,
): Promise<ProbeReport> {
  const login = await ask(signal, () => readLogin(server, signal));
  const version = await ask(signal, () => readVersion(server, signal));
  const listed = await ask(signal, async () => (await listProjects(server, { columns: ['ID', 'name'] }, signal)).rows);
  const rows = listed.ok ? listed.value : [];
  const roles = await ask(signal, () => listProjectRoles(server, signal));
  const projects: ProbedProject[] = [];
  for (const row of rows.slice(0, options.maxProjects)) {
    const role = roles.ok ? roles.value.find((one) => one.project === row.id)?.role : undefined;
    projects.push({ ...(await probeProject(server, row.id, signal)), name: row.name, role });
  }
  const sample = projects.find((one) => one.experiments.ok && one.experiments.value > 0)?.id;
  return {
    url: server.url,
    login,
    version,
    projects: listed.ok ? { ok: true, value: projects } : listed,
    projectsNotProbed: Math.max(0, rows.length - projects.length),
    dataTypes: await ask(signal, async () => (await listSearchElements(server, signal)).length),
    customForms: await ask(signal, async () => (await listCustomForms(server, signal)).length),
    containerCommands: await ask(signal, () => countCommands(server, sample, signal)),
    paging: await ask(signal, () => probePaging(server, sample, signal)),
    frozenSearch: await ask(signal, () => probeSearch(server, signal)),
    clockSkewMs: server.clockSkewMs(),
    requests: server.usage().requests,
  };
}

async function probeProject(server: XnatServer, project: string, signal: AbortSignal): Promise<ProbedProject> {
  const users = await ask(signal, () => listProjectUsers(server, { project }, signal));
  return {
    id: project,
    accessibility: await ask(signal, () => readAccessibility(server, { project }, signal)),
    experiments: await ask(signal, async () => (await listExperiments(server, { project }, signal)).rows.length),
    mayListUsers: users.ok,
  };
}

async function countCommands(server: XnatServer, project: string | undefined, signal: AbortSignal): Promise<number> {
  const commands = await listAvailableCommands(
    server,
    { project: project ?? '', xsiType: 'xnat:imageSessionData' },
    signal,
  );
  return commands.length;
}

async function probePaging(
  server: XnatServer,
  project: string | undefined,
  signal: AbortSignal,
): Promise<ProbedPaging> {
  const page = async (offset: number) => {
    const query = { columns: 'ID', limit: 2, offset, ...(project === undefined ? {} : { project }) };
    const table = await listTable(server, { operation: 'probe.page', path: '/data/experiments', query }, signal);
    return {
      ids: table.rows.map((row) => row['ID'] ?? '').join(','),
      size: table.rows.length,
      total: table.totalRecords,
    };
  };
  const [first, again, second] = [await page(0), await page(0), await page(2)];
  return {
    limitWorks: first.size <= 2,
    offsetWorks: first.ids !== second.ids,
    saysTotal: first.total !== undefined,
    stableOrder: first.ids === again.ids,
  };
}

async function probeSearch(server: XnatServer, signal: AbortSignal): Promise<boolean> {
  const rootType = 'xnat:subjectData';
  const snapshot = await openSearch(server, { rootType, fields: [{ type: rootType, field: 'SUBJECT_ID' }] }, signal);
  const page = { snapshotId: snapshot.id, offset: 0, limit: 1 };
  return (await readSnapshotPage(server, page, signal)).length <= 1;
}

async function ask<T>(signal: AbortSignal, question: () => Promise<T>): Promise<ProbeAnswer<T>> {
  try {
    return { ok: true, value: await question() };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, code: error instanceof CatalogError ? error.code : 'INTERNAL', reason: messageOf(error) };
  }
}
