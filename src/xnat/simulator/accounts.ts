import { SimError } from './exchange.ts';
import type { SimExperiment, SimProject, SimSubject } from './world.ts';
import { isA } from './xsi-types.ts';

/** An account of the simulated server. */
export interface SimUser {
  readonly login: string;
  readonly password: string;
  readonly role: 'admin' | 'user' | 'guest';
}

/** How much of a project an account may use. */
export type Right = 'list' | 'read' | 'edit' | 'own';

/** Logins, sessions and alias tokens. */
export class Accounts {
  readonly users = new Map<string, SimUser>();
  readonly sessions = new Map<string, string>();
  readonly tokens = new Map<string, { readonly secret: string; readonly login: string; readonly expiresAt: number }>();
  readonly #newId: () => string;
  readonly #now: () => number;
  readonly #tokenLifeMs: number;

  /** @param newId - makes unguessable ids; given in, so that tests can be deterministic */
  constructor(options: { readonly newId: () => string; readonly now: () => number; readonly tokenLifeMs: number }) {
    this.#newId = options.newId;
    this.#now = options.now;
    this.#tokenLifeMs = options.tokenLifeMs;
  }

  /** Checks a login and password, or an alias and its secret. */
  authenticate(name: string, secret: string): SimUser | undefined {
    const token = this.tokens.get(name);
    if (token !== undefined) {
      return token.secret === secret && token.expiresAt > this.#now() ? this.users.get(token.login) : undefined;
    }
    const user = this.users.get(name);
    return user?.password === secret ? user : undefined;
  }

  /** Opens a session. */
  open(login: string): string {
    const id = this.#newId().replaceAll('-', '').toUpperCase();
    this.sessions.set(id, login);
    return id;
  }

  /** Issues an alias token for an account. */
  issue(login: string): Record<string, unknown> {
    const alias = this.#newId();
    const secret = `${this.#newId()}${this.#newId()}`.replaceAll('-', '');
    const expiresAt = this.#now() + this.#tokenLifeMs;
    this.tokens.set(alias, { secret, login, expiresAt });
    return {
      alias,
      secret,
      xdatUserId: login,
      singleUse: false,
      estimatedExpirationTime: expiresAt,
      enabled: true,
      created: this.#now(),
    };
  }
}

const roleGroups = ['owner', 'member', 'collaborator'] as const;

/** Id of a project's standard group by any of its names (`Owners`, `owner`, `P_owner`), or a custom group's id. */
export function groupIdOf(project: SimProject, name: string): string | undefined {
  const plain = name.toLowerCase().replace(/s$/, '');
  const standard = roleGroups.find((role) => plain === role || name === `${project.id}_${role}`);
  if (standard !== undefined) return `${project.id}_${standard}`;
  return [...project.groups.values()].find((group) => group.id === name || group.name === name)?.id;
}

/** What XNAT shows as a group's name. */
export function groupName(project: SimProject, groupId: string): string {
  const role = roleGroups.find((one) => groupId === `${project.id}_${one}`);
  if (role !== undefined) return `${role.charAt(0).toUpperCase()}${role.slice(1)}s`;
  return project.groups.get(groupId)?.name ?? groupId;
}

/** Whether an account has a right in a project. */
export function hasRight(user: SimUser, project: SimProject, right: Right): boolean {
  if (user.role === 'admin') return true;
  const group = project.members.get(user.login);
  if (group === `${project.id}_owner`) return true;
  if (right === 'own') return false;
  if (group === `${project.id}_member`) return true;
  if (right === 'edit') return false;
  if (group !== undefined || project.accessibility === 'public') return true;
  return right === 'list' && project.accessibility === 'protected';
}

/** Whether an account may read a type in a project: custom groups may be narrower. */
export function mayReadType(user: SimUser, project: SimProject, xsiType: string): boolean {
  if (!hasRight(user, project, 'read')) return false;
  const group = project.groups.get(project.members.get(user.login) ?? '');
  if (group?.xsiTypes === undefined || user.role === 'admin' || project.accessibility === 'public') return true;
  return group.xsiTypes.some((allowed) => isA(xsiType, allowed));
}

/** Whether an account may read an item in its own project or in one it is shared into. */
export function mayReadItem(
  user: SimUser,
  projects: ReadonlyMap<string, SimProject>,
  item: SimExperiment | SimSubject,
): boolean {
  const xsiType = 'xsiType' in item ? item.xsiType : 'xnat:subjectData';
  return [item.project, ...item.shares.keys()].some((id) => {
    const project = projects.get(id);
    return project !== undefined && mayReadType(user, project, xsiType);
  });
}

/** Refuses as XNAT does: a private project is not found, a protected one forbidden. @throws SimError */
export function requireRight(
  user: SimUser,
  project: SimProject | undefined,
  right: Right,
): asserts project is SimProject {
  if (project === undefined || !hasRight(user, project, 'list')) throw new SimError(404, 'Not Found');
  if (!hasRight(user, project, right)) throw new SimError(403, 'Forbidden');
}
