import { type AuditEntry, type AuditTrail, type Principal, readScopeOf } from '../../src/access/index.ts';
import type { CatalogReader, Dataset, License } from '../../src/catalog/index.ts';
import { CatalogError, ForbiddenError, NotFoundError } from '../../src/kernel/errors.ts';
import type { XnatServer } from '../../src/xnat/index.ts';
import { holdProject } from './hold-project.ts';
import { openLocalFolder } from './local-folder.ts';
import { type MappingContext, ownVariables } from './map-subject.ts';
import { letsPassOn, requireCopyRight } from './may-copy.ts';
import { inspectProject, makeProject, markProject } from './open-project.ts';
import { licensesById, type Reading, variablesOf } from './read-dataset.ts';
import { type FileCounts, type ItemCounts, type PushRejection, Tally } from './tally.ts';
import { walkDataset } from './walk-dataset.ts';
import { toVariableName } from './xnat-names.ts';
import { dicomModalities } from './xsi-types.ts';

/** What goes where. */
export interface PushRequest {
  readonly dataset: string;
  /** Project id; the dataset's slug when left out. */
  readonly project?: string | undefined;
  /** Folder of files: one folder a subject, laid out as BIDS or as `session/scan/…`. */
  readonly files?: string | undefined;
  /** Say what would be done, and write nothing. */
  readonly dryRun: boolean;
  /** Replace values and files that XNAT holds differently. */
  readonly overwrite: boolean;
  /** The operator holds the right to pass copies on, whatever the licence says. */
  readonly mayRedistribute: boolean;
  /** Random name of this run. */
  readonly writer: string;
  readonly now: () => Date;
  /** Told how many of how many subjects were done, and in which pass. */
  readonly onProgress?: ((done: number, total: number, pass: 'push' | 'check') => void) | undefined;
}

/** What a push did; every accepted thing was read back. */
export interface PushReport {
  readonly dataset: string;
  readonly project: string;
  readonly dryRun: boolean;
  readonly accepted: number;
  readonly unchanged: number;
  readonly rejected: readonly PushRejection[];
  readonly added: number;
  readonly changed: number;
  readonly items: Readonly<Record<'subjects' | 'sessions' | 'scans', ItemCounts>>;
  readonly files: FileCounts;
  /** Items and files that the check pass found as they were sent; undefined where it was a dry run. */
  readonly checked?: number;
}

/** What a push works with. */
export interface PushPorts {
  readonly reader: CatalogReader;
  readonly server: XnatServer;
  /** Where it is written down that rows left the catalog: before the first does, and at the end. */
  readonly trail: Pick<AuditTrail, 'append'>;
}

/**
 * Puts subjects, sessions, scans and files of a dataset into an XNAT project, then reads everything back and compares. Running it again, after
 * success or after a failure anywhere, leads to the same project: what is there is found again by DICOM UID or label. Nothing is
 * ever deleted. Memory is that of a few dozen subjects.
 * @throws ForbiddenError where copies may not be passed on; NotFoundError for a dataset the principal may not see; ConflictError while
 *   another push writes to the project; UpstreamUnavailableError when XNAT takes nothing more
 */
export async function pushDataset(
  request: PushRequest,
  ports: PushPorts,
  principal: Principal,
  signal: AbortSignal,
): Promise<PushReport> {
  const reading: Reading = { reader: ports.reader, scope: readScopeOf(principal) };
  const [dataset] = await reading.reader.datasetsBySlugs([request.dataset], reading.scope);
  if (dataset === undefined || !dataset.rowsVisible) throw new NotFoundError(`There is no dataset ${request.dataset}.`);
  const project = request.project ?? dataset.slug;
  const note = async (entry: Pick<AuditEntry, 'action' | 'outcome' | 'code'>, counts = {}): Promise<void> => {
    if (request.dryRun) return;
    const facts = { project, server: ports.server.url, ...counts };
    await ports.trail.append({ actor: principal.id, object: { kind: 'Dataset', id: dataset.id }, ...entry, facts });
  };
  try {
    const begin = async (): Promise<void> => await note({ action: 'dataset.beginPush', outcome: 'DONE' });
    const report = await push({ request, dataset, project, reading, server: ports.server, begin }, signal);
    const { added, changed, unchanged, rejected } = report;
    await note({ action: 'dataset.push', outcome: 'DONE' }, { added, changed, unchanged, rejected: rejected.length });
    return report;
  } catch (error) {
    const outcome = error instanceof ForbiddenError ? 'REFUSED' : 'FAILED';
    const code = error instanceof CatalogError ? { code: error.code } : {};
    // A trail that cannot be written to must not hide why the push failed.
    await note({ action: 'dataset.push', outcome, ...code }).catch(() => undefined);
    throw error;
  }
}

