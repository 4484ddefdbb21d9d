import { hasRight, mayReadType } from './accounts.ts';
import { type Column, type Level, type RowContext, resolveColumn } from './columns.ts';
import { SimError, type SimReply } from './exchange.ts';
import { childOf, childText, parseXml, type XmlElement } from './parse-xml.ts';
import type { Route } from './router.ts';
import { type Call, param } from './simulation.ts';
import { formatOf, renderTable, type SimTable } from './tables.ts';
import { wildcardTest } from './wildcard.ts';
import { findType, isA, valuesOf, xsiTypes } from './xsi-types.ts';

/** Searches by `xdat:bundle`, their frozen snapshots, and what can be searched. */
export const searchRoutes: readonly Route[] = [
  { method: 'POST', pattern: '/data/search', handler: runSearch },
  { method: 'GET', pattern: '/data/search/elements', handler: listElements },
  { method: 'GET', pattern: '/data/search/elements/:type', handler: listFields },
  {
    method: 'GET',
    pattern: '/data/search/saved',
    handler: (call) => table(call, { columns: ['id', 'brief_description', 'description'], rows: [], totalRecords: 0 }),
  },
  { method: 'GET', pattern: '/data/search/:snapshot', handler: readSnapshot },
];

/** A server keeps its materialised views for a while; ours keeps this many. */
const keptSearches = 20;

/** Display fields and the value each shows. */
const displayFields: Readonly<Record<'subject' | 'experiment', Readonly<Record<string, string>>>> = {
  subject: {
    SUBJECT_ID: 'ID',
    SUBJECTID: 'ID',
    SUBJECT_LABEL: 'label',
    SUB_GROUP: 'group',
    PROJECT: 'project',
    PROJECTS: 'project',
    GENDER: 'xnat:demographicData/gender',
    GENDER_TEXT: 'xnat:demographicData/gender',
    AGE: 'xnat:demographicData/age',
    HANDEDNESS: 'xnat:demographicData/handedness',
    HANDEDNESS_TEXT: 'xnat:demographicData/handedness',
    INSERT_DATE: 'insert_date',
    INSERT_USER: 'insert_user',
    LAST_MODIFIED: 'last_modified',
  },
  experiment: {
    SESSION_ID: 'ID',
    EXPT_ID: 'ID',
    ID: 'ID',
    LABEL: 'label',
    PROJECT: 'project',
    SUBJECT_ID: 'subject_ID',
    SUBJECT_LABEL: 'subject_label',
    SUBJECT_PROJECT: 'subject_project',
    DATE: 'date',
    MODALITY: 'modality',
    UID: 'UID',
    INSERT_DATE: 'insert_date',
    INSERT_USER: 'insert_user',
    LAST_MODIFIED: 'last_modified',
    XSITYPE: 'xsiType',
  },
};

function levelOf(type: string): 'subject' | 'experiment' {
  return type.toLowerCase() === 'xnat:subjectdata' ? 'subject' : 'experiment';
}

async function runSearch(call: Call): Promise<SimReply> {
  const document = parseXml(Buffer.from(await call.request.body()).toString('utf8'));
  const root = childText(document, 'root_element_name');
  if (findType(root) === undefined) throw new SimError(500, `Unknown element ${root}`);
  const level = levelOf(root);
  const resolve = (name: string): Column | undefined => resolveSearchField(call, level, root, name);
  const asked = document.children
    .filter((child) => child.name === 'search_field')
    .map((field) => {
      const type = childText(field, 'element_name');
      const id = childText(field, 'field_ID');
      const column = resolve(id.includes('/') ? id : `${type}/${id}`);
      if (column === undefined) throw new SimError(500, `Unknown field ${type}/${id}`);
      return { key: keyOf(root, type, id), column };
    });
  const always =
    level === 'subject'
      ? ['subject_id:ID', 'subjectid:ID', 'project:project']
      : ['session_id:ID', 'project:project', 'subject_id:subject_ID'];
  for (const entry of always) {
    const [key = '', name = ''] = entry.split(':');
    const column = resolveColumn(level, name, call.sim.clock);
    if (column !== undefined && !asked.some((one) => one.key === key)) asked.push({ key, column });
  }
  const where = childOf(document, 'search_where');
  const accepts = where === undefined ? () => true : buildTest(where, resolve);
  const rows = [...searchRows(call, root)].filter(accepts).map((row) => asked.map(({ column }) => column.cell(row)));
  const id = `xs${call.sim.newId().replaceAll('-', '').slice(0, 12)}`;
  const frozen: SimTable = {
    columns: asked.map((one) => one.key),
    rows,
    totalRecords: rows.length,
    id,
    title: root,
    withColumns: true,
  };
  const { searches } = call.sim;
  searches.set(id, frozen);
  for (const old of [...searches.keys()].slice(0, -keptSearches)) searches.delete(old);
  return table(call, frozen);
}

