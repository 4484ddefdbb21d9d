import { type AuditEntry, type Principal, readScopeOf, requireRole, requireSignedIn } from '../access/index.ts';
import { ConflictError, type ErrorDetails, InvalidInputError, NotFoundError } from '../kernel/errors.ts';
import { type DatasetId, decodeNodeId } from '../kernel/ids.ts';
import type { Dataset } from './model/dataset.ts';
import type { CatalogReader, DatasetHead, RecordStore, RecordTransaction } from './ports.ts';
import type { RowStore } from './row-ports.ts';

/** Who edits, and what there is to edit. */
export interface Curator {
  readonly principal: Principal;
  /** Names the request in the audit trail. */
  readonly requestId: string;
  readonly reader: CatalogReader;
  readonly records: RecordStore;
  readonly rows: RowStore;
}

/** What the payload of an edit holds. */
export interface Edited {
  readonly dataset: Dataset;
}

/**
 * The dataset a steward wants to edit.
 * @param id - its node id
 * @throws UnauthenticatedError for a guest
 * @throws NotFoundError when it does not exist, or the caller may not see it
 * @throws ForbiddenError when the caller sees it and is no steward, neither of the catalog nor of this dataset
 */
export async function datasetToEdit(id: string, { principal, reader }: Curator): Promise<Dataset> {
  requireSignedIn(principal, 'STEWARD');
  const decoded = decodeNodeId(id);
  const uuid = decoded?.type === 'Dataset' ? decoded.uuid : undefined;
  const found = uuid === undefined ? [] : await reader.datasetsByIds([uuid], readScopeOf(principal));
  const [dataset] = found;
  if (dataset === undefined)
    throw new NotFoundError('No dataset has this id, or you may not see it: give the `id` of a dataset.');
  requireRole(principal, 'STEWARD', dataset.id);
  return dataset;
}

/** The dataset as it is after an edit, as its editor may see it. */
export async function readBack(id: DatasetId, { principal, reader }: Curator): Promise<Edited> {
  const [dataset] = await reader.datasetsByIds([id], readScopeOf(principal));
  if (dataset === undefined) throw new Error(`the dataset ${id} is gone after its edit`);
  return { dataset };
}

/** The head of a dataset, held against other writers until the transaction ends. */
export async function holdHead(tx: RecordTransaction, id: DatasetId): Promise<DatasetHead> {
  const [head] = await tx.heads({ ids: [id], slugs: [] });
  if (head === undefined) throw new NotFoundError('This dataset is gone.');
  return head;
}

/** @throws InvalidInputError for a number that is no version, before anything is asked of the database */
export function checkVersionNumber(expectedVersion: number): void {
  if (expectedVersion < 1)
    throw new InvalidInputError('expectedVersion: is no version: give the `version` of the dataset you edited.', {
      fields: ['expectedVersion'],
    });
}

/**
 * The optimistic lock: an edit counts only for the version its editor saw.
 * @param sides - what the caller wanted and what is there, for reconciling the two
 * @throws ConflictError with both versions and both sides
 */
export function requireVersion(
  head: DatasetHead,
  expectedVersion: number,
  sides: () => ErrorDetails = () => ({}),
): void {
  if (head.version === expectedVersion) return;
  throw new ConflictError(
    `The record was changed meanwhile: you edited version ${expectedVersion}, it is at version ${head.version}. Read it again and repeat the edit.`,
    { expectedVersion, currentVersion: head.version, ...sides() },
  );
}

/** @throws ConflictError for a dataset that was withdrawn: its tombstone stays as it is */
export function refuseWithdrawn(head: Pick<DatasetHead, 'slug' | 'status'>, act: string): void {
  if (head.status !== 'WITHDRAWN') return;
  throw new ConflictError(
    `The dataset "${head.slug}" was withdrawn and stays a tombstone: it cannot be ${act}. Make a new dataset that names it in its relations.`,
    { status: head.status },
  );
}

/** The entry in the audit trail of something a curator did to a dataset. */
export function auditOf(
  { principal, requestId }: Pick<Curator, 'principal' | 'requestId'>,
  action: string,
  datasetId: DatasetId,
  facts: Readonly<Record<string, unknown>>,
): AuditEntry {
  return { actor: principal.id, action, object: { kind: 'Dataset', id: datasetId }, outcome: 'DONE', requestId, facts };
}
