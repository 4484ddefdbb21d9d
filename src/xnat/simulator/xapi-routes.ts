import { z } from 'zod';
import { groupName, hasRight } from './accounts.ts';
import { json, SimError, type SimReply, text } from './exchange.ts';
import { locate } from './lookups.ts';
import { renderSchema, schemaNames } from './render-xsd.ts';
import type { Route } from './router.ts';
import { type Call, param } from './simulation.ts';
import { formatOf, renderTable } from './tables.ts';
import type { Forms } from './world.ts';

const fieldOwners = [
  'projects/:project',
  'subjects/:subject',
  'projects/:project/subjects/:subject',
  'experiments/:experiment',
  'projects/:project/experiments/:experiment',
  'experiments/:experiment/scans/:scan',
  'experiments/:experiment/assessors/:assessor',
];

/** The newer API: build info, schemas, access, users, custom fields and forms. */
export const xapiRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/xapi/siteConfig/buildInfo', handler: () => json(buildInfo) },
  {
    method: 'GET',
    pattern: '/xapi/siteConfig/uptime',
    handler: () => json({ days: '0', hours: '0', minutes: '1', seconds: '0' }),
  },
  {
    method: 'GET',
    pattern: '/xapi/schemas',
    handler: (call) => json(call.sim.schemas.size > 0 ? [...call.sim.schemas.keys()] : schemaNames),
  },
  { method: 'GET', pattern: '/xapi/schemas/*name', handler: readSchema },
  { method: 'GET', pattern: '/xapi/access/projects', handler: accessProjects },
  { method: 'GET', pattern: '/xapi/plugins', handler: () => json({}) },
  { method: 'GET', pattern: '/xapi/users', handler: (call) => json([...adminOnly(call).accounts.users.keys()]) },
  { method: 'GET', pattern: '/xapi/users/current', handler: (call) => json(profile(call.user.login)) },
  { method: 'GET', pattern: '/xapi/users/username', handler: (call) => text(call.user.login) },
  { method: 'GET', pattern: '/xapi/users/:login/groups', handler: userGroups },
  { method: 'GET', pattern: '/xapi/users/:login/roles', handler: userRoles },
  { method: 'GET', pattern: '/data/users', handler: listUsers },
  { method: 'GET', pattern: '/xapi/customforms', handler: (call) => json(call.sim.world.customForms) },
  ...fieldOwners.flatMap((owner): Route[] => [
    { method: 'GET', pattern: `/xapi/custom-fields/${owner}/fields`, handler: readFields },
    { method: 'PUT', pattern: `/xapi/custom-fields/${owner}/fields`, handler: putFields },
    { method: 'DELETE', pattern: `/xapi/custom-fields/${owner}/fields/:form`, handler: deleteForm },
  ]),
];

const buildInfo = {
  version: '1.9.2',
  buildNumber: 'Manual',
  buildDate: '2025-01-01',
  commit: 'simulated',
  isNonRelease: false,
};

function readSchema(call: Call): SimReply {
  const name = param(call, 'name').replace(/\.xsd$/, '');
  const document = call.sim.schemas.get(name) ?? renderSchema(name);
  if (document === undefined) throw new SimError(404, 'Not Found');
  return text(document, 200, 'application/xml');
}

function accessProjects(call: Call): SimReply {
  const rows = [...call.sim.world.projects.values()].flatMap((project) => {
    if (!hasRight(call.user, project, 'list')) return [];
    const group = project.members.get(call.user.login);
    const role =
      group === undefined ? (call.user.role === 'admin' ? 'Administrators' : undefined) : groupName(project, group);
    return [
      {
        ID: project.id,
        secondary_id: project.values['secondary_ID'] ?? project.id,
        name: project.values['name'] ?? project.id,
        ...(role === undefined ? {} : { role }),
      },
    ];
  });
  return json(rows);
}

function adminOnly(call: Call): Call['sim'] {
  if (call.user.role !== 'admin') throw new SimError(403, 'Forbidden');
  return call.sim;
}

function selfOrAdmin(call: Call): string {
  const login = param(call, 'login');
  if (login !== call.user.login) adminOnly(call);
  if (!call.sim.accounts.users.has(login)) throw new SimError(404, 'Not Found');
  return login;
}

function profile(login: string): Record<string, unknown> {
  return {
    username: login,
    enabled: true,
    verified: true,
    firstName: login,
    lastName: 'Simulated',
    email: `${login}@example.org`,
  };
}

function userGroups(call: Call): SimReply {
  const login = selfOrAdmin(call);
  return json([...call.sim.world.projects.values()].flatMap((project) => project.members.get(login) ?? []));
}

function userRoles(call: Call): SimReply {
  const user = call.sim.accounts.users.get(selfOrAdmin(call));
  return json(user?.role === 'admin' ? ['Administrator'] : []);
}

function listUsers(call: Call): SimReply {
  const rows = [...call.sim.accounts.users.keys()].map((login, index) => [
    String(index + 1),
    login,
    login,
    'Simulated',
    `${login}@example.org`,
  ]);
  const table = {
    columns: ['xdat_user_id', 'login', 'firstname', 'lastname', 'email'],
    rows,
    totalRecords: rows.length,
  };
  return renderTable(table, formatOf(call.request.query, call.request.headers['accept'], 'json'));
}

function readFields(call: Call): SimReply {
  const forms = locate(call, 'read').item.forms ?? {};
  if (!call.acting.has('duplicate-keys')) return json(forms);
  // JSON.stringify cannot say a key twice, so the doubled pair is written by hand into every form.
  const doubled = Object.entries(forms).map(([form, values]) => {
    const pairs = Object.entries(values).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    const [first] = Object.keys(values);
    return `${JSON.stringify(form)}:{${[...(first === undefined ? [] : [`${JSON.stringify(first)}:"older"`]), ...pairs].join(',')}}`;
  });
  return { ...json({}), body: `{${doubled.join(',')}}` };
}

async function putFields(call: Call): Promise<SimReply> {
  const { item } = locate(call, 'edit');
  const sent = parseForms(Buffer.from(await call.request.body()).toString('utf8'));
  item.forms = Object.fromEntries(
    [...new Set([...Object.keys(item.forms ?? {}), ...Object.keys(sent)])].map((form) => [
      form,
      { ...item.forms?.[form], ...sent[form] },
    ]),
  );
  item.stamp.modifiedAt = call.sim.clock.now();
  return json(item.forms);
}

const formsSchema = z.record(z.string(), z.record(z.string(), z.unknown()));

function parseForms(source: string): Forms {
  try {
    return formsSchema.parse(JSON.parse(source));
  } catch {
    throw new SimError(400, 'The body must be an object of forms, each an object');
  }
}

function deleteForm(call: Call): SimReply {
  const { item } = locate(call, 'edit');
  const form = param(call, 'form');
  if (item.forms?.[form] === undefined) throw new SimError(404, 'Not Found');
  Reflect.deleteProperty(item.forms, form);
  item.stamp.modifiedAt = call.sim.clock.now();
  return json(item.forms);
}