/** Keys are lower-case field names; fields of another type carry that type's name. */
function keyOf(root: string, type: string, id: string): string {
  const path = id.includes('/') ? id.slice(id.indexOf('/') + 1) : id;
  const key = path.toLowerCase().replaceAll('/', '_');
  return type === '' || type === root || id.startsWith(`${root}/`)
    ? key
    : `${type.toLowerCase().replace(':', '_')}_${key}`;
}

function resolveSearchField(call: Call, level: Level, root: string, name: string): Column | undefined {
  const slash = name.indexOf('/');
  const type = slash < 0 ? root : name.slice(0, slash);
  const field = slash < 0 ? name : name.slice(slash + 1);
  const custom = /^\w+_FIELD_MAP=(.+)$/i.exec(field)?.[1];
  if (custom !== undefined) return resolveColumn(level, `${type}/fields/field[name=${custom}]/field`, call.sim.clock);
  const fieldLevel = levelOf(type);
  const display = displayFields[fieldLevel][field.toUpperCase()];
  if (display === undefined) return resolveColumn(level, `${type}/${field}`, call.sim.clock);
  if (display.includes('/')) return resolveColumn(level, display, call.sim.clock);
  return fieldLevel === level
    ? resolveColumn(level, display, call.sim.clock)
    : resolveColumn(level, `${type}/${display}`, call.sim.clock);
}

function* searchRows(call: Call, root: string): Iterable<RowContext> {
  const { world } = call.sim;
  const login = call.user.login;
  const visible = [...world.projects.values()].filter((project) => hasRight(call.user, project, 'read'));
  const seen = new Set<string>();
  for (const project of visible) {
    const ids = levelOf(root) === 'subject' ? project.subjects : project.experiments;
    for (const id of ids.keys()) {
      const subject = world.subjects.get(
        levelOf(root) === 'subject' ? id : (world.experiments.get(id)?.subjectId ?? ''),
      );
      const experiment = levelOf(root) === 'subject' ? undefined : world.experiments.get(id);
      const type = experiment?.xsiType ?? 'xnat:subjectData';
      if (seen.has(id) || !isA(type, root) || !mayReadType(call.user, project, type)) continue;
      seen.add(id);
      const owner = world.projects.get(experiment?.project ?? subject?.project ?? '');
      yield { subject, experiment, viewed: owner, project: owner, login };
    }
  }
}

type Test = (row: RowContext) => boolean;

function buildTest(set: XmlElement, resolve: (name: string) => Column | undefined): Test {
  const tests = set.children.flatMap((child): Test[] => {
    if (child.name === 'child_set') return [buildTest(child, resolve)];
    if (child.name !== 'criteria') return [];
    const field = childText(child, 'schema_field');
    const column = resolve(field);
    if (column === undefined) throw new SimError(500, `Unknown field ${field}`);
    return [criterion(column, childText(child, 'comparison_type').toUpperCase(), childText(child, 'value'))];
  });
  if (set.attributes['method']?.toUpperCase() === 'OR') return (row) => tests.some((test) => test(row));
  return (row) => tests.every((test) => test(row));
}

