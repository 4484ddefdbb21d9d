import { createHash } from 'node:crypto';

/** Values of an item by canonical path (`scanner/manufacturer`, `demographics/age`); absent means null. */
export type Values = Record<string, string>;

/** When and by whom a row came and changed: milliseconds of the simulator's clock. */
export interface Stamp {
  insertedAt: number;
  insertUser: string;
  modifiedAt: number;
}

/** A stored upload. */
export interface StoredFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly md5: string;
  readonly format: string;
  readonly content: string;
  readonly tags: string;
}

/** Files that are described by a source table and made up when read: `count` small ones, `bytes` as the source says. */
export interface DescribedFiles {
  readonly count: number;
  readonly bytes: number;
  readonly seed: string;
  readonly extension: string;
}

/** A resource. Most hold only described files, so uploads and removals are kept apart and rarely exist. */
export interface SimResource {
  readonly id: number;
  readonly label: string;
  format: string;
  content: string;
  tags: string;
  described?: DescribedFiles | undefined;
  uploaded?: Map<string, StoredFile> | undefined;
  removed?: Set<string> | undefined;
}

/** Answers to custom forms: form UUID → key → value. */
export type Forms = Record<string, Record<string, unknown>>;

interface Common {
  readonly values: Values;
  resources?: SimResource[] | undefined;
  forms?: Forms | undefined;
  /** Legacy custom variables, names in lower case. */
  fields?: Map<string, string> | undefined;
  readonly stamp: Stamp;
}

/** A scan. `pk` is XNAT's database key. */
export interface SimScan extends Common {
  readonly pk: number;
  readonly id: string;
  xsiType: string;
}

/** A subject. */
export interface SimSubject extends Common {
  readonly id: string;
  project: string;
  label: string;
  /** Target project → label there. */
  readonly shares: Map<string, string>;
  readonly experiments: Set<string>;
}

/** An experiment: imaging session, subject assessor or (with `sessionId`) image assessor. */
export interface SimExperiment extends Common {
  readonly id: string;
  project: string;
  label: string;
  xsiType: string;
  readonly subjectId: string;
  readonly sessionId?: string | undefined;
  readonly shares: Map<string, string>;
  readonly scans: Map<string, SimScan>;
  readonly assessors: Set<string>;
}

/** A custom group of a project; `xsiTypes` restricts what its members may read. */
export interface SimGroup {
  readonly id: string;
  readonly name: string;
  readonly xsiTypes?: readonly string[] | undefined;
}

/** A definition of a legacy custom variable. */
export interface FieldDefinition {
  readonly name: string;
  readonly datatype: 'string' | 'integer' | 'float' | 'boolean' | 'date';
}

/** A project. */
export interface SimProject extends Common {
  readonly id: string;
  accessibility: 'public' | 'protected' | 'private';
  readonly aliases: string[];
  readonly investigators: { readonly firstname: string; readonly lastname: string }[];
  readonly publications: { readonly title: string; readonly doi: string }[];
  /** Definition groups by the type they are for. */
  readonly definitions: Map<string, readonly FieldDefinition[]>;
  /** Login → group id. */
  readonly members: Map<string, string>;
  readonly groups: Map<string, SimGroup>;
  /** Ids of what lives here or is shared here, and the labels they have here. */
  readonly subjects: Map<string, string>;
  readonly experiments: Map<string, string>;
  readonly subjectLabels: Map<string, string>;
  readonly experimentLabels: Map<string, string>;
}

/** Any item that may hold values, resources and forms. */
export type SimItem = SimProject | SimSubject | SimExperiment | SimScan;

/** A container or workflow of the pretended container service. */
export interface SimContainer {
  readonly id: number;
  readonly workflowId: number;
  readonly wrapperId: number;
  readonly project: string;
  readonly user: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly launchedAt: number;
  killedAt?: number | undefined;
  created?: string | undefined;
}

/** A session waiting in the prearchive. */
export interface PrearchiveEntry {
  readonly project: string;
  readonly timestamp: string;
  readonly folder: string;
  readonly subject: string;
  readonly uploadedAt: number;
}

/** Everything the simulator holds. */
export class World {
  readonly projects = new Map<string, SimProject>();
  readonly subjects = new Map<string, SimSubject>();
  readonly experiments = new Map<string, SimExperiment>();
  readonly containers = new Map<number, SimContainer>();
  readonly prearchive: PrearchiveEntry[] = [];
  readonly customForms: Record<string, unknown>[] = [];
  readonly #serials = new Map<string, number>();
  readonly #shared = new Map<string, string>();

  /** The next number of a series: `S`, `E`, `scan`, `resource`, … */
  serial(name: string): number {
    const next = (this.#serials.get(name) ?? 0) + 1;
    this.#serials.set(name, next);
    return next;
  }

  /** The one copy of a text that many rows repeat: tables of 100,000 series hold few distinct makers and descriptions. */
  shared(text: string): string {
    const kept = this.#shared.get(text);
    if (kept !== undefined) return kept;
    this.#shared.set(text, text);
    return text;
  }
}

/** Bytes of a described file: short, and always the same for the same seed. */
export function describedBytes(files: DescribedFiles, index: number): Uint8Array {
  return Buffer.from(`simulated file ${index + 1} of ${files.count}\n${files.seed}\n`, 'utf8');
}

/** Name of a described file. */
export function describedName(files: DescribedFiles, index: number): string {
  return `1-${String(index + 1).padStart(4, '0')}.${files.extension}`;
}

/** MD5 in hex, XNAT's digest. */
export function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