interface Push {
  readonly request: PushRequest;
  readonly dataset: Dataset;
  readonly project: string;
  readonly reading: Reading;
  readonly server: XnatServer;
  /** Called before the first write. */
  readonly begin: () => Promise<void>;
}

async function push(
  { request, dataset, project, reading, server, begin }: Push,
  signal: AbortSignal,
): Promise<PushReport> {
  const licenses = await licensesById(reading);
  const license = dataset.licenseId === undefined ? undefined : licenses.get(dataset.licenseId);
  requireCopyRight(dataset, license, request.mayRedistribute);
  const target = { server, project, dataset, license };
  const before = await inspectProject(target, signal);
  const folder = request.files === undefined ? undefined : await openLocalFolder(request.files);
  const tally = new Tally();
  const context = await mappingContext({ reading, dataset, licenses, license }, request, tally);
  const walk = { reading, dataset, context, folder, project, server, overwrite: request.overwrite };
  const onSubject = progress(request, 'push');
  if (request.dryRun) {
    await walkDataset({ ...walk, mode: 'plan', tally, exists: before.exists, onSubject }, signal);
    return reportOf(request, project, tally);
  }
  await begin();
  await makeProject(target, before, signal);
  const holder = { project, dataset: dataset.slug, writer: request.writer, now: request.now };
  const held = await holdProject(server, holder, signal);
  try {
    await markProject(target, before, held.signal);
    await walkDataset({ ...walk, mode: 'write', tally, exists: true, onSubject }, held.signal);
    const check = new Tally();
    const again = { mode: 'check', tally: check, exists: true, onSubject: progress(request, 'check') } as const;
    await walkDataset({ ...walk, ...again }, held.signal);
    return reportOf(request, project, tally, check);
  } finally {
    await held.release();
  }
}

function progress({ onProgress }: PushRequest, pass: 'push' | 'check') {
  return (done: number, total: number): void => onProgress?.(done, total, pass);
}

async function mappingContext(
  known: {
    readonly reading: Reading;
    readonly dataset: Dataset;
    readonly licenses: ReadonlyMap<string, License>;
    readonly license: License | undefined;
  },
  { mayRedistribute }: PushRequest,
  tally: Tally,
): Promise<MappingContext> {
  const { reading, dataset, licenses, license: own } = known;
  const variableNames = new Map<string, string>();
  const taken = new Set<string>(ownVariables);
  for (const { id, name } of await variablesOf(reading, dataset)) {
    const given = toVariableName(name);
    if (taken.has(given)) tally.reject(`variable ${name}`, `another variable is called ${given} in XNAT, too`);
    else variableNames.set(id, given);
    taken.add(given);
  }
  const { modalities } = await reading.reader.vocabulary();
  return {
    dicomModality: dicomModalities(modalities),
    license: (id) => licenses.get(id),
    variableNames,
    refusal: (license) => {
      if (mayRedistribute || letsPassOn(license ?? own)) return undefined;
      return `its licence, "${(license ?? own)?.label ?? 'none'}", does not say that copies may be passed on`;
    },
  };
}

/** What the first pass did counts as done only where the second one found it. */
function reportOf(request: PushRequest, project: string, tally: Tally, check?: Tally): PushReport {
  const { added, changed, unchanged } = tally.sums();
  const known = new Set(tally.rejected.map((one) => one.sourceId));
  const notFound = (check?.rejected ?? []).filter((one) => !known.has(one.sourceId));
  return {
    dataset: request.dataset,
    project,
    dryRun: request.dryRun,
    accepted: Math.max(0, added + changed - notFound.length),
    unchanged,
    rejected: [...tally.rejected, ...notFound],
    added,
    changed,
    items: tally.items,
    files: tally.files,
    ...(check !== undefined && { checked: check.sums().unchanged }),
  };
}
