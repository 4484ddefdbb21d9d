import { groupName } from './accounts.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimExperiment, SimProject, SimScan, SimSubject, Stamp, Values } from './world.ts';
import { demographicValues, findType, isA, nestedItems, valuesOf } from './xsi-types.ts';

/** What a row of a list is about. `viewed` is the project whose list it is. */
export interface RowContext {
  readonly viewed?: SimProject | undefined;
  readonly project?: SimProject | undefined;
  readonly subject?: SimSubject | undefined;
  readonly experiment?: SimExperiment | undefined;
  readonly scan?: SimScan | undefined;
  /** The session of an assessor. */
  readonly session?: SimExperiment | undefined;
  readonly login: string;
}

/** The kind of list a column is asked of: decides what a short name means. */
export type Level = 'project' | 'subject' | 'experiment' | 'scan';

/** A column: its header as XNAT sends it back, and its text for a row. */
export interface Column {
  readonly header: string;
  readonly kind: 'text' | 'number' | 'date';
  readonly level: Level;
  readonly cell: (row: RowContext) => string;
}

const dates = new Set(['date', 'dob', 'start_date', 'insert_date', 'last_modified']);
const numbers = new Set([
  'age',
  'yob',
  'frames',
  'education',
  'ses',
  'weight',
  'height',
  'birth_weight',
  'gestational_age',
  'post_menstrual_age',
]);
const demographics = new Set<string>(demographicValues);

/**
 * Finds a column by short name or XPath. Short names come back as asked, XPaths in lower case; a name nobody knows is
 * undefined, and the list drops it without a word.
 */
export function resolveColumn(level: Level, name: string, clock: SimClock): Column | undefined {
  const slash = name.indexOf('/');
  const found = slash < 0 ? shortName(level, name, clock) : xpath(name.slice(0, slash), name.slice(slash + 1), clock);
  if (found === undefined) return undefined;
  const leaf = (slash < 0 ? name : name.slice(name.lastIndexOf('/') + 1)).toLowerCase();
  const kind = dates.has(leaf) ? 'date' : numbers.has(leaf) ? 'number' : 'text';
  return { header: slash < 0 ? name : name.toLowerCase(), kind, ...found };
}

type Cell = Pick<Column, 'cell' | 'level'>;

function shortName(level: Level, name: string, clock: SimClock): Cell | undefined {
  const at = (cell: Column['cell']): Cell => ({ level, cell });
  if (level === 'experiment' || level === 'scan') {
    if (name === 'subject_ID') return at((row) => row.experiment?.subjectId ?? '');
    if (name === 'subject_label') return at((row) => subjectLabel(row));
    if (name === 'subject_project') return at((row) => row.subject?.project ?? '');
    if (name === 'session_label') return at((row) => row.session?.label ?? '');
    if (name === 'session_ID') return at((row) => row.experiment?.sessionId ?? '');
    if (name === 'gender' || name === 'handedness' || name === 'yob' || name === 'dob')
      return at((row) => row.subject?.values[`demographics/${name}`] ?? '');
  }
  if (level === 'project') {
    if (name === 'pi_firstname') return at((row) => row.project?.values['PI/firstname'] ?? '');
    if (name === 'pi_lastname') return at((row) => row.project?.values['PI/lastname'] ?? '');
    if (name === 'alias') return at((row) => row.project?.aliases.join(',') ?? '');
    const projectCell = projectColumns(name);
    if (projectCell !== undefined) return at(projectCell);
  }
  if (level === 'subject' && demographics.has(name))
    return at((row) => row.subject?.values[`demographics/${name}`] ?? '');
  if (name === 'URI') return at((row) => uriOf(level, row));
  if (name === 'xnat_imagescandata_id' && level === 'scan') return at((row) => String(row.scan?.pk ?? ''));
  return valueCell(level, rootTypes[level], name, clock);
}

const rootTypes: Readonly<Record<Level, string>> = {
  project: 'xnat:projectData',
  subject: 'xnat:subjectData',
  experiment: 'xnat:experimentData',
  scan: 'xnat:imageScanData',
};

function xpath(typeName: string, path: string, clock: SimClock): Cell | undefined {
  const lower = typeName.toLowerCase();
  if (lower === 'xnat:demographicdata') return demographicCell(path);
  if (lower === 'xnat:subjectdata') return valueCell('subject', 'xnat:subjectData', path, clock);
  if (lower === 'xnat:projectdata') return valueCell('project', 'xnat:projectData', path, clock);
  const type = findType(typeName);
  if (type !== undefined && isA(type.name, 'xnat:imageScanData'))
    return typed(valueCell('scan', type.name, path, clock), type.name);
  if (type !== undefined && isA(type.name, 'xnat:experimentData'))
    return typed(valueCell('experiment', type.name, path, clock), type.name);
  return undefined;
}

/** A column of a narrower type is empty on rows of another. */
function typed(found: Cell | undefined, type: string): Cell | undefined {
  if (found === undefined) return undefined;
  const fits = (row: RowContext): boolean => {
    const xsiType = found.level === 'scan' ? row.scan?.xsiType : row.experiment?.xsiType;
    return xsiType !== undefined && isA(xsiType, type);
  };
  return { level: found.level, cell: (row) => (fits(row) ? found.cell(row) : '') };
}

function demographicCell(path: string): Cell | undefined {
  const name = demographicValues.find((one) => one.toLowerCase() === path.toLowerCase());
  return name === undefined
    ? undefined
    : { level: 'subject', cell: (row) => row.subject?.values[`demographics/${name}`] ?? '' };
}

