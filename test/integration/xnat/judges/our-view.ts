import {
  itemsAt,
  listExperiments,
  listFiles,
  listProjects,
  listProjectUsers,
  listResources,
  listScans,
  listSubjects,
  openSearch,
  readItem,
  type XnatServer,
} from '../../../../src/xnat/index.ts';

/** What a judge wrote down about the inside of a session, in one shape for both judges and us. */
export interface SessionView {
  readonly date: string | null;
  readonly uid: string | null;
  readonly scans: Readonly<Record<string, unknown>>;
}

const signal = AbortSignal.timeout(30 * 60_000);

/** Projects as our client lists them. */
export async function ourProjects(
  server: XnatServer,
): Promise<Record<string, { name: string | null; description: string | null }>> {
  const { rows } = await listProjects(server, {}, signal);
  return Object.fromEntries(
    rows.map((row) => [row.id, { name: row.name ?? null, description: row.description ?? null }]),
  );
}

/** Subjects of a project: id → label. */
export async function ourSubjects(server: XnatServer, project: string): Promise<Record<string, string>> {
  const { rows } = await listSubjects(server, { project }, signal);
  return Object.fromEntries(rows.map((row) => [row.id, row.label]));
}

/** Experiments of a project: id → label and type. */
export async function ourExperiments(server: XnatServer, project: string): Promise<Record<string, readonly string[]>> {
  const { rows } = await listExperiments(server, { project, xsiType: 'xnat:subjectAssessorData' }, signal);
  return Object.fromEntries(rows.map((row) => [row.id, [row.label, row.xsiType]]));
}

/** Gender and age of subjects, by their item trees. */
export async function ourDemographics(server: XnatServer, ids: readonly string[]): Promise<Record<string, unknown>> {
  const entries = await Promise.all(
    ids.map(async (subject) => {
      const [demographics] = itemsAt(await readItem(server, { subject }, signal), 'demographics');
      const age = demographics?.fields['age'];
      return [subject, [demographics?.fields['gender'] ?? null, age === undefined ? null : Number(age)]] as const;
    }),
  );
  return Object.fromEntries(entries);
}

/** Custom variables of subjects. */
export async function ourVariables(server: XnatServer, ids: readonly string[]): Promise<Record<string, unknown>> {
  const entries = await Promise.all(
    ids.map(async (subject) => {
      const fields = itemsAt(await readItem(server, { subject }, signal), 'fields/field').map((one) => one.fields);
      return [subject, Object.fromEntries(fields.map((one) => [one['name'] ?? '', one['field'] ?? '']))] as const;
    }),
  );
  return Object.fromEntries(entries);
}

/** Logins of a project's members, sorted. */
export async function ourMembers(server: XnatServer, project: string): Promise<readonly string[]> {
  return (await listProjectUsers(server, { project }, signal)).map((user) => user.login).sort();
}

/** Ids of a project's PET sessions, found by the search engine, sorted. */
export async function ourSearch(server: XnatServer, project: string): Promise<readonly string[]> {
  const rootType = 'xnat:petSessionData';
  const search = {
    rootType,
    fields: [{ type: rootType, field: 'SESSION_ID' }],
    criteria: [{ schemaField: `${rootType}/PROJECT`, comparison: '=', value: project } as const],
  };
  return (await openSearch(server, search, signal)).rows.map((row) => row['session_id'] ?? '').sort();
}

/** The inside of the given sessions: scans, resources, files with digests. */
export async function ourSessions(server: XnatServer, ids: readonly string[]): Promise<Record<string, SessionView>> {
  const entries = await Promise.all(ids.map(async (id) => [id, await ourSession(server, id)] as const));
  return Object.fromEntries(entries);
}

async function ourSession(server: XnatServer, experiment: string): Promise<SessionView> {
  const columns = ['ID', 'type', 'UID', 'modality', 'frames', 'xsiType'];
  const [item, scans, resources] = await Promise.all([
    readItem(server, { experiment }, signal),
    listScans(server, { experiment, columns }, signal),
    listResources(server, { experiment, all: true }, signal),
  ]);
  const views = await Promise.all(
    scans.rows.map(async (scan) => {
      const own = resources.filter((one) => one.category === 'scans' && one.ownerId === scan.id);
      const files = await Promise.all(
        own.map(async (resource) => {
          const rows = await listFiles(server, { experiment, scan: scan.id, resource: resource.id }, signal);
          return [
            resource.label ?? '',
            { id: resource.id, files: Object.fromEntries(rows.map((file) => [file.path, file.md5 ?? ''])) },
          ] as const;
        }),
      );
      const { type, uid, modality, frames, xsiType } = scan;
      const view = {
        type: type ?? null,
        uid: uid ?? null,
        modality: modality ?? null,
        frames: frames ?? null,
        xsiType,
        resources: Object.fromEntries(files),
      };
      return [scan.id, view] as const;
    }),
  );
  return { date: item.fields['date'] ?? null, uid: item.fields['UID'] ?? null, scans: Object.fromEntries(views) };
}
