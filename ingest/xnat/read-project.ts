import { ForbiddenError } from '../../src/kernel/errors.ts';
import {
  cellOf,
  type ExperimentRow,
  type Item,
  itemsAt,
  listExperiments,
  listProjectScans,
  listProjectUsers,
  listResources,
  listSubjects,
  openSearch,
  type ProjectUser,
  type ResourceRow,
  readAccessibility,
  readItem,
  type ScanRow,
  type SubjectRow,
  type XnatServer,
} from '../../src/xnat/index.ts';

/** A project without its items. */
export interface ProjectFacts {
  readonly item: Item;
  /** Absent when the server would not say this time. */
  readonly accessibility?: 'public' | 'protected' | 'private' | undefined;
  /** Absent when this account may not see them. */
  readonly members?: readonly ProjectUser[] | undefined;
  readonly resources: readonly ResourceRow[];
  readonly variables: readonly DeclaredVariable[];
}

/** A legacy custom variable as a project declares it. */
export interface DeclaredVariable {
  /** What it is a variable of, such as `xnat:subjectData`. */
  readonly xsiType: string;
  readonly name: string;
  readonly datatype: string;
  /** Column of its values in a list. */
  readonly column: string;
}

/** Four requests: the item with its texts and declarations, who may see it, its members, its own resources. */
export async function readProjectFacts(
  server: XnatServer,
  project: string,
  signal: AbortSignal,
): Promise<ProjectFacts> {
  const [item, accessibility, members, resources] = await Promise.all([
    readItem(server, { project }, signal),
    readAccessibility(server, { project }, signal).catch(forbiddenAsAbsent),
    listProjectUsers(server, { project }, signal).catch(forbiddenAsAbsent),
    listResources(server, { project, statistics: true }, signal),
  ]);
  return { item, accessibility, members, resources, variables: declaredVariables(item) };
}

function forbiddenAsAbsent(error: unknown): undefined {
  if (error instanceof ForbiddenError) return undefined;
  throw error;
}

function declaredVariables(project: Item): DeclaredVariable[] {
  const declared = itemsAt(project, 'studyProtocol').flatMap((protocol) =>
    itemsAt(protocol, 'definitions/definition').flatMap((group) => {
      const xsiType = group.fields['data-type'] ?? protocol.fields['data-type'] ?? '';
      return itemsAt(group, 'fields/field').flatMap((field): DeclaredVariable[] => {
        const { name, datatype = 'string', type } = field.fields;
        // The groups of XNAT's own fields are declared the same way.
        if (name === undefined || xsiType === '' || (type !== undefined && type !== 'custom')) return [];
        return [{ xsiType, name, datatype, column: `${xsiType}/fields/field[name=${name.toLowerCase()}]/field` }];
      });
    }),
  );
  return [...new Map(declared.map((variable) => [variable.column.toLowerCase(), variable])).values()];
}

/** Items of a project as the lists show them. */
export interface ProjectItems {
  readonly subjects: readonly SubjectRow[];
  readonly experiments: readonly ExperimentRow[];
  /** Scans of the imaging sessions among the experiments; a session without scans has an empty list. */
  readonly scans: ReadonlyMap<string, readonly ScanRow[]>;
  /** Ids and stamps of the assessors of each session, in order of id. */
  readonly assessorStamps: ReadonlyMap<string, readonly string[]>;
  /** Subjects that have experiments here. */
  readonly subjectsWithExperiments: ReadonlySet<string>;
}

const subjectColumns = [
  'insert_date',
  'last_modified',
  'gender',
  'age',
  'handedness',
  'xnat:subjectData/group',
  ...['education', 'race', 'ethnicity', 'weight', 'height'].map((name) => `xnat:demographicData/${name}`),
];
const experimentColumns = [
  'insert_date',
  'last_modified',
  'session_ID',
  'xnat:experimentData/note',
  'xnat:imageSessionData/UID',
  'xnat:imageSessionData/modality',
];
const scanColumns = [
  'xnat:imageScanData/scanner/manufacturer',
  'xnat:imageScanData/scanner/model',
  'xnat:imageScanData/start_date',
  'xnat:imageScanData/bodyPartExamined',
  'xnat:imageScanData/meta/last_modified',
];
/** Columns of custom variables that one request asks for: servers limit the length of an address to 8 KiB. */
const variablesPerRequest = 40;
/** A project with more experiments than this is read in parts, so that no answer has to be held whole. */
const wholeProject = 5_000;
/** Experiments that one request asks for by id. */
const experimentsPerRequest = 250;

/** What of a project is to be read. */
export interface ProjectToRead {
  readonly id: string;
  readonly variables: readonly DeclaredVariable[];
  /** How many experiments it is known to have. */
  readonly experiments: number;
  /** Nothing of it was read before. */
  readonly isFirst: boolean;
}

/**
 * Everything in a project, with the columns that the mirror knows. Up to 5,000 experiments that is one answer for each of subjects,
 * experiments and scans, each true of one moment; beyond, the experiments come in parts, by id, so that no page can skip or repeat any:
 * ids from a frozen search at the first reading, confirmed by a list of all of them.
 */
