import { statisticsOf } from './resources.ts';
import type { SimClock } from './sim-clock.ts';
import type {
  SimExperiment,
  SimItem,
  SimProject,
  SimResource,
  SimScan,
  SimSubject,
  Stamp,
  Values,
  World,
} from './world.ts';
import { nestedItems } from './xsi-types.ts';

/** A node of XNAT's item form. */
export interface ItemNode {
  readonly field: string;
  readonly meta: Readonly<Record<string, string | number | boolean>>;
  readonly data_fields: Readonly<Record<string, string | number>>;
  readonly children: readonly { readonly field: string; readonly items: readonly ItemNode[] }[];
}

interface TreeOptions {
  readonly world: World;
  readonly clock: SimClock;
}

/** The item form of a project, subject, experiment or scan with everything below it. */
export function itemTree(options: TreeOptions, item: SimItem): ItemNode {
  if ('members' in item) return projectNode(options, item);
  if ('experiments' in item) return subjectNode(options, item);
  return 'pk' in item ? scanNode(options, item) : experimentNode(options, item);
}

/** A resource as an item. */
export function resourceNode(resource: SimResource): ItemNode {
  const { count, bytes } = statisticsOf(resource);
  return node('xnat:resourceCatalog', undefined, {
    xnat_abstractresource_id: resource.id,
    label: resource.label,
    format: resource.format,
    content: resource.content,
    file_count: count,
    file_size: bytes,
  });
}

/** xsiType of any item. */
export function typeOf(item: SimItem): string {
  if ('xsiType' in item) return item.xsiType;
  return 'members' in item ? 'xnat:projectData' : 'xnat:subjectData';
}

function projectNode(options: TreeOptions, project: SimProject): ItemNode {
  const person = (one: { firstname: string; lastname: string }): ItemNode =>
    node('xnat:investigatorData', undefined, { ...one });
  return node(
    'xnat:projectData',
    stampMeta(options, project.stamp),
    { ID: project.id, ...plainValues(project.values) },
    [
      ...nestedChildren(project.values),
      group(
        'aliases/alias',
        project.aliases.map((alias) => node('xnat:projectData_alias', undefined, { alias })),
      ),
      group('investigators/investigator', project.investigators.map(person)),
      group(
        'publications/publication',
        project.publications.map((one) => node('xnat:publicationResource', undefined, { ...one })),
      ),
      group(
        'studyProtocol',
        [...project.definitions].map(([type, fields]) => protocolNode(project, type, fields)),
      ),
      ...fieldChildren('xnat:projectData', project.fields),
      ...resourceChildren(project.resources, 'resources/resource'),
    ],
  );
}

function protocolNode(
  project: SimProject,
  type: string,
  fields: readonly { name: string; datatype: string }[],
): ItemNode {
  const id = `${project.id}_${type.replace(':', '_')}`;
  const definitions = fields.map((field, index) =>
    node('xnat:fieldDefinitionGroup_field', undefined, {
      name: field.name,
      datatype: field.datatype,
      sequence: index,
      required: 'false',
      type: 'custom',
      xmlPath: `${type}/fields/field[name=${field.name.toLowerCase()}]/field`,
    }),
  );
  const groupNode = node(
    'xnat:fieldDefinitionGroup',
    undefined,
    { ID: 'default', 'data-type': type, 'project-specific': 'true' },
    [group('fields/field', definitions)],
  );
  return node('xnat:datatypeProtocol', undefined, { ID: id, name: id, 'data-type': type }, [
    group('definitions/definition', [groupNode]),
  ]);
}

function subjectNode(options: TreeOptions, subject: SimSubject): ItemNode {
  const experiments = [...subject.experiments].flatMap((id) => options.world.experiments.get(id) ?? []);
  const own = { ID: subject.id, project: subject.project, label: subject.label };
  return node('xnat:subjectData', stampMeta(options, subject.stamp), { ...own, ...plainValues(subject.values) }, [
    ...nestedChildren(subject.values),
    ...shareChildren(subject.shares),
    ...fieldChildren('xnat:subjectData', subject.fields),
    ...resourceChildren(subject.resources, 'resources/resource'),
    group(
      'experiments/experiment',
      experiments.map((one) => experimentNode(options, one)),
    ),
  ]);
}

