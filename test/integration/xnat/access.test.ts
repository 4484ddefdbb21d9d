import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ForbiddenError, NotFoundError } from '../../../src/kernel/errors.ts';
import {
  deleteProjectUser,
  listExperiments,
  listProjectGroups,
  listProjectRoles,
  listProjects,
  listProjectUsers,
  listSubjects,
  listUserGroups,
  probeServer,
  putAccessibility,
  putProjectUser,
  readAccessibility,
  readItem,
  shareItem,
  type XnatServer,
} from '../../../src/xnat/index.ts';
import { never, type SmallXnat, startSmallXnat } from './small-xnat.ts';

const project = 'upenn_gbm';

describe('XNAT access', () => {
  let xnat: SmallXnat;
  let bob: XnatServer;
  beforeEach(async () => {
    xnat = await startSmallXnat({ users: [{ login: 'bob', password: 'pw', role: 'user' }] });
    bob = xnat.connect({ credentials: { kind: 'password', login: 'bob', password: 'pw' } });
  });
  afterEach(async () => {
    await bob.close(never);
    await xnat.close();
  });
  const level = (to: 'public' | 'protected' | 'private') =>
    putAccessibility(xnat.server, { project, level: to }, never);
  const seen = async () => (await listProjects(bob, {}, never)).rows.map((row) => row.id);

  it('carries the three levels: public is open, protected is listed but closed, private is not there', async () => {
    expect(await readAccessibility(bob, { project }, never)).toBe('public');
    expect((await listSubjects(bob, { project }, never)).rows).toHaveLength(3);
    await level('protected');
    expect(await seen()).toContain(project);
    await expect(listSubjects(bob, { project }, never)).rejects.toThrow(ForbiddenError);
    await expect(listExperiments(bob, { project }, never)).rejects.toThrow(ForbiddenError);
    expect((await listProjects(bob, { accessible: true }, never)).rows.map((row) => row.id)).toEqual(['cptac_pda']);
    await level('private');
    expect(await seen()).toEqual(['cptac_pda']);
    await expect(listSubjects(bob, { project }, never)).rejects.toThrow(NotFoundError);
    // An experiment list has no project to refuse: it is empty. Empty is therefore never proof of deletion.
    expect((await listExperiments(bob, { project }, never)).rows).toEqual([]);
  });

  it('gives members what their group may', async () => {
    await level('private');
    await putProjectUser(xnat.server, { project, group: 'Collaborators', login: 'bob' }, never);
    expect(await seen()).toContain(project);
    expect(await listUserGroups(bob, { login: 'bob' }, never)).toEqual([`${project}_collaborator`]);
    expect((await listProjectUsers(bob, { project }, never)).map((user) => [user.login, user.groupName])).toEqual([
      ['admin', 'Owners'],
      ['bob', 'Collaborators'],
    ]);
    expect((await listProjectRoles(bob, never)).find((one) => one.project === project)?.role).toBe('Collaborators');
    await expect(putAccessibility(bob, { project, level: 'public' }, never)).rejects.toThrow(ForbiddenError);
    await deleteProjectUser(xnat.server, { project, group: 'Collaborators', login: 'bob' }, never);
    expect(await seen()).not.toContain(project);
  });

  it('lets a custom group read only its types', async () => {
    await level('private');
    await xnat.post('/_sim/group', {
      project,
      id: `${project}_pet`,
      name: 'PET readers',
      xsiTypes: ['xnat:petSessionData'],
    });
    await putProjectUser(xnat.server, { project, group: `${project}_pet`, login: 'bob' }, never);
    expect((await listProjectGroups(bob, { project }, never)).map((group) => group.name)).toContain('PET readers');
    expect((await listExperiments(bob, { project }, never)).rows.map((row) => row.xsiType)).toEqual([
      'xnat:petSessionData',
    ]);
    await expect(readItem(bob, { experiment: 'XNAT_E00001' }, never)).rejects.toThrow(ForbiddenError);
  });

  it('lets a share be read through the project it is in', async () => {
    await level('private');
    await expect(readItem(bob, { experiment: 'XNAT_E00001' }, never)).rejects.toThrow(ForbiddenError);
    await shareItem(xnat.server, { address: { experiment: 'XNAT_E00001' }, into: 'cptac_pda' }, never);
    expect((await readItem(bob, { experiment: 'XNAT_E00001' }, never)).fields['label']).toBe('P1_MR_1');
  });

  it('probes what an account may do', async () => {
    await level('protected');
    const report = await probeServer(bob, { maxProjects: 10 }, never);
    expect(report).toMatchObject({
      login: { ok: true, value: 'bob' },
      version: { ok: true, value: '1.9.2' },
      customForms: { ok: true, value: 0 },
      containerCommands: { ok: true, value: 2 },
      paging: { ok: true, value: { limitWorks: true, saysTotal: false } },
      frozenSearch: { ok: true, value: true },
      projectsNotProbed: 0,
    });
    const projects = report.projects.ok ? report.projects.value : [];
    expect(projects.find((one) => one.id === project)).toMatchObject({
      accessibility: { ok: true, value: 'protected' },
      experiments: { ok: false, code: 'FORBIDDEN' },
      mayListUsers: false,
    });
    await xnat.fault({ kind: 'unavailable', path: 'customforms' });
    expect((await probeServer(bob, { maxProjects: 1 }, never)).customForms).toMatchObject({
      ok: false,
      code: 'UPSTREAM_UNAVAILABLE',
    });
  });
});