function criterion(column: Column, comparison: string, value: string): Test {
  const compare = (row: RowContext): number => {
    const cell = column.cell(row);
    if (column.kind === 'number') return Number(cell) - Number(value);
    return cell.localeCompare(column.kind === 'date' ? isoDate(value) : value);
  };
  const filled: Test = (row) => column.cell(row) !== '';
  switch (comparison) {
    case '=':
      return column.kind === 'text' && value.includes('%')
        ? like(column, value)
        : (row) => filled(row) && compare(row) === 0;
    case '!=':
      return (row) => compare(row) !== 0;
    case '<':
      return (row) => filled(row) && compare(row) < 0;
    case '<=':
      return (row) => filled(row) && compare(row) <= 0;
    case '>':
      return (row) => filled(row) && compare(row) > 0;
    case '>=':
      return (row) => filled(row) && compare(row) >= 0;
    case 'LIKE':
      return like(column, value);
    case 'IN':
      return (row) => value.split(',').includes(column.cell(row));
    case 'IS NULL':
      return (row) => !filled(row);
    case 'IS NOT NULL':
      return filled;
    default:
      throw new SimError(500, `Unknown comparison ${comparison}`);
  }
}

function like(column: Column, value: string): Test {
  const matches = wildcardTest(value, '%');
  return (row) => matches(column.cell(row));
}

function isoDate(value: string): string {
  const [, month = '', day = '', year = ''] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(value) ?? [];
  return year === '' ? value : `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

function readSnapshot(call: Call): SimReply {
  const frozen = call.sim.searches.get(param(call, 'snapshot'));
  if (frozen === undefined) throw new SimError(404, 'Not Found');
  const { query } = call.request;
  const column = frozen.columns.indexOf((query.get('sortBy') ?? '').toLowerCase());
  const sign = query.get('sortOrder')?.toUpperCase() === 'DESC' ? -1 : 1;
  const ordered =
    column < 0 ? frozen.rows : frozen.rows.toSorted((a, b) => sign * (a[column] ?? '').localeCompare(b[column] ?? ''));
  const offset = Number(query.get('offset') ?? '0');
  const limit = Number(query.get('limit') ?? String(ordered.length));
  return table(call, { ...frozen, rows: ordered.slice(offset, offset + limit) });
}

function listElements(call: Call): SimReply {
  const counts = new Map<string, number>([
    ['xnat:subjectData', call.sim.world.subjects.size],
    ['xnat:projectData', call.sim.world.projects.size],
  ]);
  for (const { xsiType } of call.sim.world.experiments.values()) counts.set(xsiType, (counts.get(xsiType) ?? 0) + 1);
  const searchable = xsiTypes.filter(
    (type) =>
      /(Session|Assessor|Assessment|project|subject)\w*Data$/.test(type.name) &&
      !/subjectAssessor|imageSessionData|imageAssessorData/.test(type.name),
  );
  const rows = searchable.map((type) => [
    type.name,
    type.element.slice(5),
    `${type.element.slice(5)}s`,
    'true',
    String(counts.get(type.name) ?? 0),
  ]);
  return table(call, {
    columns: ['ELEMENT_NAME', 'SINGULAR', 'PLURAL', 'SECURED', 'COUNT'],
    rows,
    totalRecords: rows.length,
  });
}

function listFields(call: Call): SimReply {
  const type = findType(param(call, 'type'));
  if (type === undefined) throw new SimError(404, 'Not Found');
  const displayed =
    type.name === 'xnat:projectData' ? ['ID', 'NAME', 'DESCRIPTION'] : Object.keys(displayFields[levelOf(type.name)]);
  const extra = valuesOf(type.name)
    .filter((value) => /^[a-z]\w*$/i.test(value))
    .map((value) => value.toUpperCase());
  const fields = [...new Set([...displayed, ...extra])];
  const rows = fields.map((field) => [field, field.toLowerCase(), field, 'string', '1', type.name, '', type.name]);
  return table(call, {
    columns: ['FIELD_ID', 'HEADER', 'SUMMARY', 'TYPE', 'REQUIRES_VALUE', 'DESC', 'SRC', 'ELEMENT_NAME'],
    rows,
    totalRecords: rows.length,
  });
}

function table(call: Call, content: SimTable): SimReply {
  return renderTable(content, formatOf(call.request.query, call.request.headers['accept'], 'json'));
}