function valueCell(level: Level, typeName: string, path: string, clock: SimClock): Cell | undefined {
  const plain = path.replace(/\[@xsi:type=[^\]]*\]/g, '');
  const lower = plain.toLowerCase();
  const at = (cell: Column['cell']): Cell => ({ level, cell });
  const field = /^fields\/field\[name=([^\]]+)\]\/field$/i.exec(plain)?.[1]?.toLowerCase();
  if (field !== undefined) return at((row) => itemOf(level, row)?.fields?.get(field) ?? '');
  const stamp = stampColumn(lower);
  if (stamp !== undefined) return at((row) => stampText(itemOf(level, row)?.stamp, stamp, clock));
  switch (lower) {
    case 'id':
      return at((row) => itemOf(level, row)?.id ?? '');
    case 'label':
      return at((row) => labelOf(level, row));
    case 'project':
      return at((row) => (level === 'project' ? row.project?.id : (row.viewed?.id ?? ownerOf(level, row))) ?? '');
    case 'xsitype':
      return level === 'experiment' || level === 'scan'
        ? at((row) => (level === 'scan' ? row.scan?.xsiType : row.experiment?.xsiType) ?? '')
        : undefined;
    case 'subject_id':
      return at((row) => row.experiment?.subjectId ?? '');
    case 'imagesession_id':
      return at((row) => row.experiment?.sessionId ?? '');
    case 'image_session_id':
      return at((row) => row.experiment?.id ?? '');
    case 'sharing/share/project':
      return at((row) => [...(sharesOf(level, row)?.keys() ?? [])].join(','));
    default:
      return plainValue(level, typeName, lower);
  }
}

function plainValue(level: Level, typeName: string, lower: string): Cell | undefined {
  const nested = Object.keys(nestedItems).find((name) => lower.startsWith(`${name.toLowerCase()}/`));
  const canonical =
    nested === undefined
      ? candidates(level, typeName).find((value) => value.toLowerCase() === lower)
      : `${nested}/${nestedValue(nested, lower.slice(nested.length + 1))}`;
  if (canonical === undefined) return undefined;
  return { level, cell: (row) => itemOf(level, row)?.values[canonical] ?? '' };
}

function nestedValue(nested: string, lower: string): string {
  if (nested !== 'demographics') return lower;
  return demographicValues.find((value) => value.toLowerCase() === lower) ?? lower;
}

/** A short name on an experiment list may belong to any session type. */
function candidates(level: Level, typeName: string): readonly string[] {
  if (typeName !== 'xnat:experimentData') return valuesOf(typeName);
  return level === 'experiment'
    ? [...valuesOf('xnat:mrSessionData'), ...valuesOf('xnat:petSessionData')]
    : valuesOf(typeName);
}

function stampColumn(lower: string): 'insert' | 'modified' | 'user' | undefined {
  if (/^(meta\/)?insert_date$/.test(lower)) return 'insert';
  if (/^(meta\/)?(row_)?last_modified$/.test(lower)) return 'modified';
  return /^(meta\/)?insert_user(\/login)?$/.test(lower) ? 'user' : undefined;
}

function stampText(stamp: Stamp | undefined, what: 'insert' | 'modified' | 'user', clock: SimClock): string {
  if (stamp === undefined) return '';
  if (what === 'user') return stamp.insertUser;
  return clock.stamp(what === 'insert' ? stamp.insertedAt : stamp.modifiedAt);
}

interface AnyItem {
  readonly id: string;
  readonly values: Values;
  readonly stamp: Stamp;
  readonly fields?: Map<string, string> | undefined;
}

function itemOf(level: Level, row: RowContext): AnyItem | undefined {
  return level === 'project'
    ? row.project
    : level === 'subject'
      ? row.subject
      : level === 'scan'
        ? row.scan
        : row.experiment;
}

function ownerOf(level: Level, row: RowContext): string | undefined {
  return level === 'subject' ? row.subject?.project : row.experiment?.project;
}

function sharesOf(level: Level, row: RowContext): ReadonlyMap<string, string> | undefined {
  return level === 'subject' ? row.subject?.shares : row.experiment?.shares;
}

function labelOf(level: Level, row: RowContext): string {
  if (level === 'subject') return subjectLabel(row);
  const { experiment, viewed } = row;
  if (experiment === undefined) return '';
  return (viewed === undefined ? undefined : experiment.shares.get(viewed.id)) ?? experiment.label;
}

function subjectLabel({ subject, viewed }: RowContext): string {
  if (subject === undefined) return '';
  return (viewed === undefined ? undefined : subject.shares.get(viewed.id)) ?? subject.label;
}

function uriOf(level: Level, row: RowContext): string {
  switch (level) {
    case 'project':
      return `/data/projects/${row.project?.id ?? ''}`;
    case 'subject':
      return `/data/subjects/${row.subject?.id ?? ''}`;
    case 'experiment':
      return row.experiment?.sessionId === undefined
        ? `/data/experiments/${row.experiment?.id ?? ''}`
        : `/data/experiments/${row.experiment.sessionId}/assessors/${row.experiment.id}`;
    case 'scan':
      return `/data/experiments/${row.experiment?.id ?? ''}/scans/${encodeURIComponent(row.scan?.id ?? '')}`;
  }
}

/** Columns of the site-wide project list that name the asking account's own standing. */
function projectColumns(name: string): Column['cell'] | undefined {
  if (name === 'project_access') return (row) => row.project?.accessibility ?? '';
  if (!/^user_role/.test(name)) return undefined;
  return (row) => {
    const group = row.project?.members.get(row.login);
    return row.project === undefined || group === undefined ? '' : groupName(row.project, group);
  };
}
