import type { ImagingSession, License, Scan, Subject, VariableValue } from '../../src/catalog/index.ts';
import { type ItemFields, isStorableValue, variablePath } from '../../src/xnat/index.ts';
import { sessionLabel, toLabel } from './xnat-names.ts';
import { scanType, sessionType } from './xsi-types.ts';

/** A scan as it shall be in XNAT. */
export interface WantedScan {
  /** The catalog's label, from which an id is made. */
  readonly label: string;
  readonly uid?: string;
  readonly modality: string;
  readonly xsiType: string;
  readonly fields: ItemFields;
  /** Why it may not be copied. */
  readonly refused?: string;
}

/** A session as it shall be in XNAT, unless one of its UID is there already. */
export interface WantedSession {
  readonly sourceLabel: string;
  readonly label: string;
  readonly uid?: string;
  readonly xsiType: string;
  readonly fields: ItemFields;
  readonly scans: readonly WantedScan[];
}

/** A subject as it shall be in XNAT. */
export interface WantedSubject {
  readonly sourceLabel: string;
  readonly label: string;
  readonly fields: ItemFields;
  readonly sessions: readonly WantedSession[];
  /** Values XNAT cannot hold, in words. */
  readonly leftOut: readonly string[];
}

/** A subject of the catalog with everything below it. */
export interface CatalogSubject {
  readonly subject: Subject;
  readonly sessions: readonly { readonly session: ImagingSession; readonly scans: readonly Scan[] }[];
  readonly values: readonly VariableValue[];
}

/** What mapping needs to know of the whole dataset. */
export interface MappingContext {
  readonly dicomModality: (code: string) => string;
  readonly license: (id: string) => License | undefined;
  /** Custom variable of each variable, by its id; one that is absent is not pushed. */
  readonly variableNames: ReadonlyMap<string, string>;
  /** Why a scan under this licence may not be copied; undefined when it may. */
  readonly refusal: (license: License | undefined) => string | undefined;
}

/** Custom variables of ours. */
export const ownVariables = ['mia_age_years', 'mia_label', 'mia_diagnosis', 'mia_site'] as const;

const genders: Readonly<Record<string, string>> = { M: 'male', F: 'female', O: 'other' };

/** A subject of the catalog as XNAT items. What has no field in XNAT's schema becomes a custom variable `mia_…`. */
export function mapSubject({ subject, sessions, values }: CatalogSubject, context: MappingContext): WantedSubject {
  const { ageYears: age, sex } = subject;
  const label = toLabel(subject.label);
  const wholeAge = age === undefined ? undefined : Math.floor(age);
  const fields: Record<string, string | undefined> = {
    group: subject.group,
    'demographics/gender': sex === undefined ? undefined : genders[sex],
    // The schema has a whole number there; the exact one is kept beside it.
    'demographics/age': wholeAge === undefined ? undefined : String(wholeAge),
    [variablePath('mia_age_years')]: age === wholeAge ? undefined : String(age),
    [variablePath('mia_label')]: label === subject.label ? undefined : subject.label,
    [variablePath('mia_diagnosis')]: subject.diagnosis,
    [variablePath('mia_site')]: subject.site,
  };
  const leftOut: string[] = [];
  for (const value of values) {
    const name = context.variableNames.get(value.variableId);
    const text = value.text ?? value.number?.toString();
    if (name === undefined || value.missing || text === undefined || text.trim() === '') continue;
    if (isStorableValue(text)) fields[variablePath(name)] = text;
    else leftOut.push(`XNAT cannot hold the value "${text}" of ${name}`);
  }
  const wanted = sessions.map(({ session, scans }) => mapSession(subject, { session, scans }, context));
  return { sourceLabel: subject.label, label, fields: present(fields), sessions: wanted, leftOut };
}

function mapSession(
  subject: Subject,
  { session, scans }: { readonly session: ImagingSession; readonly scans: readonly Scan[] },
  context: MappingContext,
): WantedSession {
  const wanted = scans
    .toSorted((a, b) => compare(a.seriesInstanceUid ?? a.label, b.seriesInstanceUid ?? b.label))
    .map((scan) => mapScan(scan, context));
  const { xsiType, modality } = sessionType(new Set(wanted.map((scan) => scan.modality).filter((code) => code !== '')));
  const uid = session.studyInstanceUid;
  return {
    sourceLabel: session.label,
    label: sessionLabel(subject.label, session.label),
    ...(uid !== undefined && { uid }),
    xsiType,
    fields: present({
      UID: uid,
      date: session.date,
      modality,
      note: session.description,
      acquisition_site: subject.site,
    }),
    scans: wanted,
  };
}

function mapScan(scan: Scan, context: MappingContext): WantedScan {
  const modality = scan.modality === undefined ? undefined : context.dicomModality(scan.modality);
  const license = scan.licenseId === undefined ? undefined : context.license(scan.licenseId);
  const terms = [license?.spdxId ?? license?.label, scan.sourceDoi === undefined ? undefined : `doi:${scan.sourceDoi}`];
  const refused = context.refusal(license);
  return {
    label: scan.label,
    ...(scan.seriesInstanceUid !== undefined && { uid: scan.seriesInstanceUid }),
    modality: modality ?? '',
    xsiType: scanType(modality),
    fields: present({
      type: scan.seriesDescription ?? modality ?? scan.label,
      UID: scan.seriesInstanceUid,
      series_description: scan.seriesDescription,
      modality,
      frames: scan.instanceCount?.toString(),
      note: terms.filter((part) => part !== undefined).join('; '),
      start_date: scan.date,
      'scanner/manufacturer': scan.manufacturer,
      'scanner/model': scan.manufacturerModelName,
      bodyPartExamined: scan.bodyPart,
    }),
    ...(refused !== undefined && { refused }),
  };
}

function present(fields: Readonly<Record<string, string | undefined>>): ItemFields {
  const kept: Record<string, string> = {};
  for (const [path, value] of Object.entries(fields))
    if (value !== undefined && isStorableValue(value)) kept[path] = value.trim();
  return kept;
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
