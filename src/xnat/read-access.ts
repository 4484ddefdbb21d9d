import { z } from 'zod';
import { UpstreamContractError } from '../kernel/errors.ts';
import { listTable } from './list-items.ts';
import type { Accessibility, ProjectUser } from './model.ts';
import { parseJsonAs, parseText } from './parse-json.ts';
import { cellOf, requiredCell } from './parse-result-set.ts';
import { dataPath, xapiPath } from './paths.ts';
import type { XnatServer } from './ports.ts';

/** Who may look at a project. The case of XNAT's answer varies. @throws UpstreamContractError for an unknown word */
export async function readAccessibility(
  server: XnatServer,
  options: { readonly project: string },
  signal: AbortSignal,
): Promise<Accessibility> {
  const text = await server.send(
    {
      operation: 'access.read',
      method: 'GET',
      path: dataPath('projects', options.project, 'accessibility'),
      read: parseText,
    },
    signal,
  );
  const level = text.trim().toLowerCase();
  if (level === 'public' || level === 'protected' || level === 'private') return level;
  throw new UpstreamContractError(`XNAT calls project ${options.project} "${level.slice(0, 40)}"`, {
    level: level.slice(0, 40),
  });
}

/** Members of a project with their group. @throws ForbiddenError when this account may not see them */
export async function listProjectUsers(
  server: XnatServer,
  options: { readonly project: string },
  signal: AbortSignal,
): Promise<readonly ProjectUser[]> {
  const path = dataPath('projects', options.project, 'users');
  const table = await listTable(server, { operation: 'users.list', path }, signal);
  return table.rows.map((row) => ({
    login: requiredCell(row, 'login', 'user'),
    firstname: cellOf(row, 'firstname'),
    lastname: cellOf(row, 'lastname'),
    email: cellOf(row, 'email'),
    groupName: cellOf(row, 'displayname') ?? '',
    groupId: cellOf(row, 'GROUP_ID') ?? '',
  }));
}

/** Groups of a project: the three standard ones and custom ones. */
export async function listProjectGroups(
  server: XnatServer,
  options: { readonly project: string },
  signal: AbortSignal,
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  const path = dataPath('projects', options.project, 'groups');
  const table = await listTable(server, { operation: 'groups.list', path }, signal);
  return table.rows.map((row) => ({
    id: requiredCell(row, 'id', 'group'),
    name: cellOf(row, 'displayname') ?? '',
  }));
}

/** Puts an account into a project's group (`Owners`, `Members`, `Collaborators` or a group id). */
export async function putProjectUser(
  server: XnatServer,
  options: { readonly project: string; readonly group: string; readonly login: string },
  signal: AbortSignal,
): Promise<void> {
  const path = dataPath('projects', options.project, 'users', options.group, options.login);
  await server.send({ operation: 'users.put', method: 'PUT', path, idempotent: true, read: () => undefined }, signal);
}

/** Takes an account out of a project's group. */
export async function deleteProjectUser(
  server: XnatServer,
  options: { readonly project: string; readonly group: string; readonly login: string },
  signal: AbortSignal,
): Promise<void> {
  const path = dataPath('projects', options.project, 'users', options.group, options.login);
  await server.send({ operation: 'users.delete', method: 'DELETE', path, read: () => undefined }, signal);
}

/** The account we are logged in as (`User 'NAME' is logged in`). */
export async function readLogin(server: XnatServer, signal: AbortSignal): Promise<string> {
  const text = await server.send(
    { operation: 'auth.read', method: 'GET', path: '/data/auth', read: parseText },
    signal,
  );
  const [, login] = /User '([^']+)' is logged in/.exec(text) ?? [];
  if (login === undefined)
    throw new UpstreamContractError('XNAT did not say who is logged in', { text: text.slice(0, 120) });
  return login;
}

const accessSchema = z.array(z.object({ ID: z.string(), role: z.string().nullish() }));

/** This account's role per project (XNAT 1.8 and newer). */
export async function listProjectRoles(
  server: XnatServer,
  signal: AbortSignal,
): Promise<readonly { readonly project: string; readonly role: string }[]> {
  const rows = await server.send(
    {
      operation: 'access.roles',
      method: 'GET',
      path: xapiPath('access', 'projects'),
      read: parseJsonAs(accessSchema, 'project roles'),
    },
    signal,
  );
  return rows.map((row) => ({ project: row.ID, role: row.role ?? '' }));
}

/** Groups an account belongs to; needs to be that account or an administrator. */
export async function listUserGroups(
  server: XnatServer,
  options: { readonly login: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const path = xapiPath('users', options.login, 'groups');
  return server.send(
    { operation: 'users.groups', method: 'GET', path, read: parseJsonAs(z.array(z.string()), 'user groups') },
    signal,
  );
}

/** Site-wide roles of an account, such as `Administrator`; needs to be that account or an administrator. */
export async function readUserRoles(
  server: XnatServer,
  options: { readonly login: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const path = xapiPath('users', options.login, 'roles');
  return server.send(
    { operation: 'users.roles', method: 'GET', path, read: parseJsonAs(z.array(z.string()), 'user roles') },
    signal,
  );
}