function experimentNode(options: TreeOptions, experiment: SimExperiment): ItemNode {
  const assessors = [...experiment.assessors].flatMap((id) => options.world.experiments.get(id) ?? []);
  const own = { ID: experiment.id, project: experiment.project, label: experiment.label };
  const link =
    experiment.sessionId === undefined
      ? { subject_ID: experiment.subjectId }
      : { imageSession_ID: experiment.sessionId };
  return node(
    experiment.xsiType,
    stampMeta(options, experiment.stamp),
    { ...own, ...link, ...plainValues(experiment.values) },
    [
      ...nestedChildren(experiment.values),
      ...shareChildren(experiment.shares),
      ...fieldChildren(experiment.xsiType, experiment.fields),
      ...resourceChildren(experiment.resources, 'resources/resource'),
      group(
        'scans/scan',
        [...experiment.scans.values()].map((scan) => scanNode(options, scan, experiment)),
      ),
      group(
        'assessors/assessor',
        assessors.map((one) => experimentNode(options, one)),
      ),
    ],
  );
}

function scanNode(options: TreeOptions, scan: SimScan, session?: SimExperiment): ItemNode {
  const link = session === undefined ? {} : { image_session_ID: session.id, project: session.project };
  const own = { xnat_imagescandata_id: scan.pk, ID: scan.id };
  return node(scan.xsiType, stampMeta(options, scan.stamp), { ...own, ...link, ...plainValues(scan.values) }, [
    ...nestedChildren(scan.values),
    ...resourceChildren(scan.resources, 'file'),
  ]);
}

const nestedNames = Object.keys(nestedItems);

function isNested(path: string): boolean {
  return nestedNames.some((name) => path.startsWith(`${name}/`));
}

function plainValues(values: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([path]) => !isNested(path)));
}

function nestedChildren(values: Values): ItemNode['children'] {
  return nestedNames.flatMap((name) => {
    const below = Object.entries(values).filter(([path]) => path.startsWith(`${name}/`));
    if (below.length === 0) return [];
    const fields = Object.fromEntries(below.map(([path, value]) => [path.slice(name.length + 1), value]));
    return [group(name, [node(nestedItems[name] ?? '', undefined, fields)])];
  });
}

function shareChildren(shares: ReadonlyMap<string, string>): ItemNode['children'] {
  if (shares.size === 0) return [];
  return [
    group(
      'sharing/share',
      [...shares].map(([project, label]) => node('xnat:projectParticipant', undefined, { project, label })),
    ),
  ];
}

function fieldChildren(type: string, fields: ReadonlyMap<string, string> | undefined): ItemNode['children'] {
  if (fields === undefined || fields.size === 0) return [];
  return [
    group(
      'fields/field',
      [...fields].map(([name, field]) => node(`${type}_field`, undefined, { name, field })),
    ),
  ];
}

function resourceChildren(resources: readonly SimResource[] | undefined, field: string): ItemNode['children'] {
  return resources === undefined || resources.length === 0 ? [] : [group(field, resources.map(resourceNode))];
}

function group(field: string, items: readonly ItemNode[]): ItemNode['children'][number] {
  return { field, items };
}

function node(
  xsiType: string,
  meta: Readonly<Record<string, string | number | boolean>> | undefined,
  fields: Readonly<Record<string, string | number>>,
  children: ItemNode['children'] = [],
): ItemNode {
  return {
    field: '',
    meta: { isHistory: false, 'xsi:type': xsiType, ...meta },
    data_fields: fields,
    children: children.filter((child) => child.items.length > 0),
  };
}

/** `start_date` is when this version of the row began; the client takes the oldest for the insert date. */
function stampMeta(options: TreeOptions, stamp: Stamp): Record<string, string> {
  return {
    start_date: new Date(stamp.insertedAt).toUTCString(),
    create_event_id: '1',
    last_modified: options.clock.stamp(stamp.modifiedAt),
  };
}
