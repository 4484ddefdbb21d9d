import { z } from 'zod';
import type { Row } from './parse-result-set.ts';

/** XNAT's word for who may look at a project. */
export type Accessibility = 'public' | 'protected' | 'private';

/** A project as the list shows it to this account; protected projects are listed though their data answers 403. */
export interface ProjectRow {
  readonly id: string;
  readonly secondaryId?: string | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly piFirstname?: string | undefined;
  readonly piLastname?: string | undefined;
  /** Every column as sent. */
  readonly columns: Row;
}

/** A subject; `id` is XNAT's accession number, `label` its name within `project`. */
export interface SubjectRow {
  readonly id: string;
  readonly project: string;
  readonly label: string;
  /** Server local time without a zone, `yyyy-MM-dd HH:mm:ss.S`. */
  readonly insertDate?: string | undefined;
  readonly lastModified?: string | undefined;
  readonly columns: Row;
}

/** An experiment: imaging session, assessor or anything else with an xsiType. */
export interface ExperimentRow {
  readonly id: string;
  /** In a project's list this is that project, also where the experiment is only shared into it. */
  readonly project: string;
  readonly label: string;
  readonly xsiType: string;
  readonly subjectId?: string | undefined;
  readonly subjectLabel?: string | undefined;
  /** The imaging session an assessor belongs to. */
  readonly sessionId?: string | undefined;
  /** ISO date. */
  readonly date?: string | undefined;
  readonly insertDate?: string | undefined;
  readonly lastModified?: string | undefined;
  readonly columns: Row;
}

/** One scan of a session (one DICOM series). */
export interface ScanRow {
  readonly sessionId: string;
  readonly id: string;
  readonly xsiType?: string | undefined;
  readonly type?: string | undefined;
  readonly quality?: string | undefined;
  readonly note?: string | undefined;
  readonly seriesDescription?: string | undefined;
  /** SeriesInstanceUID, where asked for. */
  readonly uid?: string | undefined;
  readonly modality?: string | undefined;
  readonly frames?: number | undefined;
  readonly columns: Row;
}

/** A resource: a labelled folder of files. `category` says what it hangs on, `ownerId` which (a scan's id, …). */
export interface ResourceRow {
  readonly id: string;
  readonly label?: string | undefined;
  readonly elementName?: string | undefined;
  readonly category?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly ownerType?: string | undefined;
  readonly format?: string | undefined;
  readonly content?: string | undefined;
  readonly tags?: string | undefined;
  /** With file statistics only. */
  readonly fileCount?: number | undefined;
  readonly byteSize?: number | undefined;
  readonly columns: Row;
}

/** A file of a resource. */
export interface FileRow {
  readonly name: string;
  /** Relative to the resource. */
  readonly path: string;
  readonly uri: string;
  readonly byteSize?: number | undefined;
  /** MD5 in lower-case hex; undefined where the server has not computed it. */
  readonly md5?: string | undefined;
  readonly collection?: string | undefined;
  readonly format?: string | undefined;
  readonly content?: string | undefined;
  readonly tags?: string | undefined;
  readonly columns: Row;
}

/** A node of XNAT's item tree. Unknown types are normal: everything is kept. */
export interface Item {
  readonly xsiType: string;
  readonly isHistory: boolean;
  /** Flat values; nested single elements have a slash in their name (`demographics/age`). */
  readonly fields: Readonly<Record<string, string>>;
  readonly children: readonly ItemGroup[];
}

/** Children below one element path, such as `scans/scan` or `sharing/share`. */
export interface ItemGroup {
  readonly field: string;
  readonly items: readonly Item[];
}

/** A member of a project. */
export interface ProjectUser {
  readonly login: string;
  readonly firstname?: string | undefined;
  readonly lastname?: string | undefined;
  readonly email?: string | undefined;
  /** `Owners`, `Members`, `Collaborators` or a custom group's name. */
  readonly groupName: string;
  /** `{project}_owner` and so on. */
  readonly groupId: string;
}

/** An alias token: a revocable, expiring stand-in for the password, used as Basic user and password. */
export interface AliasToken {
  readonly alias: string;
  readonly secret: string;
  /** ISO 8601 UTC; undefined where the server does not say. */
  readonly expiresAt?: string | undefined;
}

const scalar = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .transform((value) => (value === null ? '' : String(value)));

interface WireItem {
  meta?: { 'xsi:type'?: string | undefined; isHistory?: boolean | string | undefined } | undefined;
  data_fields: Record<string, string>;
  children?: { field: string; items: WireItem[] }[] | undefined;
}

const wireItem: z.ZodType<WireItem> = z.lazy(() =>
  z.object({
    meta: z
      .object({ 'xsi:type': z.string().optional(), isHistory: z.union([z.boolean(), z.string()]).optional() })
      .optional(),
    data_fields: z.record(z.string(), scalar),
    children: z.array(z.object({ field: z.string(), items: z.array(wireItem) })).optional(),
  }),
);

/** The item form: `{"items":[{meta, data_fields, children}]}`; the first item that is not history is the current one. */
export const itemsSchema = z.object({ items: z.array(wireItem) });

/** Turns the wire form into an Item. */
export function toItem(wire: WireItem): Item {
  return {
    xsiType: wire.meta?.['xsi:type'] ?? '',
    isHistory: wire.meta?.isHistory === true || wire.meta?.isHistory === 'true',
    fields: wire.data_fields,
    children: (wire.children ?? []).map((group) => ({ field: group.field, items: group.items.map(toItem) })),
  };
}

/** Items below one element path; none when the path is absent. */
export function itemsAt(item: Item, field: string): readonly Item[] {
  return item.children.filter((group) => group.field === field).flatMap((group) => group.items);
}
