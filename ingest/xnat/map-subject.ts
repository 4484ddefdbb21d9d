import { z } from 'zod';
import type { ResourceTree, ScanTree, SessionTree, SubjectTree } from '../../src/catalog/index.ts';
import type { MirrorItem } from '../../src/harvest/index.ts';
import { canonicalSha256 } from '../../src/kernel/canonical-json.ts';
import { isDerivedModality } from '../kit/derived-modality.ts';
import {
  type AssessorDetail,
  itemDetail,
  type ResourceDetail,
  type ScanDetail,
  type SessionDetail,
  type SubjectDetail,
} from './item-detail.ts';
import type { VariableMap } from './map-variables.ts';

/** Grows with every change of how items become rows: subjects are then stored anew. */
const mappingVersion = 1;

/** A subject with its experiments, as the mirror remembers them. */
export interface RememberedSubject {
  /** Under which the dataset knows the subject. */
  readonly label: string;
  /** Usually one; several of one label are the same person (design: a subject is its dataset and label). */
  readonly subjects: readonly MirrorItem[];
  readonly experiments: readonly MirrorItem[];
}

/** What mapping needs besides. */
export interface SubjectMapping {
  readonly variables: VariableMap;
  /** Sessions whose StudyInstanceUID another session of the dataset has already: they are known by label alone. */
  readonly repeatedUids: ReadonlySet<string>;
  readonly reject: (sourceId: string, error: string) => void;
}

/** A remembered subject as rows of the catalog, with the digest of the whole. */
export function mapSubject(remembered: RememberedSubject, mapping: SubjectMapping): SubjectTree {
  const details = remembered.subjects.flatMap((item) => {
    const detail = itemDetail.parse(item.detail);
    return detail.type === 'subject' ? [detail] : [];
  });
  const sessions: { readonly item: MirrorItem; readonly detail: SessionDetail }[] = [];
  const assessors: { readonly item: MirrorItem; readonly detail: AssessorDetail }[] = [];
  for (const item of remembered.experiments.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const detail = itemDetail.parse(item.detail);
    if (detail.type === 'session') sessions.push({ item, detail });
    else if (detail.type === 'assessor') assessors.push({ item, detail });
  }
  const known = new Set(sessions.map(({ item }) => item.id));
  const labels = new Set<string>();
  const tree = {
    label: remembered.label,
    ...demographicsOf(details[0]),
    sessions: sessions.map((session) => {
      const own = assessors.filter(({ item }) => item.sessionId === session.item.id);
      return mapSession(session, own, { ...mapping, label: freeLabel(labels, session.item) });
    }),
    resources: mapResources(details.flatMap((detail) => detail.resources)),
    values: uniqueValues(
      details.flatMap((detail) =>
        mapping.variables.valuesOf(detail, 'subject', (error) => mapping.reject(remembered.label, error)),
      ),
    ),
    assessors: mapAssessors(assessors.filter(({ item }) => item.sessionId === undefined || !known.has(item.sessionId))),
  };
  return { ...tree, treeHash: canonicalSha256([mappingVersion, tree]) };
}

function demographicsOf(detail: SubjectDetail | undefined): Pick<SubjectTree, 'sex' | 'ageYears' | 'group'> {
  const sex = detail?.sex?.trim().charAt(0).toUpperCase();
  const age = Number(detail?.age);
  return {
    ...((sex === 'M' || sex === 'F' || sex === 'O') && { sex }),
    ...(detail?.age !== undefined && Number.isFinite(age) && age >= 0 && age <= 150 && { ageYears: age }),
    ...text('group', detail?.group),
  };
}

function mapSession(
  { item, detail }: { readonly item: MirrorItem; readonly detail: SessionDetail },
  assessors: readonly { readonly item: MirrorItem; readonly detail: AssessorDetail }[],
  { variables, repeatedUids, reject, label }: SubjectMapping & { readonly label: string },
): SessionTree {
  const uid = repeatedUids.has(item.id) ? undefined : dicomUid(item.uid);
  const day = dayOf(detail.date);
  // A type that is not of XNAT's schema is a session like others; what else it holds is kept whole beside it.
  const whole =
    detail.whole === undefined
      ? []
      : [{ label: `${item.label} (${detail.xsiType})`, xsiType: detail.xsiType, content: json(detail.whole) }];
  const files = new Map(Object.entries(detail.assessorResources));
  const withFiles = assessors.map((assessor) => ({ ...assessor, files: files.get(assessor.item.id) ?? [] }));
  return {
    label,
    ...(uid !== undefined && { studyInstanceUid: uid }),
    ...(day !== undefined && { date: day }),
    ...text('description', detail.note),
    scans: mapScans(detail),
    resources: mapResources(detail.resources),
    assessors: [...mapAssessors(withFiles), ...whole],
    values: uniqueValues(variables.valuesOf(detail, 'session', (error) => reject(`${item.project}/${item.id}`, error))),
  };
}

