import { z } from 'zod';
import type { ValueTree, VariableRecord, VariableType } from '../../src/catalog/index.ts';
import type { CustomForm } from '../../src/xnat/index.ts';
import { demographicNames } from './describe-items.ts';
import type { DeclaredVariable } from './read-project.ts';

/** Variables of a dataset and where their values stand in items. */
export interface VariableMap {
  readonly records: readonly VariableRecord[];
  /** Values of a subject, or of a session. */
  readonly valuesOf: (
    item: {
      readonly demographics?: Readonly<Record<string, string>>;
      readonly fields: Readonly<Record<string, string>>;
      readonly forms: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    },
    level: 'subject' | 'session',
    reject: (error: string) => void,
  ) => ValueTree[];
}

const types: ReadonlyMap<string, VariableType> = new Map([
  ['integer', 'INTEGER'],
  ['float', 'DECIMAL'],
  ['double', 'DECIMAL'],
  ['boolean', 'BOOLEAN'],
  ['date', 'DATE'],
]);
/** Units and types of XNAT's demographics (xnat.xsd, demographicData). */
const demographics: Readonly<Record<(typeof demographicNames)[number], Omit<VariableRecord, 'name' | 'missingCodes'>>> =
  {
    handedness: { type: 'TEXT', label: 'Handedness' },
    education: { type: 'TEXT', label: 'Education' },
    race: { type: 'TEXT', label: 'Race' },
    ethnicity: { type: 'TEXT', label: 'Ethnicity' },
    weight: { type: 'TEXT', label: 'Weight' },
    height: { type: 'TEXT', label: 'Height' },
  };

/** What is mapped: declarations, forms, and which of all these items have values for. */
export interface VariableSources {
  readonly declared: readonly DeclaredVariable[];
  readonly forms: readonly CustomForm[];
  readonly used: UsedNames;
}

/** Names under which items hold values, by level. */
export interface UsedNames {
  readonly demographics: ReadonlySet<string>;
  /** Form UUID → keys, at subjects and at sessions. */
  readonly forms: {
    readonly subject: ReadonlyMap<string, ReadonlySet<string>>;
    readonly session: ReadonlyMap<string, ReadonlySet<string>>;
  };
}

/**
 * Legacy custom variables as their project declares them, answers to custom forms as `form title/key`, and demographics that any
 * subject has. A name that both subjects and sessions use is told apart by `session/`.
 */
export function mapVariables({ declared, forms, used }: VariableSources): VariableMap {
  const taken = new Map<string, VariableRecord>();
  const places = new Map<string, { readonly name: string; readonly type: VariableType }>();
  const define = (place: string, level: 'subject' | 'session', record: Omit<VariableRecord, 'missingCodes'>): void => {
    const free = [record.name, `${level}/${record.name}`].find((name) => !taken.has(name));
    if (free === undefined || places.has(place)) return;
    taken.set(free, { ...record, name: free, missingCodes: [], ...(level === 'session' && { perSession: true }) });
    places.set(place, { name: free, type: record.type });
  };
  for (const name of demographicNames)
    if (used.demographics.has(name)) define(`subject demographics ${name}`, 'subject', { name, ...demographics[name] });
  for (const { xsiType, name, datatype } of declared) {
    const level = xsiType === 'xnat:subjectData' ? 'subject' : 'session';
    define(`${level} field ${name}`, level, { name, type: types.get(datatype) ?? 'TEXT' });
  }
  for (const level of ['subject', 'session'] as const)
    for (const [uuid, keys] of used.forms[level]) {
      const form = forms.find((candidate) => candidate.formUUID === uuid);
      const title = typeof form?.title === 'string' ? form.title : uuid;
      for (const key of [...keys].sort())
        define(`${level} form ${uuid} ${key}`, level, {
          name: `${title}/${key}`.slice(0, 500),
          type: 'TEXT',
          ...labelOf(form, key),
        });
    }
  return {
    records: [...taken.values()],
    valuesOf: (item, level, reject) => valuesAt(places, item, level, reject),
  };
}

const componentSchema = z.looseObject({ key: z.string(), label: z.string().min(1).max(500).optional() });

/** The label a form's definition gives a key (form.io: `components`, nested in panels and columns). */
function labelOf(form: CustomForm | undefined, key: string): { readonly label?: string } {
  const find = (node: unknown): string | undefined => {
    if (Array.isArray(node)) return node.map(find).find((label) => label !== undefined);
    if (node === null || typeof node !== 'object') return undefined;
    const component = componentSchema.safeParse(node);
    if (component.success && component.data.key === key) return component.data.label;
    return Object.values(node)
      .map((child) => (typeof child === 'object' ? find(child) : undefined))
      .find((label) => label !== undefined);
  };
  const label = find(form?.['formIOJsonDefinition']);
  return label === undefined ? {} : { label };
}

function valuesAt(
  places: ReadonlyMap<string, { readonly name: string; readonly type: VariableType }>,
  item: Parameters<VariableMap['valuesOf']>[0],
  level: 'subject' | 'session',
  reject: (error: string) => void,
): ValueTree[] {
  const written = [
    ...Object.entries(item.demographics ?? {}).map(
      ([name, value]) => [`${level} demographics ${name}`, value] as const,
    ),
    ...Object.entries(item.fields).map(([name, value]) => [`${level} field ${name}`, value] as const),
    ...Object.entries(item.forms).flatMap(([uuid, keys]) =>
      Object.entries(keys).map(([key, value]) => [`${level} form ${uuid} ${key}`, value] as const),
    ),
  ];
  return written.flatMap(([place, value]) => {
    const variable = places.get(place);
    const text = textOf(value);
    if (variable === undefined || text === '') return [];
    const tree = valueOf(variable, text);
    if (tree === undefined)
      reject(`${variable.name}: "${text.slice(0, 80)}" is not ${variable.type}, as its project declares it`);
    return tree ?? [];
  });
}

/** An answer to a form may be any JSON. */
function textOf(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === 'null' ? '' : text.replaceAll('\0', '').trim().slice(0, 4_000);
}

/** @returns undefined when the text does not fit the type */
function valueOf(
  { name, type }: { readonly name: string; readonly type: VariableType },
  text: string,
): ValueTree | undefined {
  const number = Number(text);
  const value = { variable: name, text, missing: false };
  const isNumber = Number.isFinite(number) && /\d/.test(text);
  switch (type) {
    case 'INTEGER':
      return isNumber && Number.isInteger(number) ? { ...value, number } : undefined;
    case 'DECIMAL':
      return isNumber ? { ...value, number } : undefined;
    case 'BOOLEAN':
      return /^(?:true|false|1|0|yes|no)$/i.test(text)
        ? { ...value, label: String(/^(?:true|1|yes)$/i.test(text)) }
        : undefined;
    case 'DATE': {
      const day = text.slice(0, 10);
      return z.iso.date().safeParse(day).success ? { ...value, label: day } : undefined;
    }
    default:
      return isNumber ? { ...value, number } : value;
  }
}
