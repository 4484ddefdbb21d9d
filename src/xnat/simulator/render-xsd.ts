import { demographicValues, type XsiType, xsiTypes } from './xsi-types.ts';

/** Names of the schemas our own documents cover. */
export const schemaNames: readonly string[] = ['xdat', 'xnat'];

/**
 * A schema document of our own: it declares the types this simulator serves, no more. Clients build their classes from it.
 * @returns undefined for a schema we do not have
 */
export function renderSchema(name: string): string | undefined {
  if (name === 'xdat') return xdat;
  return name === 'xnat' ? renderXnat() : undefined;
}

const xdat = `<?xml version="1.0" encoding="UTF-8"?>
<xs:schema targetNamespace="http://nrg.wustl.edu/xdat" xmlns="http://nrg.wustl.edu/xdat" xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">
<xs:element name="element"><xs:complexType><xs:attribute name="displayIdentifiers" type="xs:string"/><xs:attribute name="abstract" type="xs:boolean"/></xs:complexType></xs:element>
<xs:element name="field"><xs:complexType><xs:attribute name="displayName" type="xs:string"/></xs:complexType></xs:element>
</xs:schema>
`;

/** Documents are the same for every request. */
let rendered: string | undefined;

function renderXnat(): string {
  rendered ??= [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<xs:schema targetNamespace="http://nrg.wustl.edu/xnat" xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xdat="http://nrg.wustl.edu/xdat" xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified" attributeFormDefault="unqualified">',
    '<xs:import namespace="http://nrg.wustl.edu/xdat" schemaLocation="../xdat/xdat.xsd"/>',
    ...xsiTypes.map((type) => `<xs:element name="${local(type.element)}" type="${type.name}"/>`),
    '<xs:element name="ResourceCatalog" type="xnat:resourceCatalog"/>',
    ...supporting,
    ...xsiTypes.map(complexType),
    '</xs:schema>',
  ].join('\n');
  return rendered;
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

const numeric: Readonly<Record<string, string>> = {
  date: 'xs:date',
  time: 'xs:time',
  dob: 'xs:date',
  start_date: 'xs:date',
  startTime: 'xs:time',
  duration: 'xs:duration',
  frames: 'xs:integer',
  version: 'xs:integer',
  active: 'xs:boolean',
  yob: 'xs:integer',
  age: 'xs:float',
  education: 'xs:integer',
  weight: 'xs:float',
  height: 'xs:float',
  birth_weight: 'xs:float',
  gestational_age: 'xs:float',
  post_menstrual_age: 'xs:float',
};

const typeOf = (name: string): string => numeric[name] ?? 'xs:string';
const attribute = (name: string): string => `<xs:attribute name="${name}" type="${typeOf(name)}"/>`;
const element = (name: string, type = typeOf(name)): string =>
  `<xs:element name="${name}" type="${type}" minOccurs="0"/>`;
const display = (identifier: string, abstract = false): string =>
  `<xs:annotation><xs:appinfo><xdat:element displayIdentifiers="${identifier}"${abstract ? ' abstract="true"' : ''}/></xs:appinfo></xs:annotation>`;
const listOf = (name: string, child: string, type: string): string =>
  `<xs:element name="${name}" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="${child}" type="${type}" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>`;
/** A list of texts told apart by an attribute: custom variables, added parameters. */
const texts = (name: string, child: string, key: string, more: readonly string[] = []): string =>
  `<xs:element name="${name}" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="${child}" minOccurs="0" maxOccurs="unbounded">${display(key)}<xs:complexType><xs:simpleContent><xs:extension base="xs:string">${[key, ...more].map(attribute).join('')}</xs:extension></xs:simpleContent></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>`;
const resources = listOf('resources', 'resource', 'xnat:abstractResource');

/** Lists and nested items of the base types, besides the plain values of the type table. */
const structure: Readonly<Record<string, string>> = {
  'xnat:projectData': [
    `<xs:element name="aliases" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="alias" minOccurs="0" maxOccurs="unbounded">${display('alias')}<xs:complexType><xs:simpleContent><xs:extension base="xs:string">${attribute('source')}</xs:extension></xs:simpleContent></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>`,
    listOf('publications', 'publication', 'xnat:publicationResource'),
    resources,
    '<xs:element name="studyProtocol" type="xnat:abstractProtocol" minOccurs="0" maxOccurs="unbounded"/>',
    element('PI', 'xnat:investigatorData'),
    listOf('investigators', 'investigator', 'xnat:investigatorData'),
    texts('fields', 'field', 'name'),
  ].join(''),
  'xnat:subjectData': [
    listOf('sharing', 'share', 'xnat:projectParticipant'),
    resources,
    element('investigator', 'xnat:investigatorData'),
    element('demographics', 'xnat:abstractDemographicData'),
    texts('fields', 'field', 'name'),
    listOf('experiments', 'experiment', 'xnat:subjectAssessorData'),
  ].join(''),
  'xnat:experimentData': [
    texts('sharing', 'share', 'project', ['label']),
    element('investigator', 'xnat:investigatorData'),
    resources,
    texts('fields', 'field', 'name'),
  ].join(''),
  'xnat:imageSessionData': [
    listOf('scans', 'scan', 'xnat:imageScanData'),
    listOf('assessors', 'assessor', 'xnat:imageAssessorData'),
  ].join(''),
  'xnat:imageScanData': [
    texts('sharing', 'share', 'project', ['label']),
    '<xs:element name="file" type="xnat:abstractResource" minOccurs="0" maxOccurs="unbounded"/>',
  ].join(''),
};

const identifiers: Readonly<Record<string, string>> = {
  'xnat:subjectData': 'label',
  'xnat:experimentData': 'label',
  'xnat:imageScanData': 'ID',
};

function complexType(type: XsiType): string {
  const identifier = identifiers[type.name];
  const attributes = type.attributes.map(attribute).join('');
  const body = `<xs:sequence>${plainElements(type)}${structure[type.name] ?? ''}</xs:sequence>${attributes}`;
  const head = identifier === undefined ? '' : display(identifier);
  const content =
    type.base === undefined
      ? body
      : `<xs:complexContent><xs:extension base="${type.base}">${body}</xs:extension></xs:complexContent>`;
  return `<xs:complexType name="${local(type.name)}">${head}${content}</xs:complexType>`;
}

/** Plain elements; `scanner/model` becomes an attribute of `<scanner>`, `parameters/tr` an element below `<parameters>`. */
function plainElements(type: XsiType): string {
  const tops = [...new Set(type.elements.map((path) => path.replace(/\/.*$/, '')))];
  return tops
    .map((top) => {
      const below = type.elements
        .filter((path) => path.startsWith(`${top}/`))
        .map((path) => path.slice(top.length + 1));
      if (below.length === 0) return element(top);
      if (type.elements.includes(top)) {
        return `<xs:element name="${top}" minOccurs="0"><xs:complexType><xs:simpleContent><xs:extension base="xs:string">${below.map(attribute).join('')}</xs:extension></xs:simpleContent></xs:complexType></xs:element>`;
      }
      return `<xs:element name="${top}" minOccurs="0"><xs:complexType><xs:sequence>${below.map((name) => element(name)).join('')}</xs:sequence></xs:complexType></xs:element>`;
    })
    .join('');
}

const plain = (name: string, head: string, elements: readonly string[], attributes: readonly string[]): string =>
  `<xs:complexType name="${name}">${head}<xs:sequence>${elements.join('')}</xs:sequence>${attributes.map(attribute).join('')}</xs:complexType>`;
const extending = (name: string, base: string, elements: readonly string[], attributes: readonly string[]): string =>
  `<xs:complexType name="${name}"><xs:complexContent><xs:extension base="xnat:${base}"><xs:sequence>${elements.join('')}</xs:sequence>${attributes.map(attribute).join('')}</xs:extension></xs:complexContent></xs:complexType>`;

/** Types that hang below the listed ones. */
const supporting: readonly string[] = [
  plain(
    'investigatorData',
    '',
    ['title', 'firstname', 'lastname', 'institution', 'department', 'email', 'phone'].map((name) => element(name)),
    ['ID'],
  ),
  plain('projectParticipant', display('project'), [], ['label', 'project', 'subject_ID', 'group']),
  plain('abstractDemographicData', '', [], []),
  extending(
    'demographicData',
    'abstractDemographicData',
    demographicValues.map((name) => element(name)),
    [],
  ),
  `<xs:complexType name="abstractResource">${display('label', true)}<xs:sequence><xs:element name="note" type="xs:string" minOccurs="0"/>${texts('tags', 'tag', 'name')}</xs:sequence><xs:attribute name="label" type="xs:string"/><xs:attribute name="file_count" type="xs:integer"/><xs:attribute name="file_size" type="xs:long"/></xs:complexType>`,
  extending('resource', 'abstractResource', [], ['URI', 'format', 'description', 'content']),
  extending('resourceCatalog', 'resource', [], []),
  extending(
    'publicationResource',
    'abstractResource',
    [element('citation'), element('abstract')],
    ['title', 'doi', 'URI'],
  ),
  plain('abstractProtocol', display('ID'), [element('description')], ['ID', 'name', 'data-type']),
  extending('studyProtocol', 'abstractProtocol', [], []),
  extending(
    'datatypeProtocol',
    'abstractProtocol',
    [listOf('definitions', 'definition', 'xnat:fieldDefinitionGroup')],
    [],
  ),
  `<xs:complexType name="fieldDefinitionGroup">${display('ID')}<xs:sequence><xs:element name="fields" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="field" minOccurs="0" maxOccurs="unbounded">${display('name')}<xs:complexType><xs:sequence><xs:element name="possibleValues" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="possibleValue" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:simpleContent><xs:extension base="xs:string">${attribute('display')}</xs:extension></xs:simpleContent></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element></xs:sequence>${['name', 'datatype', 'sequence', 'required', 'type', 'xmlPath'].map(attribute).join('')}</xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element></xs:sequence>${['ID', 'data-type', 'description', 'project-specific'].map(attribute).join('')}</xs:complexType>`,
];
