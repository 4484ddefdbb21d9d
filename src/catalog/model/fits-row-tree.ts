import { isStorable, isStorableJson } from './storable-text.ts';

type Rule = (value: unknown) => boolean;

/** Members that must be there and members that may. */
interface Shape {
  readonly required: readonly string[];
  readonly rules: Readonly<Record<string, Rule>>;
}

const text: Rule = (value) =>
  typeof value === 'string' && value.length > 0 && value.length <= 4_000 && isStorable(value);
const uid: Rule = (value) => typeof value === 'string' && /^[0-9.]{1,64}$/.test(value);
const wholeNumber: Rule = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const fileCount: Rule = (value) => wholeNumber(value) && Number(value) <= 2_147_483_647;
const flag: Rule = (value) => typeof value === 'boolean';
const age: Rule = (value) => typeof value === 'number' && value >= 0 && value <= 150;
const sex: Rule = (value) => value === 'M' || value === 'F' || value === 'O';
const treeHash: Rule = (value) => typeof value === 'string' && /^(?:[0-9a-f]{2}){16,32}$/.test(value);
const calendarDay =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)$/;
/** 29 February is left to the schema, which knows the leap years. */
const day: Rule = (value) => typeof value === 'string' && value >= '0001' && calendarDay.test(value);

const resource: Shape = {
  required: ['label'],
  rules: { label: text, format: text, fileCount, byteSize: wholeNumber, digest: text },
};
const scan: Shape = {
  required: ['label', 'derived', 'resources'],
  rules: {
    label: text,
    seriesInstanceUid: uid,
    modality: text,
    seriesDescription: text,
    date: day,
    bodyPart: text,
    manufacturer: text,
    manufacturerModelName: text,
    sopClassUid: text,
    instanceCount: fileCount,
    byteSize: wholeNumber,
    license: text,
    sourceDoi: text,
    derived: flag,
    derivedBy: text,
    resources: listOf(resource),
  },
};
const assessor: Shape = {
  required: ['label', 'xsiType'],
  rules: {
    label: text,
    xsiType: text,
    date: day,
    content: (value) => typeof value === 'string' && isStorableJson(value),
  },
};
const session: Shape = {
  required: ['label', 'scans', 'resources', 'assessors'],
  rules: {
    label: text,
    studyInstanceUid: uid,
    date: day,
    description: text,
    scans: listOf(scan),
    resources: listOf(resource),
    assessors: listOf(assessor),
  },
};
const subject: Shape = {
  required: ['label', 'sessions', 'resources'],
  rules: {
    label: text,
    sex,
    ageYears: age,
    diagnosis: text,
    group: text,
    site: text,
    treeHash,
    sessions: listOf(session),
    resources: listOf(resource),
    assessors: listOf(assessor),
  },
};

/**
 * Whether a subject without values is plainly right: true only for what `subjectTreeSchema` takes as it is. A million scans are
 * looked at several times faster than the schema copies them; what does not fit here is left to the schema, which says why.
 */
export function fitsSubjectTree(value: unknown): boolean {
  return fits(value, subject);
}

function listOf(shape: Shape): Rule {
  return (value) => Array.isArray(value) && value.every((item) => fits(item, shape));
}

function fits(value: unknown, { required, rules }: Shape): boolean {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  // Every member is looked up by its name in a table of rules.
  const members = value as Readonly<Record<string, unknown>>;
  for (const name of required) if (!Object.hasOwn(members, name)) return false;
  for (const name in members) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined || !rule(members[name])) return false;
  }
  return true;
}
