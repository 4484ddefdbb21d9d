import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { everything } from '../../src/access/index.ts';
import {
  type CatalogReader,
  type IntakeReport,
  intakeRecords,
  intakeRows,
  intakeVariables,
  type RecordStore,
  type RowStore,
  retireSubjects,
  type SubjectTree,
  slugify,
} from '../../src/catalog/index.ts';
import { InvalidInputError, messageOf } from '../../src/kernel/errors.ts';
import { describeDataset, nameOf } from './describe-dataset.ts';
import { type BidsFolder, openFolder } from './list-files.ts';
import { mapSessions, modalitiesOf } from './map-subject.ts';
import { readJsonObject } from './read-json.ts';
import { type Participants, readParticipants } from './read-participants.ts';

/** A BIDS folder and where it goes. */
export interface BidsIngest {
  readonly folder: string;
  /** Slug; made from the dataset's name when left out. */
  readonly dataset?: string;
  /** Name of the source; `bids:` and the slug when left out. */
  readonly sourceName?: string;
  readonly publish: boolean;
  readonly signal?: AbortSignal;
  /** Told how many of how many subjects were read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was done; counts are of the record, and of scans and subjects without scans. */
export interface BidsReport extends IntakeReport {
  readonly dataset: string;
  readonly subjects: number;
  readonly variables: number;
  readonly retiredSubjects: number;
  /** What was left out of otherwise good entries, each with its place. */
  readonly warnings: readonly string[];
}

interface Stores {
  readonly records: RecordStore;
  readonly rows: RowStore;
  readonly reader: CatalogReader;
}

/**
 * Takes a folder in the Brain Imaging Data Structure in: its description → record, participants → subjects and variables, files →
 * sessions, scans and resources. Subjects are read one after the other; links out of the folder are not followed. The same folder
 * again changes nothing, and what it no longer holds is retired.
 * @throws InvalidInputError when the folder has no readable dataset_description.json
 */
export async function ingestBids(ingest: BidsIngest, stores: Stores): Promise<BidsReport> {
  const { folder, description } = await openBids(ingest.folder);
  const slug = ingest.dataset ?? slugify(nameOf(description) ?? basename(folder.root));
  const source = { name: ingest.sourceName ?? `bids:${slug}`, kind: 'HARVEST' } as const;
  const participants = await readParticipants(folder.root);
  const subjectFolders = (await readdir(folder.root, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && entry.name.startsWith('sub-'))
    .map((entry) => entry.name);
  const labels = [...new Set([...subjectFolders, ...participants.byLabel.keys()])].sort();
  const modalities = new Set<string>();
  for (const subject of subjectFolders) for (const code of await modalitiesOf(folder, subject)) modalities.add(code);
  const record = describeDataset(description, {
    slug,
    folderName: basename(folder.root),
    readme: await readReadme(folder.root),
    subjects: labels.length,
    modalities: [...modalities].sort(),
  });
  // A first version is published last, so that its snapshot counts the rows that came with it.
  const [before] = await stores.reader.datasetsBySlugs([slug], everything);
  const publishesNow = ingest.publish && before?.publishedVersion !== undefined;
  const intake = { source, records: [{ place: 'dataset_description.json', value: record }], actor: source.name };
  const described = await intakeRecords({ ...intake, publish: publishesNow }, stores.records);
  const dataset = (await stores.reader.datasetsBySlugs([slug], everything))[0];
  if (dataset === undefined)
    throw new InvalidInputError(`The record was not taken: ${described.rejected[0]?.error ?? ''}.`);
  const target = { datasetId: dataset.id, source };
  const defined = await intakeVariables({ ...target, variables: participants.variables }, stores.rows);
  folder.passedOver.length = 0;
  const subjects = readSubjects(ingest, folder, labels, {
    ...participants,
    subjectFolders: new Set(subjectFolders),
    rejected: new Set(defined.rejectedNames),
  });
  const rows = await intakeRows({ ...target, subjects, ...(ingest.signal && { signal: ingest.signal }) }, stores.rows);
  const gone = (await stores.rows.subjectLabels(dataset.id, source.name)).filter((label) => !labels.includes(label));
  const retiredSubjects =
    gone.length === 0 || labels.length === 0 ? 0 : await retireSubjects({ ...target, labels: gone }, stores.rows);
  if (ingest.publish && !publishesNow) await intakeRecords({ ...intake, publish: true }, stores.records);
  return {
    accepted: described.accepted + rows.accepted,
    unchanged: described.unchanged + rows.unchanged,
    rejected: [...described.rejected, ...defined.rejected, ...rows.rejected],
    dataset: slug,
    subjects: labels.length,
    variables: participants.variables.length - defined.rejected.length,
    retiredSubjects,
    warnings: [...participants.warnings, ...folder.passedOver.map((path) => `${path} is a link that is not followed`)],
  };
}

async function openBids(
  path: string,
): Promise<{ readonly folder: BidsFolder; readonly description: Readonly<Record<string, unknown>> }> {
  const folder = await openFolder(path).catch((error: unknown) => {
    throw new InvalidInputError(`The folder ${path} cannot be read: ${messageOf(error)}.`, {}, { cause: error });
  });
  const names = await readdir(folder.root).catch((error: unknown) => {
    throw new InvalidInputError(`${path} is not a folder that can be read: ${messageOf(error)}.`, {}, { cause: error });
  });
  const description = names.includes('dataset_description.json')
    ? await readJsonObject(join(folder.root, 'dataset_description.json'))
    : undefined;
  if (description === undefined) {
    throw new InvalidInputError(`${path} is no BIDS folder: it has no dataset_description.json with a JSON object.`);
  }
  return { folder, description };
}

async function readReadme(root: string): Promise<string | undefined> {
  for (const name of ['README', 'README.md', 'README.txt', 'README.rst']) {
    const text = await readFile(join(root, name), 'utf8').catch(() => '');
    if (text.trim() !== '') return text.replaceAll('\0', '').toWellFormed();
  }
  return undefined;
}

async function* readSubjects(
  ingest: BidsIngest,
  folder: BidsFolder,
  labels: readonly string[],
  known: Participants & { readonly subjectFolders: ReadonlySet<string>; readonly rejected: ReadonlySet<string> },
): AsyncGenerator<SubjectTree> {
  for (const [index, label] of labels.entries()) {
    const { values = [], ...fields } = known.byLabel.get(label) ?? {};
    yield {
      label,
      ...fields,
      sessions: known.subjectFolders.has(label) ? await mapSessions(folder, label) : [],
      resources: [],
      values: values.filter((value) => !known.rejected.has(value.variable)),
    };
    ingest.onProgress?.(index + 1, labels.length);
  }
}