function mapScans(detail: SessionDetail): ScanTree[] {
  const uids = new Set<string>();
  return detail.scans.map((scan) => {
    const uid = dicomUid(scan.uid);
    // A UID names one scan: a second one with it is known by its id.
    const repeated = uid !== undefined && uids.has(uid);
    if (uid !== undefined) uids.add(uid);
    return mapScan(scan, repeated ? undefined : uid, detail.modality);
  });
}

function mapScan(scan: ScanDetail, uid: string | undefined, sessionModality: string | undefined): ScanTree {
  const modality = scan.modality ?? sessionModality;
  const date = dayOf(scan.date);
  const dicom = scan.resources.find((resource) => resource.label === 'DICOM');
  const sizes = scan.resources.flatMap((resource) => resource.byteSize ?? []);
  return {
    label: scan.id,
    ...(uid !== undefined && { seriesInstanceUid: uid }),
    ...text('modality', modality),
    ...text('seriesDescription', scan.seriesDescription ?? scan.type),
    ...(date !== undefined && { date }),
    ...text('bodyPart', scan.bodyPart),
    ...text('manufacturer', scan.manufacturer),
    ...text('manufacturerModelName', scan.model),
    ...(dicom?.fileCount !== undefined && { instanceCount: dicom.fileCount }),
    ...(sizes.length > 0 && { byteSize: sizes.reduce((sum, size) => sum + size, 0) }),
    derived: isDerivedModality(modality),
    resources: mapResources(scan.resources),
  };
}

/** Resources of one owner; XNAT allows a label twice, the catalog's rows are told apart by it. */
function mapResources(resources: readonly ResourceDetail[]): ResourceTree[] {
  const labels = new Set<string>();
  return resources.map(({ label, format, fileCount, byteSize, digest }) => {
    let free = label;
    for (let count = 2; labels.has(free); count += 1) free = `${label} (${count})`;
    labels.add(free);
    return {
      label: free,
      ...text('format', format),
      ...(fileCount !== undefined && { fileCount }),
      ...(byteSize !== undefined && { byteSize }),
      ...(digest !== undefined && { digest }),
    };
  });
}

function mapAssessors(
  assessors: readonly {
    readonly item: MirrorItem;
    readonly detail: AssessorDetail;
    readonly files?: readonly ResourceDetail[];
  }[],
): SessionTree['assessors'] {
  const labels = new Set<string>();
  return assessors.map(({ item, detail, files = [] }) => {
    const date = dayOf(detail.date);
    const resources = [...detail.resources, ...files];
    const { fields, forms } = detail;
    return {
      label: freeLabel(labels, item),
      xsiType: detail.xsiType,
      ...(date !== undefined && { date }),
      content: json({ item: detail.whole, fields, forms, resources }),
    };
  });
}

/** Its label, or label and accession number where the label is taken: shared and merged items may have the same. */
function freeLabel(taken: Set<string>, item: MirrorItem): string {
  const label = taken.has(item.label) ? `${item.label} (${item.id})` : item.label;
  taken.add(label);
  return label;
}

function uniqueValues<T extends { readonly variable: string }>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [value.variable, value])).values()];
}

function dicomUid(uid: string | undefined): string | undefined {
  return uid !== undefined && /^[0-9.]{1,64}$/.test(uid) ? uid : undefined;
}

function dayOf(date: string | undefined): string | undefined {
  const day = date?.slice(0, 10);
  return day !== undefined && day >= '0001' && z.iso.date().safeParse(day).success ? day : undefined;
}

/** Text that the catalog can hold, or nothing. */
function text<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  const clean = value?.replaceAll('\0', '').trim().slice(0, 4_000) ?? '';
  // A computed key widens to an index signature; the one member is of this key.
  return (clean === '' ? {} : { [key]: clean }) as { readonly [P in K]?: string };
}

/** JSON without `undefined` and U+0000, as a column holds it. */
function json(value: unknown): z.infer<ReturnType<typeof z.json>> {
  return z.json().parse(JSON.parse(JSON.stringify(value).replaceAll('\\u0000', '')));
}