export async function* readProjectItems(
  server: XnatServer,
  project: ProjectToRead,
  signal: AbortSignal,
): AsyncGenerator<ProjectItems> {
  if (project.experiments <= wholeProject) {
    const [subjects, experiments, scans] = await Promise.all([
      subjectsOf(server, project, signal),
      experimentsOf(server, project, undefined, signal),
      scansOf(server, project.id, undefined, signal),
    ]);
    yield { subjects, experiments, scans, ...relationsOf(experiments) };
    return;
  }
  const subjects = await subjectsOf(server, project, signal);
  const frozen = project.isFirst ? await frozenSessions(server, project.id, signal) : [];
  const slim = await listExperiments(server, { project: project.id, columns: ['last_modified', 'session_ID'] }, signal);
  const relations = relationsOf(slim.rows);
  yield { subjects, experiments: [], scans: new Map(), ...relations };
  const ids = [...new Set([...frozen, ...slim.rows.map((row) => row.id)])];
  for (let start = 0; start < ids.length; start += experimentsPerRequest) {
    const part = ids.slice(start, start + experimentsPerRequest).join(',');
    const [experiments, scans] = await Promise.all([
      experimentsOf(server, project, part, signal),
      scansOf(server, project.id, part, signal),
    ]);
    yield { subjects: [], experiments, scans, ...relations };
  }
}

async function subjectsOf(
  server: XnatServer,
  { id, variables }: ProjectToRead,
  signal: AbortSignal,
): Promise<readonly SubjectRow[]> {
  const own = variables.filter(({ xsiType }) => xsiType === 'xnat:subjectData').map(({ column }) => column);
  return await joined([subjectColumns, ...parts(own)], async (columns) => {
    return (await listSubjects(server, { project: id, columns }, signal)).rows;
  });
}

async function experimentsOf(
  server: XnatServer,
  { id, variables }: ProjectToRead,
  ids: string | undefined,
  signal: AbortSignal,
): Promise<readonly ExperimentRow[]> {
  const own = variables.filter(({ xsiType }) => xsiType !== 'xnat:subjectData').map(({ column }) => column);
  const filter = ids === undefined ? undefined : { ID: ids };
  return await joined([experimentColumns, ...parts(own)], async (columns) => {
    return (await listExperiments(server, { project: id, columns, filter }, signal)).rows;
  });
}

/** Several lists of the same items as one, each row with the columns of all; rows that came or went meanwhile are left out. */
async function joined<T extends { readonly id: string; readonly columns: Readonly<Record<string, string>> }>(
  columnSets: readonly (readonly string[])[],
  list: (columns: readonly string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const [first = [], ...rest] = await Promise.all(columnSets.map(list));
  const more = rest.map((rows) => new Map(rows.map((row) => [row.id, row.columns])));
  return first.flatMap((row) => {
    const others = more.map((rows) => rows.get(row.id));
    if (others.includes(undefined)) return [];
    return [
      others.length === 0
        ? row
        : {
            ...row,
            columns: Object.fromEntries([...others, row.columns].flatMap((part) => Object.entries(part ?? {}))),
          },
    ];
  });
}

async function scansOf(
  server: XnatServer,
  project: string,
  ids: string | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly ScanRow[]>> {
  const filter = ids === undefined ? undefined : { ID: ids };
  const { rows } = await listProjectScans(server, { project, columns: scanColumns, filter }, signal);
  return Map.groupBy(rows, (row) => row.sessionId);
}

function relationsOf(
  experiments: readonly ExperimentRow[],
): Pick<ProjectItems, 'assessorStamps' | 'subjectsWithExperiments'> {
  const assessors = experiments.filter((row) => row.sessionId !== undefined);
  const bySession = Map.groupBy(assessors, (row) => row.sessionId ?? '');
  return {
    assessorStamps: new Map(
      [...bySession].map(([session, rows]) => [
        session,
        rows.map((row) => `${row.id} ${row.lastModified ?? ''}`).sort(),
      ]),
    ),
    subjectsWithExperiments: new Set(experiments.flatMap((row) => row.subjectId ?? [])),
  };
}

/** Accession numbers of the imaging sessions of a project, as of one moment. */
async function frozenSessions(server: XnatServer, project: string, signal: AbortSignal): Promise<readonly string[]> {
  const rootType = 'xnat:imageSessionData';
  const { rows } = await openSearch(
    server,
    {
      rootType,
      fields: [{ type: rootType, field: 'SESSION_ID' }],
      criteria: [{ schemaField: `${rootType}/project`, comparison: '=', value: project }],
    },
    signal,
  );
  return rows.flatMap((row) => cellOf(row, 'session_id') ?? []);
}

function parts(columns: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(columns.length / variablesPerRequest) }, (_, index) =>
    columns.slice(index * variablesPerRequest, (index + 1) * variablesPerRequest),
  );
}
