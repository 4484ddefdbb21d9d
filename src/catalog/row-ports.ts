import type { AuditEntry } from '../access/index.ts';
import type { DatasetId } from '../kernel/ids.ts';
import type { RowLayout, ValueSet } from './model/lay-out-rows.ts';
import type { Source } from './model/merge-records.ts';
import type { Share, ShareReport } from './model/share.ts';
import type { SourceKind } from './model/terms.ts';
import type { VariableHead, VariableRecord } from './model/variable-record.ts';

/** Ids of the rows that were written, or that all were. */
export type Written = ReadonlySet<string> | 'all';

/** Writes of the rows of one dataset; one transaction, alone among writers of that dataset's rows. */
export interface RowTransaction {
  /** Digests (hex) of the live subjects that a source gave, by label. */
  treeHashes(sourceId: number, labels: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * Inserts what is new, updates what differs, revives what was retired, retires what the source gave earlier below the same
   * subjects and gives no more; leaves rows alone that a source of higher precedence owns, but fills fields of a subject that
   * all others leave empty. Values of other sources stay; of two sources of the same rank the later one's stands. Announces the
   * dataset when anything changed.
   * @param values - per subject or session all that the source says; one that is not in it keeps its values
   * @returns ids of the rows written, and of the subjects of which, or of whose sessions, values changed
   */
  saveRows(sourceId: number, layout: RowLayout, values: readonly ValueSet[]): Promise<Written>;
  /** Variables of the dataset by name. */
  variables(): Promise<ReadonlyMap<string, VariableHead>>;
  /**
   * Stores the definitions that a source owns, in order, and removes what it defined or gave values for earlier and no longer
   * names. Announces the dataset when anything changed.
   * @param named - every variable the source speaks of, those included that others define
   * @returns names of the variables that changed
   */
  saveVariables(
    sourceId: number,
    definitions: readonly VariableRecord[],
    named: readonly string[],
  ): Promise<ReadonlySet<string>>;
  /** Replaces what a source shares into the dataset. Announces it when anything changed. */
  saveShares(sourceId: number, shares: readonly Share[]): Promise<ShareReport>;
  /** Inserts rows as tombstones where no row with their id exists, live or retired. @returns ids of the rows written */
  saveTombstones(sourceId: number, layout: RowLayout): Promise<ReadonlySet<string>>;
  /**
   * Takes back what a source said of subjects: its rows below them, its values, its words. Subjects that no other source names
   * are retired. @returns how many subjects it had named
   */
  retireSubjects(sourceId: number, labels: readonly string[]): Promise<number>;
  /** Writes down who did this, with the rest or not at all; the last thing of a transaction. */
  audit(entry: AuditEntry): Promise<void>;
}

/**
 * Where rows are written. What datasets share (sources, licences, concepts) is stored before a transaction of rows begins, each in a
 * transaction of its own: two writers that first meet the same licence would else wait for each other's end.
 */
export interface RowStore {
  /** The source of this name, made when absent. */
  source(name: string, kind: SourceKind): Promise<Source>;
  /** Ids of licences by the names sources use; unknown ones are stored by that name. */
  licenseIds(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Stores the concepts of these names that no vocabulary has. */
  storeConcepts(names: readonly string[]): Promise<void>;
  transaction<T>(datasetId: DatasetId, work: (tx: RowTransaction) => Promise<T>): Promise<T>;
  /** Digests (hex) of all live subjects that a source gave of a dataset, by label. */
  treeHashes(datasetId: DatasetId, source: string): Promise<ReadonlyMap<string, string>>;
  /** Labels of the live subjects of a dataset that a source speaks of. */
  subjectLabels(datasetId: DatasetId, source: string): Promise<readonly string[]>;
}
