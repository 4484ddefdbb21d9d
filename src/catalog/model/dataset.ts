import type { DatasetId, ScanId, SessionId, SubjectId } from '../../kernel/ids.ts';
import type {
  AccessClass,
  AgentKind,
  CountMeasure,
  CountQualifier,
  DatasetStatus,
  PublicationRole,
  RelationType,
  SourceKind,
  VariableType,
} from './terms.ts';
import type { ScanWhere, SessionWhere, SubjectWhere, VariableWhere } from './where.ts';

/** A dataset's own fields as one reader may see them. */
export interface Dataset {
  readonly id: DatasetId;
  readonly slug: string;
  readonly title: string;
  readonly acronym?: string;
  readonly alternativeTitles: readonly string[];
  readonly description: string;
  readonly keywords: readonly string[];
  readonly status: DatasetStatus;
  readonly accessClass: AccessClass;
  readonly accessNote?: string;
  readonly accessUrl?: string;
  readonly dataUseTerms: readonly string[];
  readonly licenseId?: string;
  readonly publisherId?: string;
  readonly landingPage?: string;
  readonly year?: number;
  readonly species?: string;
  readonly simulated: boolean;
  readonly unconfirmed: readonly { readonly field: string; readonly statement: string }[];
  readonly version: number;
  readonly publishedVersion?: number;
  /** Of a withdrawn one: why, in words for everybody, and since when. */
  readonly withdrawnReason?: string;
  readonly withdrawnAt?: Date;
  /** Whether this reader may see its rows. */
  readonly rowsVisible: boolean;
  /** Live rows held; zeros where this reader may not see rows. */
  readonly held: {
    readonly subjects: number;
    readonly sessions: number;
    readonly scans: number;
    readonly bytes: number;
  };
  readonly rowsUpdatedAt?: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** An agent of a dataset. */
export interface Agent {
  readonly id: string;
  readonly kind: AgentKind;
  readonly name: string;
  readonly iri?: string;
  readonly homepage?: string;
}

/** A number stated about a dataset. */
export interface CountStatement {
  readonly measure: CountMeasure;
  readonly value: number;
  readonly qualifier: CountQualifier;
  readonly unit?: string;
  readonly asOf?: string;
  readonly source: string;
  readonly note?: string;
  readonly confirmed: boolean;
  readonly headline: boolean;
}

/** A way to get (a part of) the data. */
export interface Distribution {
  readonly title: string;
  readonly description?: string;
  readonly accessUrl: string;
  readonly downloadUrl?: string;
  readonly mediaType?: string;
  readonly format?: string;
  readonly byteSize?: number;
  readonly licenseId?: string;
  readonly accessNote?: string;
}

/** An article or data citation. */
export interface Publication {
  readonly role: PublicationRole;
  readonly title?: string;
  readonly citation?: string;
  readonly doi?: string;
  readonly pmid?: string;
  readonly url?: string;
  readonly year?: number;
}

/** A relation; `targetSlug` names a record of this catalog, which may not exist yet. */
export interface DatasetRelation {
  readonly type: RelationType;
  readonly targetSlug?: string;
  readonly targetIri?: string;
  readonly label?: string;
}

/** Which source filled a field. */
export interface Origin {
  readonly field: string;
  readonly source: string;
  readonly kind: SourceKind;
  readonly sourceRecordId: string;
  readonly recordedAt: Date;
}

/** The lists that hang on a dataset, by name. Concepts are given by id, modalities by code. */
export interface DatasetParts {
  readonly creators: Agent;
  readonly conditions: { readonly conceptId: string };
  readonly bodyParts: { readonly conceptId: string };
  readonly modalities: { readonly code: string };
  readonly identifiers: { readonly scheme: string; readonly value: string; readonly iri?: string };
  readonly distributions: Distribution;
  readonly publications: Publication;
  readonly relations: DatasetRelation;
  readonly counts: CountStatement;
  readonly origins: Origin;
}

/** An immutable snapshot made by publishing. */
export interface DatasetVersion {
  readonly id: string;
  readonly datasetId: DatasetId;
  readonly slug: string;
  readonly number: number;
  readonly snapshot: unknown;
  readonly sha256: string;
  readonly publishedAt: Date;
}

/** What datasets are ordered by; the slug breaks ties. */
export interface DatasetOrder {
  readonly field: 'TITLE' | 'SLUG' | 'CREATED_AT' | 'UPDATED_AT' | 'SUBJECT_COUNT' | 'YEAR';
  readonly direction: 'ASC' | 'DESC';
}

/** A person, animal or phantom. */
export interface Subject {
  readonly id: SubjectId;
  readonly datasetId: DatasetId;
  readonly label: string;
  readonly sex?: string;
  readonly ageYears?: number;
  readonly diagnosis?: string;
  readonly group?: string;
  readonly site?: string;
  readonly source: string;
}

/** One visit to a scanner. */
export interface ImagingSession {
  readonly id: SessionId;
  readonly datasetId: DatasetId;
  readonly subjectId: SubjectId;
  readonly label: string;
  readonly studyInstanceUid?: string;
  readonly date?: string;
  readonly description?: string;
  readonly source: string;
}

/** One acquisition or derived object. */
export interface Scan {
  readonly id: ScanId;
  readonly datasetId: DatasetId;
  readonly sessionId: SessionId;
  readonly label: string;
  readonly seriesInstanceUid?: string;
  readonly modality?: string;
  readonly seriesDescription?: string;
  readonly date?: string;
  readonly bodyPart?: string;
  readonly manufacturer?: string;
  readonly manufacturerModelName?: string;
  readonly sopClassUid?: string;
  readonly instanceCount?: number;
  readonly byteSize?: number;
  readonly licenseId?: string;
  readonly sourceDoi?: string;
  readonly derived: boolean;
  readonly derivedBy?: string;
  readonly source: string;
}

/** A named set of files. */
export interface Resource {
  readonly id: string;
  readonly label: string;
  readonly format?: string;
  readonly fileCount?: number;
  readonly byteSize?: number;
  readonly digest?: string;
}

/** A derived assessment of a session, or a record of a subject that is no session. */
export interface Assessor {
  readonly id: string;
  readonly label: string;
  readonly xsiType: string;
  readonly date?: string;
  readonly content?: unknown;
}

/** A recorded property of subjects or sessions. */
export interface Variable {
  readonly id: string;
  readonly datasetId: DatasetId;
  readonly position: number;
  readonly name: string;
  readonly label?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly type: VariableType;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly missingCodes: readonly string[];
  readonly categories?: unknown;
  /** Whether its values are of sessions rather than of subjects. */
  readonly perSession: boolean;
  readonly conceptId?: string;
  readonly source: string;
}

/** What the values of a variable are like, over the live subjects, or over the live sessions for what is recorded at each. */
export interface VariableSummary {
  readonly variableId: string;
  /** Subjects, or sessions, with a value. */
  readonly n: number;
  /** Those without one. */
  readonly missing: number;
  readonly min?: number;
  readonly median?: number;
  readonly mean?: number;
  readonly max?: number;
  readonly topValues: readonly { readonly value: string; readonly count: number }[];
}

/** A value of a variable for a subject or a session. */
export interface VariableValue {
  readonly ownerId: SubjectId | SessionId;
  readonly variableId: string;
  readonly text?: string;
  readonly number?: number;
  readonly label?: string;
  readonly missing: boolean;
  readonly conceptId?: string;
}

/** A kind of row that is not filtered. */
export type NoWhere = Readonly<Record<string, never>>;

/** The rows below a dataset that are listed in pages. */
export interface RowTypes {
  readonly subject: { readonly row: Subject; readonly where: SubjectWhere };
  readonly session: { readonly row: ImagingSession; readonly where: SessionWhere };
  readonly scan: { readonly row: Scan; readonly where: ScanWhere };
  readonly variable: { readonly row: Variable; readonly where: VariableWhere };
  readonly resource: { readonly row: Resource; readonly where: NoWhere };
  readonly assessor: { readonly row: Assessor; readonly where: NoWhere };
}
export type RowKind = keyof RowTypes;
export type RowOf<K extends RowKind> = RowTypes[K]['row'];

/** Which properties of a thing are read; the others are absent from what comes back. */
export interface Properties {
  readonly names: readonly string[];
  /** The names as one text, to find the same choice again. */
  readonly key: string;
}

/** Which rows of one kind. */
export interface RowQuery<K extends RowKind> {
  readonly kind: K;
  /** What is read of each; all of it when absent. */
  readonly properties?: Properties;
  readonly where: RowTypes[K]['where'];
}

/** The things whose rows are listed. */
export interface RowParent {
  readonly kind: 'dataset' | 'subject' | 'session' | 'scan';
  readonly ids: readonly string[];
}
