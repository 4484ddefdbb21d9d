import { z } from 'zod';
import type { Dataset, License } from '../../src/catalog/index.ts';
import { ConflictError, InvalidInputError } from '../../src/kernel/errors.ts';
import {
  downloadFile,
  heldFiles,
  listProjects,
  listSubjects,
  putAccessibility,
  storeFiles,
  storeItem,
  type XnatServer,
} from '../../src/xnat/index.ts';
import { ownResource } from './hold-project.ts';

/** Where a dataset goes. */
export interface Target {
  readonly server: XnatServer;
  readonly project: string;
  readonly dataset: Dataset;
  readonly license: License | undefined;
}

/** What was there before. */
export interface ProjectBefore {
  readonly exists: boolean;
  /** Whether a push already wrote into it what it is filled from. */
  readonly noted: boolean;
  readonly name?: string | undefined;
}

const noteFile = 'dataset.json';
const noteSchema = z.looseObject({ dataset: z.string() });

/**
 * Looks at the project before anything is written.
 * @throws InvalidInputError for an id XNAT does not take; ConflictError when it was filled from another dataset
 */
export async function inspectProject(target: Target, signal: AbortSignal): Promise<ProjectBefore> {
  const { server, project, dataset } = target;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(project)) {
    throw new InvalidInputError(
      `"${project}" cannot be the id of an XNAT project: letters, digits, _ and - only. Give one with --project.`,
      { fields: ['project'] },
    );
  }
  const { rows } = await listProjects(server, {}, signal);
  const row = rows.find((one) => one.id === project);
  if (row === undefined) return { exists: false, noted: false };
  const own = await heldFiles(server, { item: { project }, resource: ownResource }, signal);
  if (!own.has(noteFile)) return { exists: true, noted: false, name: row.name };
  const download = await downloadFile(server, { project, resource: ownResource, path: noteFile }, signal);
  const slug = noteSchema.safeParse(await readJson(download.bytes)).data?.dataset;
  if (slug !== undefined && slug !== dataset.slug) {
    throw new ConflictError(`Project ${project} was filled from the dataset ${slug}; choose another with --project`, {
      project,
      dataset: slug,
    });
  }
  return { exists: true, noted: true, name: row.name };
}

/** Makes the project unless it is there; the text of one that was there stays as it is. */
export async function makeProject(target: Target, before: ProjectBefore, signal: AbortSignal): Promise<void> {
  if (before.exists) return;
  const { server, project, dataset, license } = target;
  const fields = {
    name: dataset.title,
    description: describe(dataset, license),
    keywords: dataset.keywords.join(', '),
  };
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
  const item = { address: { project }, xsiType: 'xnat:projectData', fields: given, overwrite: false };
  await storeItem(server, item, signal);
}

/** Opens a project we made to its members only, before the first row goes in, and notes in it what it is filled from. */
export async function markProject(target: Target, before: ProjectBefore, signal: AbortSignal): Promise<void> {
  const { server, project, dataset } = target;
  // A run that was killed after it had made the project left it without a note, under the dataset's title, and empty.
  const ours = !before.exists || (!before.noted && before.name === dataset.title);
  if (ours && (await listSubjects(server, { project }, signal)).rows.length === 0)
    await putAccessibility(server, { project, level: 'private' }, signal);
  await writeNote(target, signal);
}

async function writeNote(target: Target, signal: AbortSignal): Promise<void> {
  const { server, project, dataset, license } = target;
  const note = {
    dataset: dataset.slug,
    title: dataset.title,
    version: dataset.publishedVersion,
    license: license?.spdxId ?? license?.label,
    landingPage: dataset.landingPage,
  };
  const text = Buffer.from(`${JSON.stringify(note, undefined, 2)}\n`);
  async function* open() {
    yield await Promise.resolve(text);
  }
  const files = [{ path: noteFile, open }];
  const stored = { item: { project }, resource: ownResource, format: 'JSON', files, overwrite: true };
  const { failed } = await storeFiles(server, stored, signal);
  const [fault] = failed;
  if (fault !== undefined) throw fault.error;
}

function describe(dataset: Dataset, license: License | undefined): string {
  const terms = license === undefined ? [] : [`Licence: ${license.label}.`];
  const page = dataset.landingPage === undefined ? [] : [dataset.landingPage];
  return [dataset.description, ...terms, ...page].join('\n\n').slice(0, 4_000);
}

async function readJson(bytes: AsyncIterable<Uint8Array>): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined; // not our note
  }
}
